//! `GET /datasets/{id}/grants`

use axum::{Json, extract::State};
use vault_access::act;
use vault_domain::{DatasetId, ErrorCode, GrantId, grant::GrantView};
use vault_http::{ApiPath, ApiQuery, Asking, Cursor, GrantBody, Page, PageQuery, Problem, ProblemResponses};
use vault_queries::grant;

use crate::{error::problem, state::ReadState};

/// The one order of this list.
const ORDER: &str = "id:asc";

/// The rights to a dataset that were given and are in force.
#[utoipa::path(
    get, path = "/datasets/{id}/grants", tag = "Policies",
    params(("id" = Uuid, Path, description = "The dataset."), PageQuery),
    responses((status = 200, description = "One page of grants.", body = Page<GrantBody>), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<DatasetId>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Page<GrantBody>>, Problem> {
    let permit = state.permit::<act::GrantRead>(&asker, id).await?;
    let after = match &query.cursor {
        None => None,
        Some(cursor) => Some(GrantId::from_uuid(
            cursor.key_for(ORDER).map_err(|_| bad_cursor())?.1,
        )),
    };
    let limit = query.limit.items();
    let rows = grant::list(&state.queries, &permit, after, limit + 1).await;
    let cursor = |view: &GrantView| Cursor::after(ORDER, String::new(), view.grant.grant_id.as_uuid());
    Ok(Json(Page::of(
        rows.map_err(problem)?,
        limit,
        cursor,
        GrantBody::from,
    )))
}

fn bad_cursor() -> Problem {
    Problem::in_field(
        "cursor",
        ErrorCode::InvalidQueryParameter,
        "is no cursor of this list",
    )
}
