//! `GET /policies`

use axum::{Json, extract::State};
use uuid::Uuid;
use vault_access::{
    TenantWide, act,
    policy::{ShippedPolicy, shipped_policies},
};
use vault_domain::{ErrorCode, PolicyId, policy::PolicyView};
use vault_http::{ApiQuery, Asking, Cursor, Page, PageQuery, Problem, ProblemResponses};
use vault_queries::policy;

use super::body::PolicyBody;
use crate::{error::problem, state::ReadState};

/// The one order of this list: the shipped policies by id, then the tenant's own.
const ORDER: &str = "id:asc";

/// A row of the list.
enum Row {
    Shipped(&'static ShippedPolicy),
    Own(PolicyView),
}

impl Row {
    fn cursor(&self) -> Cursor {
        match self {
            Self::Shipped(policy) => Cursor::after(ORDER, policy.id.clone(), Uuid::nil()),
            Self::Own(view) => Cursor::after(ORDER, String::new(), view.id.as_uuid()),
        }
    }
}

impl From<Row> for PolicyBody {
    fn from(row: Row) -> Self {
        match row {
            Row::Shipped(policy) => policy.into(),
            Row::Own(view) => view.into(),
        }
    }
}

/// The policies that decide: what the platform forbids, what each role allows, and then the tenant's own.
#[utoipa::path(
    get, path = "/policies", tag = "Policies", params(PageQuery),
    responses((status = 200, description = "One page of policies.", body = Page<PolicyBody>), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Page<PolicyBody>>, Problem> {
    let permit = state.permit::<act::PolicyRead>(&asker, TenantWide).await?;
    let (after_shipped, after_own) = match &query.cursor {
        None => ("", None),
        Some(cursor) => match cursor.key_for(ORDER).map_err(|_| bad_cursor())? {
            ("", id) => ("~", Some(PolicyId::from_uuid(id))),
            (shipped, _) => (shipped, None),
        },
    };
    let shipped = shipped_policies().iter();
    let shipped = shipped.filter(|policy| policy.id.as_str() > after_shipped);
    let limit = query.limit.items();
    let mut rows: Vec<Row> = shipped.map(Row::Shipped).take(limit + 1).collect();
    let wanted = limit + 1 - rows.len();
    let own = policy::list(&state.queries, &permit, after_own, wanted).await;
    rows.extend(own.map_err(problem)?.into_iter().map(Row::Own));
    Ok(Json(Page::of(rows, limit, Row::cursor, PolicyBody::from)))
}

fn bad_cursor() -> Problem {
    Problem::in_field(
        "cursor",
        ErrorCode::InvalidQueryParameter,
        "is no cursor of this list",
    )
}
