//! `POST /approvals/{approval_id}/approve` and `/refuse`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_commands::approval;
use vault_domain::ApprovalId;
use vault_http::{ApiPath, ApprovalBody, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use crate::{error::problem, request::Command, respond::written, state::WriteState};

/// What a second person says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionBody {
    /// A word to whoever asked, at most 1,024 bytes.
    note: Option<String>,
}

/// Approve what somebody else asked for. Its time begins now, on every process within a second.
#[utoipa::path(
    post, path = "/approvals/{approval_id}/approve", tag = "Approvals",
    params(("approval_id" = uuid::Uuid, Path, description = "The approval."), WriteHeaders),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "It is approved.", body = ApprovalBody),
        (status = 409, description = "It is over, or somebody has decided on it."),
        ProblemResponses
    )
)]
pub(crate) async fn approve(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<ApprovalId>,
    wait: ReadModelWait,
    command: Command<DecisionBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::ApprovalDecide>(&asker, TenantWide).await?;
    let note = command.body.note.as_deref();
    let given = approval::give(&state.vault, &permit, &command.request, id, note)
        .await
        .map_err(problem)?;
    Ok(written(&state.vault, wait, StatusCode::OK, given, ApprovalBody::from).await)
}

/// Refuse what somebody else asked for, or take an approval back before its time is over.
#[utoipa::path(
    post, path = "/approvals/{approval_id}/refuse", tag = "Approvals",
    params(("approval_id" = uuid::Uuid, Path, description = "The approval."), WriteHeaders),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "It is refused.", body = ApprovalBody),
        (status = 409, description = "It is over."),
        ProblemResponses
    )
)]
pub(crate) async fn refuse(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<ApprovalId>,
    wait: ReadModelWait,
    command: Command<DecisionBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::ApprovalDecide>(&asker, TenantWide).await?;
    let note = command.body.note.as_deref();
    let refused = approval::refuse(&state.vault, &permit, &command.request, id, note)
        .await
        .map_err(problem)?;
    Ok(written(&state.vault, wait, StatusCode::OK, refused, ApprovalBody::from).await)
}
