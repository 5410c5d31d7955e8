//! What happens before the handler.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request},
    http::{HeaderMap, HeaderName},
    response::Response,
};
use chrono::{DateTime, Utc};
use tokio::sync::OwnedSemaphorePermit;
use tower::Service;
use vault_access::{RateLimitKey, RateLimitState, RateLimiter};
use vault_domain::ErrorCode;

use super::{Edge, Gate, future::EdgeFuture, shared::Counted};
use crate::{
    Problem,
    context::{CallerSeen, RequestContext},
    extract::proof,
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How many seconds a client should wait when there is no room for its request.
const RETRY_AFTER_S: u32 = 1;

/// A service behind the [`Edge`].
#[derive(Clone)]
pub struct EdgeService<S> {
    inner: S,
    edge: Arc<Edge>,
}

impl<S> EdgeService<S> {
    pub(super) const fn new(inner: S, edge: Arc<Edge>) -> Self {
        Self { inner, edge }
    }
}

impl<S> Service<Request> for EdgeService<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = EdgeFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> EdgeFuture<S::Future> {
        let edge = &self.edge;
        let watch = edge
            .meters
            .watch(request.method(), request.extensions().get::<MatchedPath>());
        let client = client_address(edge, &request);
        let mut context = RequestContext::read(request.headers(), client, edge.clock.now(), edge.ids.next());
        let counted = request.extensions_mut().remove::<Counted>();
        let rate = edge
            .gate
            .as_ref()
            .map(|gate| count(gate, &mut context, &request, counted));
        let span = tracing::info_span!(
            "http.request",
            method = watch.method(),
            route = watch.route(),
            request_id = context.request_id(),
            instance = %context.instance,
            trace_id = %context.trace,
            status = tracing::field::Empty,
            latency_us = tracing::field::Empty,
        );
        let place = match rate.as_ref().and_then(too_many) {
            Some(problem) => Err(problem),
            None => place(edge),
        };
        let place = match place {
            Ok(place) => place,
            Err(problem) => {
                return EdgeFuture::refused(problem, Arc::clone(edge), context, rate, watch, span);
            }
        };
        request.extensions_mut().insert(context.clone());
        let inner = span.in_scope(|| self.inner.call(request));
        EdgeFuture::running(inner, place, Arc::clone(edge), context, rate, watch, span)
    }
}

/// A place among the requests that are worked on; none where the edge has no limit.
fn place(edge: &Edge) -> Result<Option<OwnedSemaphorePermit>, Problem> {
    let place = edge
        .room
        .as_ref()
        .map(|room| Arc::clone(room).try_acquire_owned());
    place.transpose().map_err(|_| {
        Problem::new(ErrorCode::ResourceExhausted)
            .with_detail("The server works on as many requests as it can; come back in a moment.")
            .with_retry_after(RETRY_AFTER_S)
    })
}

/// Who calls, and whose requests are counted together with this one.
#[derive(Clone)]
pub(super) struct Identified {
    caller: CallerSeen,
    /// What the credential's own limit has found, if it has one.
    own: Option<RateLimitState>,
    pub(super) key: RateLimitKey,
}

impl Identified {
    /// The caller's tenant, and what counts its requests as a whole.
    pub(super) fn tier<'a>(&self, gate: &'a Gate) -> Option<(RateLimitKey, &'a RateLimiter<RateLimitKey>)> {
        let CallerSeen::Known(principal) = &self.caller else {
            return None;
        };
        let limiter = gate.tiers.of(principal.tenant)?;
        Some((RateLimitKey::Tenant(principal.tenant), limiter))
    }
}

/// A request counts for its user; one without a good credential counts for its network, so that guessing is limited
/// too. So does the first request with an API key, which is not known yet.
pub(super) fn identify(gate: &Gate, client: IpAddr, now: DateTime<Utc>, request: &Request) -> Identified {
    let mut own = None;
    let caller = match proof(request.headers(), request.extensions()) {
        Err(_) => CallerSeen::Anonymous,
        Ok(proof) => match gate.authenticator.authenticate(proof, now) {
            Ok(Some(seen)) => {
                own = seen.own_limit;
                CallerSeen::Known(seen.principal)
            }
            Ok(None) => CallerSeen::ToBeLookedUp,
            Err(error) => CallerSeen::Refused(error),
        },
    };
    let key = match &caller {
        CallerSeen::Known(principal) => RateLimitKey::from(principal),
        _ => RateLimitKey::Network(client.into()),
    };
    Identified { caller, own, key }
}

/// Counts the request, unless that was done for all processes already.
fn count(
    gate: &Gate,
    context: &mut RequestContext,
    request: &Request,
    counted: Option<Counted>,
) -> RateLimitState {
    let Counted {
        identified,
        rate,
        tier,
    } = counted.unwrap_or_else(|| Counted {
        identified: identify(gate, context.client, context.received_at, request),
        rate: None,
        tier: None,
    });
    let state = rate.unwrap_or_else(|| gate.limiter.check(&identified.key));
    let state = identified.own.map_or(state, |own| state.stricter(own));
    context.caller = identified.caller;
    if !state.allowed() {
        // what one caller does not get is not counted for its tenant
        return state;
    }
    let alone = || identified.tier(gate).map(|(key, limiter)| limiter.check(&key));
    tier.or_else(alone).map_or(state, |tier| state.stricter(tier))
}

fn too_many(state: &RateLimitState) -> Option<Problem> {
    let wait_s = state.retry_after_s?.get();
    Some(
        Problem::new(ErrorCode::RateLimitExceeded)
            .with_detail("Too many requests; wait before the next one.")
            .with_retry_after(wait_s),
    )
}

pub(super) fn client_address(edge: &Edge, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
    let Some(proxies) = edge.proxies else { return peer };
    forwarded_for(request.headers(), usize::from(proxies.get())).unwrap_or(peer)
}

/// What the outermost trusted proxy has seen; what stands further left is the client's own claim.
fn forwarded_for(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let lines = headers
        .get_all(X_FORWARDED_FOR)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    let hop = hops
        .len()
        .checked_sub(proxies)
        .and_then(|index| hops.get(index))?
        .trim();
    hop.parse()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}
