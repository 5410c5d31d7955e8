//! Counting requests for all processes together, before the edge would count them alone.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use vault_access::{RateLimitState, SharedLimits};

use super::{
    Edge,
    service::{Identified, client_address, identify},
};

/// The name under which the requests of tenants are counted, whatever they are.
const TIER: &str = "tier";

/// Where requests are counted for all processes, and under which name.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) limits: Arc<dyn SharedLimits>,
    pub(super) name: &'static str,
}

/// A request whose caller is known, and which was counted for all processes unless that could not be done.
#[derive(Clone)]
pub(super) struct Counted {
    pub(super) identified: Identified,
    pub(super) rate: Option<RateLimitState>,
    /// The same of its tenant, unless it was refused before.
    pub(super) tier: Option<RateLimitState>,
}

pub(super) async fn count(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    if let Some(gate) = &edge.gate
        && let Some(shared) = &gate.shared
    {
        let client = client_address(&edge, &request);
        let identified = identify(gate, client, edge.clock.now(), &request);
        let limit = gate.limiter.limit();
        let rate = shared.limits.count(shared.name, &identified.key, limit).await;
        let tier = match identified.tier(gate) {
            Some((key, limiter)) if rate.is_some_and(|rate| rate.allowed()) => {
                shared.limits.count(TIER, &key, limiter.limit()).await
            }
            Some(_) | None => None,
        };
        request.extensions_mut().insert(Counted {
            identified,
            rate,
            tier,
        });
    }
    next.run(request).await
}
