//! `DELETE /approvals/{approval_id}`

use axum::{extract::State, response::Response};
use vault_access::{TenantWide, act};
use vault_commands::approval;
use vault_domain::ApprovalId;
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use crate::{error::problem, request::Bodiless, respond::written_nothing, state::WriteState};

/// Do without what you asked for, or with an approval no longer.
#[utoipa::path(
    delete, path = "/approvals/{approval_id}", tag = "Approvals",
    params(("approval_id" = uuid::Uuid, Path, description = "The approval."), WriteHeaders),
    responses(
        (status = 204, description = "It is over."),
        (status = 409, description = "It was over before."),
        ProblemResponses
    )
)]
pub(crate) async fn withdraw(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<ApprovalId>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::ApprovalRequest>(&asker, TenantWide).await?;
    let withdrawn = approval::withdraw(&state.vault, &permit, &request, id)
        .await
        .map_err(problem)?;
    Ok(written_nothing(&state.vault, wait, withdrawn).await)
}
