//! What must be forgotten in time: keys, revoked sessions, idle rate limits, expired answers.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use metrics_exporter_prometheus::PrometheusHandle;
use vault_access::{REFRESH_LIFETIME_S, RateLimitKey, RateLimiter, Tiers};
use vault_commands::session::LOCKOUT_S;
use vault_event_store::{Idempotency, LoadError};

use crate::parts::Parts;

const PERIOD: Duration = Duration::from_secs(30);
/// The most expired answers that are forgotten at once.
const FORGET_AT_ONCE: u32 = 10_000;

/// Starts the task that forgets.
pub(crate) fn start(
    parts: &Parts,
    limiters: Vec<Arc<RateLimiter<RateLimitKey>>>,
    tiers: Arc<Tiers>,
    metrics: PrometheusHandle,
) {
    let (keys, idempotency) = (Arc::clone(&parts.keys), parts.idempotency.clone());
    let (clock, authenticator) = (Arc::clone(&parts.clock), Arc::clone(&parts.authenticator));
    let (vault, stop) = (Arc::clone(&parts.vault), parts.stopping());
    parts.spawn(async move {
        while stop
            .run_until_cancelled(tokio::time::sleep(PERIOD))
            .await
            .is_some()
        {
            keys.sweep();
            authenticator.forget_expired(clock.now());
            for limiter in &limiters {
                limiter.forget_idle();
            }
            tiers.forget_idle();
            metrics.run_upkeep();
            let forgotten = forget_answers(&idempotency, clock.now()).await;
            if let Err(error) = forgotten {
                tracing::warn!(error = %error, "expired answers are not forgotten");
            }
            let ended = clock.now() - TimeDelta::seconds(i64::from(REFRESH_LIFETIME_S));
            if let Err(error) = vault.accounts.forget_sessions(ended, FORGET_AT_ONCE).await {
                tracing::warn!(error = %error, "ended sessions are not forgotten");
            }
            let counted = clock.now() - TimeDelta::seconds(2 * i64::from(LOCKOUT_S));
            if let Err(error) = vault.accounts.forget_failures(counted, FORGET_AT_ONCE).await {
                tracing::warn!(error = %error, "failed logins are not forgotten");
            }
        }
    });
}

/// Forgets everything that has expired, piece by piece.
async fn forget_answers(idempotency: &Idempotency, now: DateTime<Utc>) -> Result<(), LoadError> {
    while idempotency.forget_expired(now, FORGET_AT_ONCE).await? == u64::from(FORGET_AT_ONCE) {}
    Ok(())
}
