//! `POST /auth/login`

use axum::{extract::State, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::Password;
use vault_commands::session::{self, LoginInput};
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
    /// A code of the user's authenticator app, or a recovery code, where the user has a second factor.
    #[serde(default)]
    #[schema(example = "287082")]
    totp: Option<String>,
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
    let input = LoginInput {
        network: address.into(),
        email: &body.email,
        password: &body.password,
        code: body.totp.as_deref(),
    };
    let login = session::login(&state.vault, &request, &input).await;
    Ok(answer(&login.map_err(problem)?))
}
