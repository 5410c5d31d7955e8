//! The key under which a client may repeat a request.

use std::fmt;

use axum::{
    extract::OptionalFromRequestParts,
    http::{HeaderName, HeaderValue, request::Parts},
};
use vault_domain::ErrorCode;

use crate::Problem;

/// The longest key, in bytes.
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 255;
/// The header of an answer that was given before; its value is `true`.
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const X_IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("x-idempotency-key");

/// The value of `Idempotency-Key`, also spelled `X-Idempotency-Key`; taken as `Option<IdempotencyKey>`.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(HeaderValue);

impl IdempotencyKey {
    /// The key's bytes: visible ASCII.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// A problem for a key that was used before with another body.
    #[must_use]
    pub fn used_with_another_body() -> Problem {
        let detail = "The idempotency key was used before with another request.";
        Problem::new(ErrorCode::ConflictingUpdate)
            .with_status(axum::http::StatusCode::UNPROCESSABLE_ENTITY)
            .with_detail(detail)
    }
}

impl fmt::Debug for IdempotencyKey {
    /// Clients put names of things into keys, so that they are not for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey([redacted])")
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        let plain = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let mut values = plain.chain(parts.headers.get_all(X_IDEMPOTENCY_KEY));
        let Some(key) = values.next() else { return Ok(None) };
        if values.any(|other| other != key) {
            return Err(refused("is given twice with different values"));
        }
        let length_ok = (1..=MAX_IDEMPOTENCY_KEY_BYTES).contains(&key.len());
        if length_ok && key.as_bytes().iter().all(u8::is_ascii_graphic) {
            Ok(Some(Self(key.clone())))
        } else {
            Err(refused("must be 1 to 255 characters of visible ASCII"))
        }
    }
}

fn refused(message: &'static str) -> Problem {
    Problem::in_field("Idempotency-Key", ErrorCode::InvalidFormat, message)
}
