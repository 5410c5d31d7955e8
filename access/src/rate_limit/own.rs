//! A limit of one caller's own.

use std::{num::NonZeroU32, time::Duration};

use governor::{
    Quota,
    clock::{Clock, MonotonicClock},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};

use super::{RateLimit, RateLimitState, state};

/// Counts the requests of one caller.
#[derive(Debug)]
pub(crate) struct OwnLimit {
    requests: NonZeroU32,
    interval: Duration,
    cell: governor::RateLimiter<NotKeyed, InMemoryState, MonotonicClock, StateInformationMiddleware>,
}

impl OwnLimit {
    pub(crate) fn per_second(requests: NonZeroU32) -> Self {
        let quota = Quota::per_second(requests);
        Self {
            requests,
            interval: quota.replenish_interval(),
            cell: governor::RateLimiter::direct_with_clock(quota, MonotonicClock)
                .with_middleware::<StateInformationMiddleware>(),
        }
    }

    /// Counts one request.
    pub(crate) fn check(&self) -> RateLimitState {
        let outcome = match self.cell.check() {
            Ok(snapshot) => Ok(snapshot.remaining_burst_capacity()),
            Err(not_until) => Err(not_until.wait_time_from(self.cell.clock().now())),
        };
        let limit = RateLimit {
            requests: self.requests,
            period_s: NonZeroU32::MIN,
        };
        state(limit, self.interval, outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_requests_at_once_and_no_more() {
        let limit = OwnLimit::per_second(NonZeroU32::new(2).expect("is not zero"));
        assert_eq!(limit.check().remaining, 1);
        assert!(limit.check().allowed());
        let refused = limit.check();
        assert!(!refused.allowed());
        assert_eq!((refused.limit, refused.remaining), (2, 0));
    }
}
