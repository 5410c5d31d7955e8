//! Which pages of other origins may call.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use axum::http::{HeaderName, HeaderValue, Method, header, request::Parts};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser keeps what it was told.
const MAX_AGE: Duration = Duration::from_mins(10);
const METHODS: [Method; 5] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];
/// What a page may send.
const SENT: [HeaderName; 11] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("x-idempotency-key"),
    HeaderName::from_static("prefer"),
    HeaderName::from_static("vault-min-position"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("last-event-id"),
    HeaderName::from_static("traceparent"),
];
/// What a page may read of an answer, beside its body.
const SHOWN: [HeaderName; 9] = [
    header::ETAG,
    header::RETRY_AFTER,
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("vault-position"),
    HeaderName::from_static("vault-read-models"),
    HeaderName::from_static("idempotency-replayed"),
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
];

/// The origins whose pages may call, which may change. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Origins(Arc<ArcSwap<Vec<HeaderValue>>>);

impl Origins {
    /// These origins.
    #[must_use]
    pub fn new(origins: Vec<HeaderValue>) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(origins)))
    }

    /// Lets pages of these origins call, and of no others.
    pub fn set(&self, origins: Vec<HeaderValue>) {
        self.0.store(Arc::new(origins));
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.load().is_empty()
    }

    fn contains(&self, origin: &HeaderValue) -> bool {
        self.0.load().contains(origin)
    }
}

/// Lets pages of these origins call, each named in full, and never with cookies: callers send a token or a key.
pub(super) fn layer(origins: &Origins) -> CorsLayer {
    let origins = origins.clone();
    let is_one = move |origin: &HeaderValue, _: &Parts| origins.contains(origin);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_one))
        .allow_methods(METHODS)
        .allow_headers(SENT)
        .expose_headers(SHOWN)
        .max_age(MAX_AGE)
}
