//! Who calls, and from where.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use vault_access::{Authenticator, Principal};
use vault_domain::ErrorCode;

use crate::{
    Problem,
    context::{CallerSeen, RequestContext},
};

/// The principal that the request's bearer token proves. A handler without it is open to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller(pub Principal);

#[derive(Debug, thiserror::Error)]
#[error("the route is not behind the edge")]
struct NoEdge;

impl<S> FromRequestParts<S> for Caller
where
    S: Sync,
    Arc<Authenticator>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let context = parts
            .extensions
            .get::<RequestContext>()
            .ok_or_else(|| Problem::internal(NoEdge))?;
        match context.caller {
            CallerSeen::Known(principal) => Ok(Self(principal)),
            CallerSeen::Refused(error) => Err(error.into()),
            CallerSeen::Anonymous | CallerSeen::NotAsked => {
                let token = bearer_token(&parts.headers)?;
                let authenticator = Arc::<Authenticator>::from_ref(state);
                Ok(Self(authenticator.authenticate(token, context.received_at)?))
            }
        }
    }
}

/// The token of `Authorization: Bearer`.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Err(Problem::new(ErrorCode::MissingToken));
    };
    if values.next().is_some() {
        let detail = "There is more than one Authorization header.";
        return Err(Problem::new(ErrorCode::InvalidToken).with_detail(detail));
    }
    let text = value
        .to_str()
        .map_err(|_| Problem::new(ErrorCode::InvalidToken))?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        let detail = "The Authorization header must be of the scheme Bearer.";
        return Err(Problem::new(ErrorCode::UnsupportedAuthMethod).with_detail(detail));
    }
    match token.trim_start_matches(' ') {
        "" => Err(Problem::new(ErrorCode::MissingToken)),
        token => Ok(token),
    }
}

/// The client's address, as far as the proxies in front can be trusted; unspecified if the server does not know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let context = parts.extensions.get::<RequestContext>();
        context
            .map(|context| Self(context.client))
            .ok_or_else(|| Problem::internal(NoEdge))
    }
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::internal(NoEdge))
    }
}
