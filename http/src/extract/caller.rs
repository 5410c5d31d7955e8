//! Who calls, and from where.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{Extensions, HeaderMap, HeaderName, header, request::Parts},
};
use vault_access::{
    API_KEY_PREFIX, Authenticator, ClientCertificate, Login, Principal, Proof, Unauthenticated,
};
use vault_domain::ErrorCode;

use crate::{
    Problem,
    context::{CallerSeen, RequestContext},
};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// How many seconds a client should wait when API keys cannot be read.
const RETRY_AFTER_S: u32 = 1;

/// The principal that the request's bearer token or API key proves. A handler without it is open to everybody.
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
            CallerSeen::Anonymous | CallerSeen::NotAsked | CallerSeen::ToBeLookedUp => {
                let proof = proof(&parts.headers, &parts.extensions)?;
                let authenticator = Arc::<Authenticator>::from_ref(state);
                let principal = authenticator.look_up(proof, context.received_at).await;
                principal.map(Self).map_err(unauthenticated)
            }
        }
    }
}

fn unauthenticated(error: Unauthenticated) -> Problem {
    match error {
        Unauthenticated::Refused(error) => error.into(),
        error @ Unauthenticated::Away(_) => Problem::new(ErrorCode::DatabaseConnectionFailed)
            .with_retry_after(RETRY_AFTER_S)
            .with_cause(error),
    }
}

/// A caller who logged in, and no program: for what a stolen API key must not be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Who calls.
    pub principal: Principal,
    /// How the caller logged in.
    pub login: Login,
}

impl<S> FromRequestParts<S> for Person
where
    S: Sync,
    Arc<Authenticator>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Caller(principal) = Caller::from_request_parts(parts, state).await?;
        let login = principal.login().ok_or_else(|| {
            let detail = "An API key cannot do this: log in.";
            Problem::new(ErrorCode::ServiceAccountRestricted).with_detail(detail)
        })?;
        Ok(Self { principal, login })
    }
}

/// What the request proves its caller with: a credential in its headers, or else the certificate of its connection. A
/// browser shows its certificate with whatever any page makes it send, so it proves nothing there.
pub(crate) fn proof<'a>(headers: &'a HeaderMap, extensions: &'a Extensions) -> Result<Proof<'a>, Problem> {
    let is_plain = ![X_API_KEY, header::AUTHORIZATION, header::ORIGIN, SEC_FETCH_SITE]
        .iter()
        .any(|name| headers.contains_key(name));
    match extensions.get::<ClientCertificate>() {
        Some(certificate) if is_plain => Ok(Proof::Certificate(certificate)),
        _ => credential(headers).map(Proof::Credential),
    }
}

/// The credential in the headers of a request: `Authorization: Bearer` with a token or an API key, or `X-API-Key`.
fn credential(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut keys = headers.get_all(X_API_KEY).iter();
    let Some(key) = keys.next() else {
        return bearer_token(headers);
    };
    if keys.next().is_some() || headers.contains_key(header::AUTHORIZATION) {
        let detail = "There is more than one credential.";
        return Err(Problem::new(ErrorCode::ApiKeyInvalid).with_detail(detail));
    }
    let is_key = |key: &&str| key.starts_with(API_KEY_PREFIX);
    let key = key.to_str().ok().filter(is_key);
    key.ok_or_else(|| Problem::new(ErrorCode::ApiKeyInvalid))
}

/// The token of `Authorization: Bearer`.
fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
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
