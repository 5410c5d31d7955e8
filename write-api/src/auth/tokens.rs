//! The pair of tokens that a client is given.

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use vault_access::ACCESS_TOKEN_LIFETIME_S;
use vault_commands::session::Tokens;

/// The pair of tokens that a client is given.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokensBody {
    /// For the header `Authorization: Bearer`.
    access_token: String,
    /// For `POST /auth/refresh`, once.
    refresh_token: String,
    /// How long the access token is valid, in seconds.
    expires_in: u32,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// There when the user has roles that are withheld until a second factor is given; see `POST /auth/mfa/totp/enroll`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    mfa_required: bool,
}

/// Answers with tokens, which no cache may keep.
pub(super) fn answer(tokens: &Tokens) -> Response {
    let body = TokensBody {
        access_token: tokens.access.expose().to_owned(),
        refresh_token: tokens.refresh.expose().to_string(),
        expires_in: ACCESS_TOKEN_LIFETIME_S,
        token_type: "Bearer",
        mfa_required: tokens.roles_are_withheld,
    };
    let mut response = Json(body).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
