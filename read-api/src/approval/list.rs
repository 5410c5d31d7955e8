//! `GET /approvals`

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use vault_domain::{ApprovalId, ErrorCode, approval::ApprovalView};
use vault_http::{ApiQuery, ApprovalBody, Asking, Cursor, Page, PageLimit, Problem, ProblemResponses};
use vault_queries::approval::{self, Wanted};

use super::shown::shown;
use crate::{error::problem, state::ReadState};

/// The one order of this list.
const ORDER: &str = "id:asc";

/// Which approvals, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only those on which somebody may decide, by which something may be done now, or which nobody has reviewed.
    #[param(inline, required = false)]
    show: Option<Show>,
    /// The most items to answer with.
    #[serde(default)]
    #[param(value_type = u16, default = 20, minimum = 1, maximum = 100, required = false)]
    limit: PageLimit<20, 100>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(value_type = Option<String>, required = false)]
    cursor: Option<Cursor>,
}

/// Which approvals are wanted.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Show {
    Open,
    InForce,
    ToReview,
}

/// What was asked for and done, in the order of time: your own, or everybody's if you may see it.
#[utoipa::path(
    get, path = "/approvals", tag = "Approvals", params(ListQuery),
    responses((status = 200, description = "One page of approvals.", body = Page<ApprovalBody>), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<Page<ApprovalBody>>, Problem> {
    let shown = shown(&state, &asker).await?;
    let after = match &query.cursor {
        None => None,
        Some(cursor) => Some(ApprovalId::from_uuid(
            cursor.key_for(ORDER).map_err(|_| bad_cursor())?.1,
        )),
    };
    let wanted = match query.show {
        None => Wanted::Any,
        Some(Show::Open) => Wanted::Open,
        Some(Show::InForce) => Wanted::InForce,
        Some(Show::ToReview) => Wanted::ToReview,
    };
    let limit = query.limit.items();
    let rows = approval::list(&state.queries, &shown, wanted, after, limit + 1).await;
    let cursor = |view: &ApprovalView| Cursor::after(ORDER, String::new(), view.approval.id.as_uuid());
    Ok(Json(Page::of(
        rows.map_err(problem)?,
        limit,
        cursor,
        ApprovalBody::from,
    )))
}

fn bad_cursor() -> Problem {
    Problem::in_field(
        "cursor",
        ErrorCode::InvalidQueryParameter,
        "is no cursor of this list",
    )
}
