//! Rate limits by caller, in bounded memory.

mod own;
mod shared;
mod store;
mod tiers;

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use governor::{
    Quota,
    clock::{Clock, MonotonicClock},
    middleware::StateInformationMiddleware,
};
use vault_domain::{TenantId, UserId};

use crate::Principal;
use store::BoundedStore;

pub(crate) use own::OwnLimit;
pub use shared::SharedLimits;
pub use tiers::Tiers;

/// So many requests in so many seconds; all of them may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The number of requests.
    pub requests: NonZeroU32,
    /// The time in which that many are allowed again, in seconds.
    pub period_s: NonZeroU32,
}

/// Counts requests per key with the generic cell rate algorithm.
#[derive(Debug)]
pub struct RateLimiter<K: Hash + Eq + Clone, C: Clock = MonotonicClock> {
    counts: ArcSwap<Counts<K, C>>,
    max_keys: usize,
    clock: C,
}

/// What is counted under one limit.
#[derive(Debug)]
struct Counts<K: Hash + Eq + Clone, C: Clock> {
    limit: RateLimit,
    interval: Duration,
    cells: governor::RateLimiter<K, BoundedStore<K>, C, StateInformationMiddleware>,
}

/// What a limiter found, as the rate limit headers say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitState {
    /// The requests that are allowed in a period.
    pub limit: u32,
    /// The period, in seconds.
    pub period_s: u32,
    /// The requests that are allowed right now, after this one.
    pub remaining: u32,
    /// When all are allowed again, in seconds.
    pub reset_s: u32,
    /// When to try again, in seconds; none if this request is allowed.
    pub retry_after_s: Option<NonZeroU32>,
}

impl RateLimitState {
    /// Whether the request may go on.
    #[must_use]
    pub const fn allowed(&self) -> bool {
        self.retry_after_s.is_none()
    }

    /// The one of two limits that is reached sooner.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        let rank = |state: &Self| (state.allowed(), state.remaining);
        if rank(&other) < rank(&self) { other } else { self }
    }
}

impl<K: Hash + Eq + Clone> RateLimiter<K> {
    /// Limits every key alike; remembers at most about `max_keys` of them.
    #[must_use]
    pub fn new(limit: RateLimit, max_keys: usize) -> Self {
        Self::with_clock(limit, max_keys, MonotonicClock)
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> RateLimiter<K, C> {
    /// The same, by another clock.
    #[must_use]
    pub fn with_clock(limit: RateLimit, max_keys: usize, clock: C) -> Self {
        Self {
            counts: ArcSwap::from_pointee(Counts::new(limit, max_keys, clock.clone())),
            max_keys,
            clock,
        }
    }

    /// Counts one request of this key.
    pub fn check(&self, key: &K) -> RateLimitState {
        let counts = self.counts.load();
        let outcome = match counts.cells.check_key(key) {
            Ok(snapshot) => Ok(snapshot.remaining_burst_capacity()),
            Err(not_until) => Err(not_until.wait_time_from(counts.cells.clock().now())),
        };
        state(counts.limit, counts.interval, outcome)
    }

    /// The limit of every key.
    #[must_use]
    pub fn limit(&self) -> RateLimit {
        self.counts.load().limit
    }

    /// Sets another limit, from which every key has its full allowance.
    pub fn set_limit(&self, limit: RateLimit) {
        let counts = Counts::new(limit, self.max_keys, self.clock.clone());
        self.counts.store(Arc::new(counts));
    }

    /// Forgets keys that are back at their full allowance; to be called about once a minute.
    pub fn forget_idle(&self) {
        let counts = self.counts.load();
        counts.cells.retain_recent();
        counts.cells.shrink_to_fit();
    }
}

impl<K: Hash + Eq + Clone, C: Clock> Counts<K, C> {
    fn new(limit: RateLimit, max_keys: usize, clock: C) -> Self {
        let period = Duration::from_secs(limit.period_s.get().into());
        let interval = (period / limit.requests.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(interval).unwrap_or(Quota::per_second(limit.requests));
        let quota = quota.allow_burst(limit.requests);
        Self {
            limit,
            interval,
            cells: governor::RateLimiter::new(quota, BoundedStore::new(max_keys), clock),
        }
    }
}

/// What a limit of so many requests, one per interval in the long run, has found: how many more are allowed, or how long
/// to wait.
fn state(limit: RateLimit, interval: Duration, outcome: Result<u32, Duration>) -> RateLimitState {
    let period_s = limit.period_s.get();
    let limit = limit.requests.get();
    let remaining = outcome.map_or(0, |remaining| remaining.min(limit));
    let wait = outcome.err();
    RateLimitState {
        limit,
        period_s,
        remaining,
        reset_s: whole_seconds(interval.saturating_mul(limit - remaining)),
        retry_after_s: wait.map(|wait| NonZeroU32::new(whole_seconds(wait)).unwrap_or(NonZeroU32::MIN)),
    }
}

/// Rounds up: a client that waits as long as it is told must not come too early.
fn whole_seconds(duration: Duration) -> u32 {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateLimitKey {
    /// A user, in all of their sessions.
    User(TenantId, UserId),
    /// All users of a tenant.
    Tenant(TenantId),
    /// Those who come without a credential, by their network.
    Network(ClientNetwork),
}

impl From<&Principal> for RateLimitKey {
    fn from(principal: &Principal) -> Self {
        Self::User(principal.tenant, principal.user)
    }
}

/// An IPv4 address, or the /64 network of an IPv6 address: whoever has one address of that network has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// The address, or the first one of the network.
    #[must_use]
    pub const fn address(self) -> IpAddr {
        self.0
    }
}

impl From<IpAddr> for ClientNetwork {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

#[cfg(test)]
mod tests;
