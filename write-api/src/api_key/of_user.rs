//! `GET /users/{user_id}/api-keys` and `DELETE /users/{user_id}/api-keys/{api_key_id}`, for those who manage users.

use axum::{Json, extract::State, http::StatusCode};
use vault_access::{TenantWide, act};
use vault_commands::api_key;
use vault_domain::{ApiKeyId, UserId};
use vault_http::{ApiPath, ApiQuery, Asking, Page, Person, Problem, ProblemResponses, RequestContext};

use super::{body::ApiKeyBody, list::page};
use crate::{error::problem, page::ById, request::unkeyed, state::WriteState};

/// The API keys of a user of the tenant.
#[utoipa::path(
    get, path = "/users/{user_id}/api-keys", tag = "API keys",
    params(("user_id" = Uuid, Path, description = "The user."), ById),
    responses((status = 200, description = "One page of keys.", body = Page<ApiKeyBody>), ProblemResponses)
)]
pub(crate) async fn list_of_user(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    ApiPath(user): ApiPath<UserId>,
    ApiQuery(query): ApiQuery<ById>,
) -> Result<Json<Page<ApiKeyBody>>, Problem> {
    let permit = state.permit::<act::UserManage>(&asker, TenantWide).await?;
    let (after, rows) = (query.after()?, query.limit.rows());
    let keys = api_key::list_of(&state.vault, &permit, user, after, rows).await;
    Ok(Json(page(&state, &query, keys.map_err(problem)?)))
}

/// Revoke an API key of a user of the tenant: every node refuses it within a second.
#[utoipa::path(
    delete, path = "/users/{user_id}/api-keys/{api_key_id}", tag = "API keys",
    params(
        ("user_id" = Uuid, Path, description = "The user."),
        ("api_key_id" = Uuid, Path, description = "The key.")
    ),
    responses((status = 204, description = "Nobody gets in with the key."), ProblemResponses)
)]
pub(crate) async fn revoke_of_user(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    ApiPath((user, id)): ApiPath<(UserId, ApiKeyId)>,
    context: RequestContext,
) -> Result<StatusCode, Problem> {
    let permit = state.permit::<act::UserManage>(&asker, TenantWide).await?;
    let revoked = api_key::revoke_of(&state.vault, &permit, &unkeyed(&context), user, id).await;
    revoked.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
