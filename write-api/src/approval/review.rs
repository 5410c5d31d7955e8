//! `POST /approvals/{approval_id}/review`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_commands::approval;
use vault_domain::{ApprovalId, approval::Finding};
use vault_http::{ApiPath, ApprovalBody, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use crate::{error::problem, request::Command, respond::written, state::WriteState};

/// What a review found.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviewBody {
    /// `justified` or `unjustified`: then it holds no longer.
    #[schema(value_type = String, example = "justified", pattern = "^(un)?justified$")]
    finding: Finding,
    /// Why, at most 1,024 bytes.
    note: String,
}

/// Review what somebody else did without waiting for a second person.
#[utoipa::path(
    post, path = "/approvals/{approval_id}/review", tag = "Approvals",
    params(("approval_id" = uuid::Uuid, Path, description = "The approval."), WriteHeaders),
    request_body = ReviewBody,
    responses(
        (status = 200, description = "It is reviewed.", body = ApprovalBody),
        (status = 409, description = "Nothing was done without a second person, or it was reviewed before."),
        ProblemResponses
    )
)]
pub(crate) async fn review(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<ApprovalId>,
    wait: ReadModelWait,
    command: Command<ReviewBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::ApprovalDecide>(&asker, TenantWide).await?;
    let ReviewBody { finding, note } = &command.body;
    let reviewed = approval::review(&state.vault, &permit, &command.request, id, *finding, note)
        .await
        .map_err(problem)?;
    Ok(written(&state.vault, wait, StatusCode::OK, reviewed, ApprovalBody::from).await)
}
