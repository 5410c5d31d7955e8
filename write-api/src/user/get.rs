//! `GET /users/{user_id}`

use axum::{Json, extract::State};
use vault_access::{TenantWide, act};
use vault_commands::user;
use vault_domain::UserId;
use vault_http::{ApiPath, Asking, Person, Problem, ProblemResponses};

use super::body::UserBody;
use crate::{error::problem, state::WriteState};

/// One user of the tenant.
#[utoipa::path(
    get, path = "/users/{user_id}", tag = "Users",
    params(("user_id" = Uuid, Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = UserBody), ProblemResponses)
)]
pub(crate) async fn get(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<UserId>,
) -> Result<Json<UserBody>, Problem> {
    let permit = state.permit::<act::UserManage>(&asker, TenantWide).await?;
    let found = user::get(&state.vault, &permit, id).await;
    Ok(Json(found.map_err(problem)?.into()))
}
