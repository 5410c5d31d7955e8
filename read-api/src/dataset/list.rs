//! `GET /datasets`

mod visible;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use vault_access::{Permit, TenantWide, act};
use vault_domain::ErrorCode;
use vault_http::{
    ApiQuery, Asking, Cursor, Page, PageLimit, Problem, ProblemResponses, ReadHeaders, ReadPosition,
};
use vault_projections::read::{DatasetFilter, DatasetSort, DatasetSortField, DatasetSortKey, SortOrder};
use vault_queries::dataset;

use self::visible::{Search, Visible};
use super::body::DatasetBody;
use crate::{error::problem, state::ReadState};

const DEFAULT_SORT: &str = "created_at:desc";

/// Which datasets, in which order.
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
    /// `created_at`, `updated_at` or `name`, then `:asc` or `:desc`. The default is `created_at:desc`.
    sort: Option<String>,
    /// With exactly this name.
    name: Option<String>,
    /// With this label.
    tag: Option<String>,
    /// With this task type.
    task_type: Option<String>,
    /// Made after this time (RFC 3339).
    created_after: Option<DateTime<Utc>>,
}

fn parse_sort(text: &str) -> Result<DatasetSort, Problem> {
    let (field, order) = text.split_once(':').unwrap_or((text, "asc"));
    let field = match field {
        "created_at" => Some(DatasetSortField::CreatedAt),
        "updated_at" => Some(DatasetSortField::UpdatedAt),
        "name" => Some(DatasetSortField::Name),
        _ => None,
    };
    let order = match order {
        "asc" => Some(SortOrder::Ascending),
        "desc" => Some(SortOrder::Descending),
        _ => None,
    };
    field
        .zip(order)
        .map(|(field, order)| DatasetSort { field, order })
        .ok_or_else(|| {
            let message = "must be created_at, updated_at or name, then :asc or :desc";
            Problem::in_field("sort", ErrorCode::InvalidQueryParameter, message)
        })
}

/// The datasets of the tenant, without those that a policy forbids you to read.
#[utoipa::path(
    get, path = "/datasets", tag = "Datasets", params(ListQuery, ReadHeaders),
    responses((status = 200, description = "One page of datasets.", body = Page<DatasetBody<'static>>), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<ListQuery>,
    position: Option<ReadPosition>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::DatasetList>(&asker, TenantWide).await?;
    let sort_text = query.sort.as_deref().unwrap_or(DEFAULT_SORT);
    let sort = parse_sort(sort_text)?;
    let after = match &query.cursor {
        Some(cursor) => Some(after(&state, &permit, cursor, sort_text, sort.field).await?),
        None => None,
    };
    let filter = DatasetFilter {
        name: query.name.map(|name| text("name", name)).transpose()?,
        tag: query.tag.map(|tag| text("tag", tag)).transpose()?,
        task_type: query
            .task_type
            .map(|task_type| text("task_type", task_type))
            .transpose()?,
        created_after: query.created_after,
        after,
    };
    state.reach(position).await?;
    let search = Search {
        state: &state,
        asker: &asker,
        permit: &permit,
        sort,
        limit: query.limit.items(),
    };
    let Visible { rows, next_after } = search.page(filter).await?;
    let next_cursor = match next_after {
        Some((key, id)) => Some(cursor(&state, &permit, sort_text, key, id).await?.to_string()),
        None => None,
    };
    Ok(Json(Page {
        items: rows.iter().map(DatasetBody::from).collect(),
        next_cursor,
    })
    .into_response())
}

/// A cursor is sealed: the dataset after which a page begins may be one that its reader must not know of.
async fn cursor(
    state: &ReadState,
    permit: &Permit<act::DatasetList>,
    sort: &str,
    key: DatasetSortKey,
    id: Uuid,
) -> Result<Cursor, Problem> {
    let key = match key {
        DatasetSortKey::Time(time) => time.to_rfc3339(),
        DatasetSortKey::Text(text) => text,
    };
    let sealed = dataset::seal_place(&state.queries, permit, &key, id).await;
    Ok(Cursor::after(sort, sealed.map_err(problem)?, Uuid::nil()))
}

/// A text to compare with; the database holds none with U+0000.
fn text(field: &'static str, value: String) -> Result<String, Problem> {
    if value.contains('\0') {
        return Err(Problem::in_field(
            field,
            ErrorCode::InvalidQueryParameter,
            "must not contain U+0000",
        ));
    }
    Ok(value)
}

/// The dataset after which a page begins. A cursor comes from outside: it may be anything.
async fn after(
    state: &ReadState,
    permit: &Permit<act::DatasetList>,
    cursor: &Cursor,
    sort: &str,
    field: DatasetSortField,
) -> Result<(DatasetSortKey, Uuid), Problem> {
    let (sealed, _) = cursor.key_for(sort).map_err(|_| bad_cursor())?;
    let place = dataset::open_place(&state.queries, permit, sealed).await;
    let (key, id) = place.map_err(problem)?.ok_or_else(bad_cursor)?;
    let key = match field {
        DatasetSortField::CreatedAt | DatasetSortField::UpdatedAt => {
            let time = DateTime::parse_from_rfc3339(&key).map_err(|_| bad_cursor())?;
            DatasetSortKey::Time(time.to_utc())
        }
        DatasetSortField::Name => DatasetSortKey::Text(key),
    };
    Ok((key, id))
}

fn bad_cursor() -> Problem {
    Problem::in_field(
        "cursor",
        ErrorCode::InvalidQueryParameter,
        "is no cursor of this list in this order",
    )
}
