//! `PATCH /users/{user_id}`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_commands::user::{self, UserChange};
use vault_domain::{Role, UserId, user::UserStatus};
use vault_http::{
    ApiPath, Asking, IdempotencyHeaders, Person, Problem, ProblemResponses, ReadModelWait, RoleName,
};

use super::body::UserBody;
use crate::{error::problem, request::Command, respond::written, state::WriteState};

/// What shall be different. What is not said stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateUserBody {
    /// All that the user may do from now on.
    #[schema(value_type = Option<Vec<RoleName>>, example = json!(["auditor"]))]
    roles: Option<Vec<Role>>,
    /// `active`, or `disabled`: the user cannot log in, its sessions are over, and its API keys are refused.
    #[schema(value_type = Option<String>, example = "disabled", pattern = "^(active|disabled)$")]
    status: Option<UserStatus>,
}

/// Change what a user of the tenant may do, disable it, or enable it again. Every node knows within a second: whoever is
/// disabled or loses a role is logged out everywhere. A role that is gained is there from the next refresh on.
#[utoipa::path(
    patch, path = "/users/{user_id}", tag = "Users",
    params(("user_id" = Uuid, Path, description = "The user."), IdempotencyHeaders),
    request_body = UpdateUserBody,
    responses(
        (status = 200, description = "The user as it is now.", body = UserBody),
        (status = 409, description = "The tenant would have no administrator who can log in."),
        ProblemResponses
    )
)]
pub(crate) async fn update(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<UserId>,
    Command { body, request }: Command<UpdateUserBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::UserManage>(&asker, TenantWide).await?;
    let change = UserChange {
        roles: body.roles,
        status: body.status,
    };
    let changed = user::change(&state.vault, &permit, &request, id, &change).await;
    let changed = changed.map_err(problem)?;
    let wait = ReadModelWait::NothingToSee;
    Ok(written(&state.vault, wait, StatusCode::OK, changed, UserBody::from).await)
}
