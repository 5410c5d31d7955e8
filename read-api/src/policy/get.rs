//! `GET /policies/{id}`

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use vault_access::{TenantWide, act, policy::shipped_policies};
use vault_domain::{ErrorCode, PolicyId};
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, entity_tag};
use vault_queries::policy;

use super::body::PolicyBody;
use crate::{error::problem, state::ReadState};

/// One policy, shipped or the tenant's own. Of its own ones, the entity tag says which state this is.
#[utoipa::path(
    get, path = "/policies/{id}", tag = "Policies",
    params(("id" = String, Path, description = "The policy: a UUID, or the name of a shipped one.")),
    responses((status = 200, description = "The policy.", body = PolicyBody), ProblemResponses)
)]
pub(crate) async fn get(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::PolicyRead>(&asker, TenantWide).await?;
    if let Some(shipped) = shipped_policies().iter().find(|policy| policy.id == id) {
        return Ok(Json(PolicyBody::from(shipped)).into_response());
    }
    let id: PolicyId = id.parse().map_err(|_| not_found())?;
    let found = policy::get(&state.queries, &permit, id).await.map_err(problem)?;
    let view = found.ok_or_else(not_found)?;
    let tag = entity_tag(view.sequence);
    Ok(([(header::ETAG, tag)], Json(PolicyBody::from(view))).into_response())
}

fn not_found() -> Problem {
    Problem::new(ErrorCode::ResourceNotFound).with_detail("There is no such policy.")
}
