//! `GET /keys`

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vault_access::{TenantWide, act};
use vault_domain::ErrorCode;
use vault_http::{ApiQuery, Asking, Cursor, Page, PageLimit, Problem, ProblemResponses};
use vault_projections::read::KeyRow;
use vault_queries::key;

use crate::{error::problem, state::ReadState};

/// The one order of this list.
const ORDER: &str = "id:asc";

/// Which keys.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// The most items to answer with.
    #[serde(default)]
    #[param(value_type = u16, default = 20, minimum = 1, maximum = 100, required = false)]
    limit: PageLimit<20, 100>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(value_type = Option<String>, required = false)]
    cursor: Option<Cursor>,
    /// Of this dataset or user alone, or of the tenant itself.
    scope_id: Option<Uuid>,
}

/// What is known of a key; the key itself is never shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyBody {
    /// Its id.
    id: Uuid,
    /// Whose key it is: `tenant`, `dataset` or `user`.
    scope_type: String,
    /// Which one.
    scope_id: Uuid,
    /// `content` seals contents, and where there is no `value` key values too; `value` seals a dataset's values; `address`
    /// and `lookup` key hashes. All but `content` are never rotated.
    purpose: String,
    /// From 1; the newest seals, older ones open.
    generation: i32,
    /// `active` for the newest, `retired` for older ones, which still open what they sealed, `revoked` for those that do not.
    status: &'static str,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// How it is with sealing anew what it sealed: `running`, `paused` or `finished`; absent if nobody asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rewrap: Option<String>,
    /// How many contents, and chunks of large ones, were sealed anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    rewrapped: Option<i64>,
}

impl From<KeyRow> for KeyBody {
    fn from(row: KeyRow) -> Self {
        Self {
            id: row.key_id,
            scope_type: row.scope_type,
            scope_id: row.scope_id,
            purpose: row.purpose,
            generation: row.generation,
            status: match (row.revoked_at, row.is_newest) {
                (Some(_), _) => "revoked",
                (None, true) => "active",
                (None, false) => "retired",
            },
            created_at: row.created_at,
            rewrap: row.rewrap,
            rewrapped: row.rewrapped,
        }
    }
}

/// The keys of the tenant, in the order of their ids.
#[utoipa::path(
    get, path = "/keys", tag = "Keys", params(ListQuery),
    responses((status = 200, description = "One page of keys.", body = Page<KeyBody>), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<Page<KeyBody>>, Problem> {
    let permit = state.permit::<act::KeyList>(&asker, TenantWide).await?;
    let after = match &query.cursor {
        None => Uuid::nil(),
        Some(cursor) => cursor.key_for(ORDER).map_err(|_| bad_cursor())?.1,
    };
    let rows = key::list(&state.queries, &permit, query.scope_id, after, query.limit.rows()).await;
    let cursor = |row: &KeyRow| Cursor::after(ORDER, "", row.key_id);
    Ok(Json(Page::of(
        rows.map_err(problem)?,
        query.limit.items(),
        cursor,
        KeyBody::from,
    )))
}

fn bad_cursor() -> Problem {
    Problem::in_field(
        "cursor",
        ErrorCode::InvalidQueryParameter,
        "is no cursor of this list",
    )
}
