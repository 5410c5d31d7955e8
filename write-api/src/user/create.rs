//! `POST /users`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::{Password, TenantWide, act};
use vault_commands::user::{self, NewUser};
use vault_domain::Role;
use vault_http::{Asking, IdempotencyHeaders, Person, Problem, ProblemResponses, ReadModelWait, RoleName};

use super::body::InvitedUserBody;
use crate::{
    error::problem,
    request::Command,
    respond::{unstored, written},
    state::WriteState,
};

/// The user who is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateUserBody {
    /// What it logs in with. Nobody else may have it, in any tenant.
    #[schema(format = "email", example = "ana@example.com")]
    email: String,
    /// What it may do.
    #[schema(value_type = Vec<RoleName>, example = json!(["data_scientist"]))]
    roles: Vec<Role>,
    /// Its first password, at least 12 characters. Better none: the user is invited to choose one then.
    #[schema(value_type = Option<String>, format = "password")]
    password: Option<Password>,
}

/// Register a user of the tenant. Without a password the answer holds an invitation to choose one, which is shown this once.
#[utoipa::path(
    post, path = "/users", tag = "Users", params(IdempotencyHeaders), request_body = CreateUserBody,
    responses(
        (status = 201, description = "The user.", body = InvitedUserBody),
        (status = 409, description = "Somebody has that email."),
        ProblemResponses
    )
)]
pub(crate) async fn create(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    Command { body, request }: Command<CreateUserBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::UserManage>(&asker, TenantWide).await?;
    let new = NewUser {
        email: &body.email,
        roles: &body.roles,
        password: body.password.as_ref(),
    };
    let created = user::create(&state.vault, &permit, &request, &new).await;
    let created = created.map_err(problem)?;
    let wait = ReadModelWait::NothingToSee;
    Ok(unstored(
        written(
            &state.vault,
            wait,
            StatusCode::CREATED,
            created,
            InvitedUserBody::from,
        )
        .await,
    ))
}
