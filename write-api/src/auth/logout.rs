//! `POST /auth/logout`

use axum::{extract::State, http::StatusCode};
use vault_commands::session;
use vault_http::{Person, Problem, ProblemResponses, RequestContext};

use crate::{error::problem, request::unkeyed, state::WriteState};

/// End the session: its refresh tokens are revoked, its access tokens are refused.
#[utoipa::path(
    post, path = "/auth/logout", tag = "Authentication",
    responses((status = 204, description = "The session has ended."), ProblemResponses)
)]
pub(crate) async fn logout(
    State(state): State<WriteState>,
    Person { principal, login }: Person,
    context: RequestContext,
) -> Result<StatusCode, Problem> {
    session::logout(&state.vault, &unkeyed(&context), &principal, login)
        .await
        .map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
