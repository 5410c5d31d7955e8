//! `POST /users/{user_id}/reset-password` and `/reset-mfa`

use axum::{extract::State, http::StatusCode, response::Response};
use vault_access::{TenantWide, act};
use vault_commands::{totp, user};
use vault_domain::UserId;
use vault_http::{
    ApiPath, Asking, IdempotencyHeaders, Person, Problem, ProblemResponses, ReadModelWait, RequestContext,
};

use super::body::InvitedUserBody;
use crate::{
    error::problem,
    request::{Bodiless, unkeyed},
    respond::{unstored, written},
    state::WriteState,
};

/// Take a user's password away and end its sessions. The answer holds an invitation to choose another, shown this once.
#[utoipa::path(
    post, path = "/users/{user_id}/reset-password", tag = "Users",
    params(("user_id" = Uuid, Path, description = "The user."), IdempotencyHeaders),
    responses((status = 200, description = "The user, with an invitation.", body = InvitedUserBody), ProblemResponses)
)]
pub(crate) async fn reset_password(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<UserId>,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::UserManage>(&asker, TenantWide).await?;
    let reset = user::reset_password(&state.vault, &permit, &request, id).await;
    let reset = reset.map_err(problem)?;
    let wait = ReadModelWait::NothingToSee;
    Ok(unstored(
        written(&state.vault, wait, StatusCode::OK, reset, InvitedUserBody::from).await,
    ))
}

/// Ask a user who lost app and recovery codes for no second factor any more.
#[utoipa::path(
    post, path = "/users/{user_id}/reset-mfa", tag = "Users",
    params(("user_id" = Uuid, Path, description = "The user.")),
    responses((status = 204, description = "The user has no second factor."), ProblemResponses)
)]
pub(crate) async fn reset_mfa(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<UserId>,
    context: RequestContext,
) -> Result<StatusCode, Problem> {
    let permit = state.permit::<act::UserManage>(&asker, TenantWide).await?;
    let removed = totp::remove_of(&state.vault, &permit, &unkeyed(&context), id).await;
    removed.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
