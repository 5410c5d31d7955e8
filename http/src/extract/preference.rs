//! How long a caller wants to wait for the read models, and what they must have seen.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderName, request::Parts},
};
use vault_domain::ErrorCode;

use crate::{PositionToken, Problem, VAULT_MIN_POSITION};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The header `Vault-Min-Position` of a read; taken as `Option<ReadPosition>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadPosition(pub PositionToken);

impl<S: Sync> OptionalFromRequestParts<S> for ReadPosition {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        let Some(value) = parts.headers.get(VAULT_MIN_POSITION) else {
            return Ok(None);
        };
        let token = value.to_str().ok().and_then(|text| text.parse().ok());
        token.map(|token| Some(Self(token))).ok_or_else(|| {
            let message = "is not the Vault-Position of an earlier answer";
            Problem::in_field("Vault-Min-Position", ErrorCode::InvalidFormat, message)
        })
    }
}

/// Whether a write answers before the read models show it: the header `Prefer: respond-async`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadModelWait {
    /// Wait until a plain read sees the write.
    UntilVisible,
    /// Answer as soon as the write is durable.
    RespondAsync,
    /// The same, since no read model shows the write.
    NothingToSee,
}

impl<S: Sync> FromRequestParts<S> for ReadModelWait {
    type Rejection = Infallible;

    /// Preferences that the service does not know are passed over (RFC 7240).
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let values = parts
            .headers
            .get_all(PREFER)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut preferences = values.flat_map(|value| value.split(','));
        let respond_async = preferences.any(|preference| {
            let name = preference.split([';', '=']).next().unwrap_or_default();
            name.trim().eq_ignore_ascii_case("respond-async")
        });
        Ok(if respond_async {
            Self::RespondAsync
        } else {
            Self::UntilVisible
        })
    }
}
