//! The edge: one layer that does for every request what no handler should have to.

mod cors;
mod future;
mod headers;
mod meters;
mod service;
mod shared;

use std::{num::NonZeroU8, sync::Arc, time::Duration};

use axum::{Router, extract::DefaultBodyLimit, http::StatusCode, middleware};
use tokio::sync::Semaphore;
use tower::Layer;
use vault_access::{Authenticator, RateLimitKey, RateLimiter, SharedLimits, Tiers};
use vault_domain::{Clock, ErrorCode, IdSource};

use crate::{DEPRECATED, Deprecated, Problem};
use headers::{RateLimitHeaders, Transport};
use meters::Meters;
use shared::Shared;

pub use cors::Origins;
pub use service::EdgeService;

/// What one request may take.
#[derive(Debug, Clone, Copy)]
pub struct EdgeLimits {
    /// The longest time until the answer begins, in milliseconds.
    pub timeout_ms: u64,
    /// The largest body, in bytes, unless a route sets another [`DefaultBodyLimit`].
    pub body_bytes: usize,
}

/// Gives every request its id, trace, rate limit, time limit, security headers and metrics, and every problem its
/// body.
///
/// Cheap to clone; clones share their metrics and limits, and can be given other settings for other routes.
/// The recorder of the crate `metrics` must be installed before the first request, since its handles are kept.
#[derive(Clone)]
pub struct Edge {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: EdgeLimits,
    gate: Option<Gate>,
    room: Option<Arc<Semaphore>>,
    origins: Origins,
    proxies: Option<NonZeroU8>,
    transport: Transport,
    meters: Arc<Meters>,
    deprecated: &'static [Deprecated],
}

/// What counts requests, and for whom.
#[derive(Clone)]
struct Gate {
    authenticator: Arc<Authenticator>,
    limiter: Arc<RateLimiter<RateLimitKey>>,
    headers: RateLimitHeaders,
    tiers: Arc<Tiers>,
    shared: Option<Shared>,
}

impl Edge {
    /// An edge without rate limit, directly in front of its clients.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>, limits: EdgeLimits) -> Self {
        Self {
            clock,
            ids,
            limits,
            gate: None,
            room: None,
            origins: Origins::default(),
            proxies: None,
            transport: Transport::Plain,
            meters: Arc::default(),
            deprecated: DEPRECATED,
        }
    }

    /// Counts requests by the user of their token, or else by the client's network.
    #[must_use]
    pub fn with_rate_limit(
        mut self,
        authenticator: Arc<Authenticator>,
        limiter: Arc<RateLimiter<RateLimitKey>>,
    ) -> Self {
        let headers = RateLimitHeaders::new(limiter.limit());
        self.gate = Some(Gate {
            authenticator,
            limiter,
            headers,
            tiers: Arc::default(),
            shared: None,
        });
        self
    }

    /// Counts for the caller's tenant as a whole, too.
    #[must_use]
    pub fn with_tiers(mut self, tiers: Arc<Tiers>) -> Self {
        if let Some(gate) = &mut self.gate {
            gate.tiers = tiers;
        }
        self
    }

    /// Counts for all processes together, under this name, while that can be done.
    #[must_use]
    pub fn shared_by(mut self, limits: Arc<dyn SharedLimits>, name: &'static str) -> Self {
        if let Some(gate) = &mut self.gate {
            gate.shared = Some(Shared { limits, name });
        }
        self
    }

    /// Counts no requests: for health checks and metrics.
    #[must_use]
    pub fn without_rate_limit(mut self) -> Self {
        self.gate = None;
        self
    }

    /// Works on as many requests at once as there is room for, and refuses the next one at once: a queue would only make
    /// all of them late. Clones share the room.
    #[must_use]
    pub fn with_room(mut self, requests: usize) -> Self {
        self.room = Some(Arc::new(Semaphore::new(requests)));
        self
    }

    /// Tells of other operations that will go than the table does.
    #[cfg(test)]
    #[must_use]
    pub(crate) const fn with_deprecated(mut self, table: &'static [Deprecated]) -> Self {
        self.deprecated = table;
        self
    }

    /// Lets pages of these origins call.
    #[must_use]
    pub fn with_origins(mut self, origins: Origins) -> Self {
        self.origins = origins;
        self
    }

    /// Sets other limits: for streamed uploads.
    #[must_use]
    pub const fn with_limits(mut self, limits: EdgeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Takes the client's address from `X-Forwarded-For`, which this many proxies in a row have each added to.
    #[must_use]
    pub const fn behind_proxies(mut self, count: NonZeroU8) -> Self {
        self.proxies = Some(count);
        self
    }

    /// Tells browsers to come over TLS only.
    #[must_use]
    pub const fn over_tls(mut self) -> Self {
        self.transport = Transport::Tls;
        self
    }

    /// Puts routes behind the edge, and answers problems for paths and methods that none of them has.
    pub fn wrap<S: Clone + Send + Sync + 'static>(self, routes: Router<S>) -> Router<S> {
        self.layer(routes.fallback(no_such_path))
    }

    /// Puts routes behind the edge, to be merged into others.
    pub fn layer<S: Clone + Send + Sync + 'static>(self, routes: Router<S>) -> Router<S> {
        let body_limit = DefaultBodyLimit::max(self.limits.body_bytes);
        let routes = routes.method_not_allowed_fallback(no_such_method);
        // without origins there is nothing to say to a page, not even how an answer varies
        let routes = if self.origins.is_empty() {
            routes
        } else {
            routes.layer(cors::layer(&self.origins))
        };
        let edge = Arc::new(self);
        let routes = routes.layer(body_limit).layer(EdgeLayer(Arc::clone(&edge)));
        match &edge.gate {
            Some(Gate { shared: Some(_), .. }) => {
                routes.layer(middleware::from_fn_with_state(edge, shared::count))
            }
            Some(_) | None => routes,
        }
    }

    const fn timeout(&self) -> Duration {
        Duration::from_millis(self.limits.timeout_ms)
    }
}

/// The edge as a tower layer, for services that are no router of axum.
#[derive(Clone)]
pub struct EdgeLayer(Arc<Edge>);

impl EdgeLayer {
    /// The layer alone: it sets no body limit and answers no unknown path.
    #[must_use]
    pub fn new(edge: Edge) -> Self {
        Self(Arc::new(edge))
    }
}

impl<S> Layer<S> for EdgeLayer {
    type Service = EdgeService<S>;

    fn layer(&self, inner: S) -> EdgeService<S> {
        EdgeService::new(inner, Arc::clone(&self.0))
    }
}

async fn no_such_path() -> Problem {
    Problem::new(ErrorCode::ResourceNotFound).with_detail("There is nothing under this path.")
}

async fn no_such_method() -> Problem {
    Problem::new(ErrorCode::ResourceNotFound)
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .with_detail("This path does not take this method.")
}

#[cfg(test)]
mod tests;
