//! `POST /auth/password` and `POST /auth/invitation`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::Password;
use vault_commands::user;
use vault_http::{
    ApiJson, ClientAddress, IdempotencyHeaders, Person, Problem, ProblemResponses, ReadModelWait,
    RequestContext,
};

use crate::{
    error::problem,
    request::{Bodiless, unkeyed},
    respond::written_nothing,
    state::WriteState,
};

/// The password before, and the one from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePasswordBody {
    /// The user's password.
    #[schema(value_type = String, format = "password")]
    password: Password,
    /// Another one, at least 12 characters.
    #[schema(value_type = String, format = "password")]
    new_password: Password,
}

/// An invitation, and the password that is chosen with it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationBody {
    /// What the user was given.
    #[schema(example = "vin_...")]
    invitation: String,
    /// The password from now on, at least 12 characters.
    #[schema(value_type = String, format = "password")]
    password: Password,
}

/// Choose another password. All sessions of the caller are over then, this one too.
#[utoipa::path(
    post, path = "/auth/password", tag = "Authentication", params(IdempotencyHeaders),
    request_body = ChangePasswordBody,
    responses((status = 204, description = "Log in with the new password."), ProblemResponses)
)]
pub(crate) async fn change(
    State(state): State<WriteState>,
    Person { principal, .. }: Person,
    ClientAddress(address): ClientAddress,
    // a hash of the body would be one of the passwords, and a quick one
    Bodiless(request): Bodiless,
    ApiJson(body): ApiJson<ChangePasswordBody>,
) -> Result<Response, Problem> {
    let (password, new) = (&body.password, &body.new_password);
    let changed = user::change_password(&state.vault, &request, &principal, address.into(), password, new);
    let changed = changed.await.map_err(problem)?;
    Ok(written_nothing(&state.vault, ReadModelWait::NothingToSee, changed).await)
}

/// Choose a password with an invitation. Each is good once, for three days.
#[utoipa::path(
    post, path = "/auth/invitation", tag = "Authentication", security(()), request_body = InvitationBody,
    responses((status = 204, description = "Log in with the password."), ProblemResponses)
)]
pub(crate) async fn redeem(
    State(state): State<WriteState>,
    context: RequestContext,
    ApiJson(body): ApiJson<InvitationBody>,
) -> Result<StatusCode, Problem> {
    let request = unkeyed(&context);
    let redeemed = user::redeem(&state.vault, &request, &body.invitation, &body.password).await;
    redeemed.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
