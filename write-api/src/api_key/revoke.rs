//! `DELETE /api-keys/{api_key_id}`

use axum::{extract::State, http::StatusCode};
use vault_access::{TenantWide, act};
use vault_commands::api_key;
use vault_domain::ApiKeyId;
use vault_http::{ApiPath, Asking, Person, Problem, ProblemResponses, RequestContext};

use crate::{error::problem, request::unkeyed, state::WriteState};

/// Revoke one of the caller's API keys: every node refuses it within a second.
#[utoipa::path(
    delete, path = "/api-keys/{api_key_id}", tag = "API keys",
    params(("api_key_id" = Uuid, Path, description = "The key.")),
    responses((status = 204, description = "Nobody gets in with the key."), ProblemResponses)
)]
pub(crate) async fn revoke(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<ApiKeyId>,
    context: RequestContext,
) -> Result<StatusCode, Problem> {
    let permit = state.permit::<act::ApiKeyManage>(&asker, TenantWide).await?;
    let revoked = api_key::revoke(&state.vault, &permit, &unkeyed(&context), id).await;
    revoked.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
