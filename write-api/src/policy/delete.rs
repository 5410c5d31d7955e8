//! `DELETE /policies/{id}`

use axum::{extract::State, response::Response};
use vault_access::{TenantWide, act};
use vault_commands::policy;
use vault_domain::PolicyId;
use vault_http::{ApiPath, Asking, IfMatch, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use crate::{
    dataset::body::current, error::problem, request::Bodiless, respond::written_nothing, state::WriteState,
};

/// Decide by one of the tenant's own policies no more.
#[utoipa::path(
    delete, path = "/policies/{id}", tag = "Policies",
    params(("id" = uuid::Uuid, Path, description = "The policy."), WriteHeaders),
    responses((status = 204, description = "The policy decides no more."), ProblemResponses)
)]
pub(crate) async fn delete(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<PolicyId>,
    if_match: Option<IfMatch>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::PolicyManage>(&asker, TenantWide).await?;
    let deleted = policy::delete(&state.vault, &permit, &request, id, current(if_match))
        .await
        .map_err(problem)?;
    Ok(written_nothing(&state.vault, wait, deleted).await)
}
