//! `POST /auth/mfa/totp/enroll`, `/confirm` and `/remove`

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vault_access::Password;
use vault_commands::totp;
use vault_http::{ApiJson, ClientAddress, Person, Problem, ProblemResponses, RequestContext};

use crate::{error::problem, request::unkeyed, respond::unstored, state::WriteState};

/// The caller proves itself once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrollBody {
    /// The user's password.
    #[schema(value_type = String, format = "password")]
    password: Password,
}

/// What the authenticator app is given.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrolledBody {
    /// The secret in base 32, for those who type it in.
    secret: String,
    /// The same as an address that apps read from a picture.
    otpauth_url: String,
}

/// A code that the app shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmBody {
    /// Six digits.
    #[schema(example = "287082")]
    code: String,
}

/// Codes for when the app is lost.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfirmedBody {
    /// Each is good for one login; they are shown this once.
    recovery_codes: Vec<String>,
}

/// The caller proves itself with both factors.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoveBody {
    /// The user's password.
    #[schema(value_type = String, format = "password")]
    password: Password,
    /// A code of the app, or a recovery code.
    code: String,
}

/// Begin with a second factor: give the secret to an authenticator app, and confirm with a code that it shows.
#[utoipa::path(
    post, path = "/auth/mfa/totp/enroll", tag = "Authentication", request_body = EnrollBody,
    responses((status = 200, description = "What the app is given.", body = EnrolledBody), ProblemResponses)
)]
pub(crate) async fn enroll(
    State(state): State<WriteState>,
    Person { principal, .. }: Person,
    context: RequestContext,
    ClientAddress(address): ClientAddress,
    ApiJson(body): ApiJson<EnrollBody>,
) -> Result<Response, Problem> {
    let request = unkeyed(&context);
    let secret = totp::enroll(&state.vault, &request, &principal, address.into(), &body.password);
    let secret = secret.await.map_err(problem)?;
    let url = secret.url().map_err(Problem::internal)?;
    let body = EnrolledBody {
        secret: secret.base32().to_string(),
        otpauth_url: url.to_string(),
    };
    Ok(unstored(Json(body).into_response()))
}

/// Ask for codes at logins from now on. The session counts as begun with one from its next refresh on.
#[utoipa::path(
    post, path = "/auth/mfa/totp/confirm", tag = "Authentication", request_body = ConfirmBody,
    responses((status = 200, description = "Recovery codes.", body = ConfirmedBody), ProblemResponses)
)]
pub(crate) async fn confirm(
    State(state): State<WriteState>,
    Person { principal, login }: Person,
    context: RequestContext,
    ApiJson(body): ApiJson<ConfirmBody>,
) -> Result<Response, Problem> {
    let request = unkeyed(&context);
    let codes = totp::confirm(&state.vault, &request, &principal, login, &body.code).await;
    let codes = codes.map_err(problem)?;
    let body = ConfirmedBody {
        recovery_codes: codes.iter().map(|code| code.expose().to_string()).collect(),
    };
    Ok(unstored(Json(body).into_response()))
}

/// Ask for no codes any more.
#[utoipa::path(
    post, path = "/auth/mfa/totp/remove", tag = "Authentication", request_body = RemoveBody,
    responses((status = 204, description = "There is no second factor."), ProblemResponses)
)]
pub(crate) async fn remove(
    State(state): State<WriteState>,
    Person { principal, .. }: Person,
    context: RequestContext,
    ClientAddress(address): ClientAddress,
    ApiJson(body): ApiJson<RemoveBody>,
) -> Result<StatusCode, Problem> {
    let (request, password) = (unkeyed(&context), &body.password);
    let removed = totp::remove(
        &state.vault,
        &request,
        &principal,
        address.into(),
        password,
        &body.code,
    );
    removed.await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
