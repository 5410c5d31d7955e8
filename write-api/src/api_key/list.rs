//! `GET /api-keys`. API keys are state beside the log, so they are read here.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use vault_access::{TenantWide, act};
use vault_commands::api_key::{self, ApiKeyView};
use vault_domain::ErrorCode;
use vault_http::{ApiQuery, Asking, Cursor, Page, PageLimit, Person, Problem, ProblemResponses};

use super::body::ApiKeyBody;
use crate::{error::problem, state::WriteState};

/// The one order of this list.
const ORDER: &str = "id:asc";

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ApiKeyQuery {
    /// The most items to answer with.
    #[serde(default)]
    #[param(value_type = u16, default = 20, minimum = 1, maximum = 100, required = false)]
    pub(super) limit: PageLimit<20, 100>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(value_type = Option<String>, required = false)]
    cursor: Option<Cursor>,
}

impl ApiKeyQuery {
    pub(super) fn after(&self) -> Result<Uuid, Problem> {
        let after = self.cursor.as_ref().map(|cursor| cursor.key_for(ORDER));
        match after.transpose() {
            Ok(after) => Ok(after.map_or(Uuid::nil(), |(_, id)| id)),
            Err(_) => Err(Problem::in_field(
                "cursor",
                ErrorCode::InvalidQueryParameter,
                "is no cursor of this list",
            )),
        }
    }
}

pub(super) fn page(state: &WriteState, query: &ApiKeyQuery, keys: Vec<ApiKeyView>) -> Page<ApiKeyBody> {
    let now = state.vault.clock.now();
    let cursor = |view: &ApiKeyView| Cursor::after(ORDER, "", view.row.key_id);
    Page::of(keys, query.limit.items(), cursor, |view| {
        ApiKeyBody::at(view, now)
    })
}

/// The caller's API keys, in the order in which they were made.
#[utoipa::path(
    get, path = "/api-keys", tag = "API keys", params(ApiKeyQuery),
    responses((status = 200, description = "One page of keys.", body = Page<ApiKeyBody>), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<ApiKeyQuery>,
) -> Result<Json<Page<ApiKeyBody>>, Problem> {
    let permit = state.permit::<act::ApiKeyManage>(&asker, TenantWide).await?;
    let keys = api_key::list(&state.vault, &permit, query.after()?, query.limit.rows()).await;
    Ok(Json(page(&state, &query, keys.map_err(problem)?)))
}
