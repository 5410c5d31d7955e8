//! `GET /datasets`

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use vault_access::{TenantWide, act};
use vault_domain::ErrorCode;
use vault_http::{
    ApiQuery, Caller, Cursor, Page, PageLimit, Problem, ProblemResponses, ReadHeaders, ReadPosition,
};
use vault_projections::read::{DatasetFilter, DatasetSort, DatasetSortField, SortOrder};
use vault_queries::dataset;

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
    field.zip(order).map(|(field, order)| DatasetSort { field, order }).ok_or_else(|| {
        let message = "must be created_at, updated_at or name, then :asc or :desc";
        Problem::in_field("sort", ErrorCode::InvalidQueryParameter, message)
    })
}

/// The datasets of the tenant.
#[utoipa::path(
    get, path = "/datasets", tag = "Datasets", params(ListQuery, ReadHeaders),
    responses((status = 200, description = "One page of datasets.", body = Page<DatasetBody>), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<ReadState>,
    Caller(principal): Caller,
    ApiQuery(query): ApiQuery<ListQuery>,
    position: Option<ReadPosition>,
) -> Result<Json<Page<DatasetBody>>, Problem> {
    let permit = state.permit::<act::DatasetList>(&principal, TenantWide)?;
    let sort_text = query.sort.as_deref().unwrap_or(DEFAULT_SORT);
    let sort = parse_sort(sort_text)?;
    let after = query.cursor.map(|cursor| {
        let (key, id) = cursor.key_for(sort_text).map_err(|_| bad_cursor())?;
        Ok::<_, Problem>((key.to_owned(), id))
    });
    let filter = DatasetFilter {
        name: query.name,
        tag: query.tag,
        task_type: query.task_type,
        created_after: query.created_after,
        after: after.transpose()?,
    };
    state.reach(position).await?;
    let limit = query.limit.items();
    let rows = dataset::list(&state.queries, &permit, &filter, sort, query.limit.rows()).await.map_err(problem)?;
    let cursor = |row: &vault_projections::read::DatasetRow| {
        Cursor::after(sort_text, row.sort_key(sort.field), row.dataset_id)
    };
    Ok(Json(Page::of(rows, limit, cursor, DatasetBody::from)))
}

fn bad_cursor() -> Problem {
    Problem::in_field("cursor", ErrorCode::InvalidQueryParameter, "is no cursor of this list in this order")
}
