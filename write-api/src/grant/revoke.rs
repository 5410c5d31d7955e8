//! `DELETE /datasets/{id}/grants/{grant_id}`

use axum::{extract::State, response::Response};
use vault_access::act;
use vault_commands::grant;
use vault_domain::{DatasetId, GrantId};
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use crate::{error::problem, request::Bodiless, respond::written_nothing, state::WriteState};

/// Take rights to a dataset back before their time is over.
#[utoipa::path(
    delete, path = "/datasets/{id}/grants/{grant_id}", tag = "Policies",
    params(
        ("id" = uuid::Uuid, Path, description = "The dataset."),
        ("grant_id" = uuid::Uuid, Path, description = "The grant."),
        WriteHeaders
    ),
    responses((status = 204, description = "The rights are taken back."), ProblemResponses)
)]
pub(crate) async fn revoke(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath((id, grant_id)): ApiPath<(DatasetId, GrantId)>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::GrantManage>(&asker, id).await?;
    let revoked = grant::revoke(&state.vault, &permit, &request, grant_id)
        .await
        .map_err(problem)?;
    Ok(written_nothing(&state.vault, wait, revoked).await)
}
