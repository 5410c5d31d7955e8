//! `GET /api-keys`. API keys are state beside the log, so they are read here.

use axum::{Json, extract::State};
use vault_access::{TenantWide, act};
use vault_commands::api_key::{self, ApiKeyView};
use vault_http::{ApiQuery, Asking, Cursor, Page, Person, Problem, ProblemResponses};

use super::body::ApiKeyBody;
use crate::{
    error::problem,
    page::{BY_ID, ById},
    state::WriteState,
};

pub(super) fn page(state: &WriteState, query: &ById, keys: Vec<ApiKeyView>) -> Page<ApiKeyBody> {
    let now = state.vault.clock.now();
    let cursor = |view: &ApiKeyView| Cursor::after(BY_ID, "", view.row.key_id);
    Page::of(keys, query.limit.items(), cursor, |view| {
        ApiKeyBody::at(view, now)
    })
}

/// The caller's API keys, in the order in which they were made.
#[utoipa::path(
    get, path = "/api-keys", tag = "API keys", params(ById),
    responses((status = 200, description = "One page of keys.", body = Page<ApiKeyBody>), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<ById>,
) -> Result<Json<Page<ApiKeyBody>>, Problem> {
    let permit = state.permit::<act::ApiKeyManage>(&asker, TenantWide).await?;
    let keys = api_key::list(&state.vault, &permit, query.after()?, query.limit.rows()).await;
    Ok(Json(page(&state, &query, keys.map_err(problem)?)))
}
