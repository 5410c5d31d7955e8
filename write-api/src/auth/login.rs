//! `POST /auth/login`

use axum::{extract::State, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::Password;
use vault_commands::session;
use vault_http::{ApiJson, ClientAddress, Problem, ProblemResponses, RequestContext};

use super::tokens::{TokensBody, answer};
use crate::{error::problem, request::unkeyed, state::WriteState};

/// Who wants to be let in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    /// The user's email.
    #[schema(format = "email", example = "test@example.com")]
    email: String,
    /// The user's password.
    #[schema(value_type = String, format = "password", example = "password123")]
    password: Password,
}

/// Log in with email and password.
#[utoipa::path(
    post, path = "/auth/login", tag = "Authentication", security(()),
    request_body = LoginBody,
    responses((status = 200, description = "The caller is who it says.", body = TokensBody), ProblemResponses)
)]
pub(crate) async fn login(
    State(state): State<WriteState>,
    context: RequestContext,
    ClientAddress(address): ClientAddress,
    ApiJson(body): ApiJson<LoginBody>,
) -> Result<Response, Problem> {
    let request = unkeyed(&context);
    let login = session::login(
        &state.vault,
        &request,
        address.into(),
        &body.email,
        &body.password,
    );
    Ok(answer(&login.await.map_err(problem)?))
}
