//! Time travel: the parameter `as_of`, and the header that says which position was meant.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderName, HeaderValue, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de};
use utoipa::IntoParams;
use vault_access::{Act, Permit};
use vault_domain::ErrorCode;
use vault_http::{PositionToken, Problem, ReadPosition, RequestContext};
use vault_queries::{AsOf, Moment};

use crate::{error::problem, state::ReadState};

/// The position that an answer is as of.
const VAULT_AS_OF: HeaderName = HeaderName::from_static("vault-as-of");

/// When a question is about.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOfQuery {
    /// As it was: after the event at this position of the log, after the write with this `Vault-Position`, or at this
    /// time (RFC 3339). The header `Vault-As-Of` of the answer has the position.
    #[param(value_type = Option<String>, example = "2026-11-01T00:00:00Z")]
    pub(crate) as_of: Option<AsOfParameter>,
}

/// The value of `as_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AsOfParameter(AsOf);

impl<'de> Deserialize<'de> for AsOfParameter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Ok(token) = text.parse::<PositionToken>() {
            return Ok(Self(AsOf::Position(token.position())));
        }
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

/// What the headers of a read say of its time: when it came, and what it must see.
pub(crate) struct Reading {
    received_at: DateTime<Utc>,
    min_position: Option<ReadPosition>,
}

impl<S: Sync> FromRequestParts<S> for Reading {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let context = RequestContext::from_request_parts(parts, state).await?;
        Ok(Self {
            received_at: context.received_at(),
            min_position: <ReadPosition as OptionalFromRequestParts<S>>::from_request_parts(parts, state)
                .await?,
        })
    }
}

impl ReadState {
    /// The moment that a caller asks about, once it can be answered. A time that is still to come has no state yet.
    pub(crate) async fn moment<A: Act>(
        &self,
        permit: &Permit<A>,
        as_of: Option<AsOfParameter>,
        reading: Reading,
    ) -> Result<Moment, Problem> {
        self.reach(reading.min_position).await?;
        match as_of {
            None => Ok(Moment::Now),
            Some(AsOfParameter(AsOf::Time(time))) if time > reading.received_at => Err(Problem::in_field(
                "as_of",
                ErrorCode::InvalidQueryParameter,
                "lies in the future",
            )),
            Some(AsOfParameter(as_of)) => self.queries.moment(permit, as_of).await.map_err(problem),
        }
    }
}

/// The header of an answer that is as of an earlier moment.
pub(crate) struct AnsweredAsOf(pub(crate) Moment);

impl IntoResponseParts for AnsweredAsOf {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if let Some(position) = self.0.position() {
            parts
                .headers_mut()
                .insert(VAULT_AS_OF, HeaderValue::from(position));
        }
        Ok(parts)
    }
}
