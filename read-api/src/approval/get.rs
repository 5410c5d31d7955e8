//! `GET /approvals/{approval_id}`

use axum::{Json, extract::State};
use vault_domain::{ApprovalId, ErrorCode};
use vault_http::{ApiPath, ApprovalBody, Asking, Problem, ProblemResponses};
use vault_queries::approval;

use super::shown::shown;
use crate::{error::problem, state::ReadState};

/// One approval: your own, or anybody's if you may see them. Those that were over long ago are in the log alone.
#[utoipa::path(
    get, path = "/approvals/{approval_id}", tag = "Approvals",
    params(("approval_id" = uuid::Uuid, Path, description = "The approval.")),
    responses((status = 200, description = "The approval.", body = ApprovalBody), ProblemResponses)
)]
pub(crate) async fn get(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<ApprovalId>,
) -> Result<Json<ApprovalBody>, Problem> {
    let shown = shown(&state, &asker).await?;
    let found = approval::get(&state.queries, &shown, id).await.map_err(problem)?;
    let view = found.ok_or_else(|| {
        Problem::new(ErrorCode::ResourceNotFound)
            .with_detail("There is no such approval, or it was over long ago.")
    })?;
    Ok(Json(view.into()))
}
