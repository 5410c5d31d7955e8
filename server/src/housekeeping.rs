//! What must be forgotten in time: keys, revoked sessions, idle rate limits, expired answers.

use std::{sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use vault_access::{RateLimitKey, RateLimiter};

use crate::parts::Parts;

const PERIOD: Duration = Duration::from_secs(30);
/// The most expired answers that are forgotten at once.
const FORGET_AT_ONCE: u32 = 10_000;

/// Starts the task that forgets.
pub(crate) fn start(parts: &Parts, limiters: Vec<Arc<RateLimiter<RateLimitKey>>>, metrics: PrometheusHandle) {
    let (keys, idempotency) = (Arc::clone(&parts.keys), parts.idempotency.clone());
    let (clock, authenticator) = (Arc::clone(&parts.clock), Arc::clone(&parts.authenticator));
    let stop = parts.stopping();
    parts.spawn(async move {
        while stop.run_until_cancelled(tokio::time::sleep(PERIOD)).await.is_some() {
            keys.sweep();
            authenticator.forget_expired(clock.now());
            for limiter in &limiters {
                limiter.forget_idle();
            }
            metrics.run_upkeep();
            if let Err(error) = idempotency.forget_expired(clock.now(), FORGET_AT_ONCE).await {
                tracing::warn!(error = %error, "expired answers are not forgotten");
            }
        }
    });
}
