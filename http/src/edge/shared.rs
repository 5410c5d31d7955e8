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
}

pub(super) async fn count(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    if let Some(gate) = &edge.gate
        && let Some(shared) = &gate.shared
    {
        let client = client_address(&edge, &request);
        let identified = identify(gate, client, edge.clock.now(), &request);
        let limit = gate.limiter.limit();
        let rate = shared.limits.count(shared.name, &identified.key, limit).await;
        request.extensions_mut().insert(Counted { identified, rate });
    }
    next.run(request).await
}
