//! Limits that several processes share.

use async_trait::async_trait;

use super::{RateLimit, RateLimitKey, RateLimitState};

/// Counts requests for all processes together.
#[async_trait]
pub trait SharedLimits: Send + Sync {
    /// Counts one request of this key under the limit of this name; nothing if that cannot be done now: then each process
    /// counts for itself.
    async fn count(&self, name: &'static str, key: &RateLimitKey, limit: RateLimit)
    -> Option<RateLimitState>;

    /// Whether the last request was counted for all.
    fn is_reached(&self) -> bool;
}
