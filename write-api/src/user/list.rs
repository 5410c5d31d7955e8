//! `GET /users`. What users log in with is state beside the log, so it is read here.

use axum::{Json, extract::State};
use vault_access::{TenantWide, act};
use vault_commands::user::{self, UserView};
use vault_http::{ApiQuery, Asking, Cursor, Page, Person, Problem, ProblemResponses};

use super::body::UserBody;
use crate::{
    error::problem,
    page::{BY_ID, ById},
    state::WriteState,
};

/// The users of the tenant, in the order in which they were registered.
#[utoipa::path(
    get, path = "/users", tag = "Users", params(ById),
    responses((status = 200, description = "One page of users.", body = Page<UserBody>), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<ById>,
) -> Result<Json<Page<UserBody>>, Problem> {
    let permit = state.permit::<act::UserManage>(&asker, TenantWide).await?;
    let users = user::list(&state.vault, &permit, query.after()?, query.limit.rows()).await;
    let cursor = |view: &UserView| Cursor::after(BY_ID, "", view.id().as_uuid());
    let users = users.map_err(problem)?;
    Ok(Json(Page::of(users, query.limit.items(), cursor, UserBody::from)))
}
