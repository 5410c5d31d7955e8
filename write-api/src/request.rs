//! What every command takes from its request beside its body.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, MatchedPath, Request as HttpRequest},
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vault_commands::{IdempotencyRequest, Request};
use vault_domain::{ErrorCode, TraceParent};
use vault_http::{ApiJson, IdempotencyKey, Problem, RequestContext};

/// The request without its body: who asks it is elsewhere.
pub(crate) struct Envelope {
    correlation_id: Uuid,
    trace: Option<TraceParent>,
    key: Option<IdempotencyKey>,
    route: String,
    path: String,
}

impl Envelope {
    /// Whether the client may have sent the same before, and wants the same answer.
    pub(crate) const fn may_be_a_repeat(&self) -> bool {
        self.key.is_some()
    }

    /// The request with this body, or with this chunk of it.
    pub(crate) fn request(&self, digest_of: &[u8], chunk: u64) -> Request {
        let idempotency = self.key.as_ref().map(|key| {
            let mut hasher = Sha256::new();
            // a path holds no NUL
            hasher.update(self.path.as_bytes());
            hasher.update([0]);
            hasher.update(digest_of);
            IdempotencyRequest {
                route: self.route.clone(),
                key: key.as_bytes().to_vec(),
                digest: hasher.finalize().into(),
                chunk,
            }
        });
        Request {
            correlation_id: self.correlation_id,
            trace: self.trace,
            idempotency,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Envelope {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let key = <Option<IdempotencyKey> as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let context = parts.extensions.get::<RequestContext>();
        let template = parts
            .extensions
            .get::<MatchedPath>()
            .map_or("", MatchedPath::as_str);
        Ok(Self {
            correlation_id: context.map_or(Uuid::nil(), |context| context.correlation_id().as_uuid()),
            trace: context.and_then(|context| context.trace().for_events()),
            key,
            route: format!("{} {template}", parts.method),
            path: parts.uri.path().to_owned(),
        })
    }
}

/// A request that no client repeats under a key.
pub(crate) fn unkeyed(context: &RequestContext) -> Request {
    Request {
        correlation_id: context.correlation_id().as_uuid(),
        trace: context.trace().for_events(),
        idempotency: None,
    }
}

/// A JSON body, and the request that it came with.
pub(crate) struct Command<T> {
    pub(crate) body: T,
    pub(crate) request: Request,
}

impl<S, T> FromRequest<S> for Command<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request(request: HttpRequest, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let envelope = Envelope::from_request_parts(&mut parts, state).await?;
        let bytes = buffer(HttpRequest::from_parts(parts.clone(), body), state).await?;
        if is_array(&bytes) {
            return Err(Problem::in_field(
                ".",
                ErrorCode::InvalidFieldType,
                "must be an object",
            ));
        }
        let request = HttpRequest::from_parts(parts, Body::from(bytes.clone()));
        let ApiJson(body) = ApiJson::<T>::from_request(request, state).await?;
        Ok(Self {
            body,
            request: envelope.request(&bytes, 0),
        })
    }
}

async fn buffer<S: Send + Sync>(request: HttpRequest, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::new(ErrorCode::PayloadTooLarge)
                .with_detail("The body is larger than this endpoint takes.")
        } else {
            Problem::new(ErrorCode::InvalidRequestFormat)
                .with_detail("The body ended before it was complete.")
        }
    })
}

/// Whether a JSON text is an array, which serde would take for an object with its members in order.
pub(crate) fn is_array(json: &[u8]) -> bool {
    json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[')
}

/// A command whose body says nothing.
pub(crate) struct Bodiless(pub(crate) Request);

impl<S: Send + Sync> FromRequestParts<S> for Bodiless {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self(
            Envelope::from_request_parts(parts, state).await?.request(&[], 0),
        ))
    }
}
