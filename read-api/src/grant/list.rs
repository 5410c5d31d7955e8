//! `GET /datasets/{id}/grants`

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_access::act;
use vault_domain::{Action, DatasetId, ErrorCode, GrantId, Role, UserId, grant::Grantee};
use vault_http::{ApiPath, ApiQuery, Asking, Cursor, Page, PageQuery, Problem, ProblemResponses};
use vault_queries::grant::{self, GrantView};

use crate::{error::problem, state::ReadState};

/// The one order of this list.
const ORDER: &str = "id:asc";

/// Rights to a dataset that were given.
#[derive(Serialize, ToSchema)]
#[schema(as = Grant)]
pub(crate) struct GrantBody {
    /// Its id.
    id: Uuid,
    /// The user to whom they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Uuid>,
    /// The role to whose bearers they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    /// What may be done.
    actions: Vec<&'static str>,
    /// Why.
    reason: String,
    /// Since when.
    given_at: DateTime<Utc>,
    /// Until when, if it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

impl From<GrantView> for GrantBody {
    fn from(view: GrantView) -> Self {
        let grant = view.grant;
        let (user_id, role) = match grant.to {
            Grantee::User(user) => (Some(UserId::as_uuid(user)), None),
            Grantee::Role(role) => (None, Some(Role::name(role))),
        };
        Self {
            id: grant.grant_id.as_uuid(),
            user_id,
            role,
            actions: grant.actions.into_iter().map(Action::name).collect(),
            reason: view.reason,
            given_at: grant.given_at,
            expires_at: grant.expires_at,
        }
    }
}

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
