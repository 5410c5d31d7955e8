//! `GET /.well-known/jwks.json`

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::ReadState;

/// How long the keys may be kept: less than a new one is published before it signs.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=5");

/// The public keys of access tokens (RFC 7517).
#[derive(Serialize, ToSchema)]
pub(crate) struct KeySetBody {
    /// Keys of Ed25519 (RFC 8037).
    keys: Vec<PublicKeyBody>,
}

/// A public key.
#[derive(Serialize, ToSchema)]
pub(crate) struct PublicKeyBody {
    /// Always `OKP`.
    kty: String,
    /// Always `Ed25519`.
    crv: String,
    /// Always `EdDSA`.
    alg: String,
    /// Always `sig`.
    r#use: String,
    /// What the header of a token names.
    kid: String,
    /// The key.
    x: String,
}

/// The public keys that access tokens are verified with. A new one stands here before it signs.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "Authentication", security(()),
    responses((status = 200, description = "The keys.", body = KeySetBody))
)]
pub(crate) async fn key_set(State(state): State<ReadState>) -> Response {
    let mut response = Json(state.authenticator.tokens().jwks()).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE);
    response
}
