//! Rate limits that all processes share, in Redis: a sliding window, counted by one call of a script.
//!
//! While Redis is away, each process counts for itself, and says so.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use async_trait::async_trait;
use redis::{
    Client, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use vault_access::{RateLimit, RateLimitKey, RateLimitState, SharedLimits};
use vault_crypto::KeyedHasher;

/// The longest that a request waits for its count.
const PATIENCE: Duration = Duration::from_millis(50);
/// The longest that connecting may take.
const CONNECTING: Duration = Duration::from_secs(1);
/// How long Redis is left alone after it failed.
const PAUSE: Duration = Duration::from_secs(1);
/// The name under which networks are hashed: Redis holds no address.
const NETWORK: &str = "rate_limit.network";
/// Whether limits are shared, as a metric.
const SHARED: &str = "rate_limits_shared";

/// The window before counts as far as it still reaches into the last period. Answers with whether it is allowed, how many more
/// are, when to try again, and when all are allowed again, both in milliseconds.
const SLIDING_WINDOW: &str = r"
local limit, period = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, elapsed = math.floor(now / period), now % period
local kept = redis.call('HMGET', KEYS[1], 'window', 'count', 'before')
local count, before = tonumber(kept[2]) or 0, tonumber(kept[3]) or 0
if tonumber(kept[1]) ~= window then
  before = tonumber(kept[1]) == window - 1 and count or 0
  count = 0
end
local used = before * (period - elapsed) / period + count
if used + 1 > limit then
  local wait
  if count + 1 <= limit then
    wait = period * (1 - (limit - count - 1) / before) - elapsed
  else
    wait = period - elapsed + period * math.max(0, 1 - (limit - 1) / count)
  end
  return {0, 0, math.max(1, math.ceil(wait)), 2 * period - elapsed}
end
count = count + 1
redis.call('HSET', KEYS[1], 'window', window, 'count', count, 'before', before)
redis.call('PEXPIRE', KEYS[1], 2 * period)
return {1, math.floor(limit - used - 1), 0, 2 * period - elapsed}
";

/// Counts in Redis.
pub(crate) struct RedisLimits {
    connection: ConnectionManager,
    script: Script,
    networks: KeyedHasher,
    reached: AtomicBool,
    /// Until when Redis is left alone, in milliseconds since the start.
    paused_until_ms: AtomicU64,
    started: Instant,
}

impl RedisLimits {
    /// Counts there. Nothing is connected yet: a process starts without Redis as well.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub(crate) fn new(url: &str, networks: KeyedHasher) -> anyhow::Result<Self> {
        // the error may show the address, which may hold a password
        let client = Client::open(url).map_err(|_| anyhow::anyhow!("server.redis_url cannot be used"))?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(CONNECTING))
            .set_response_timeout(Some(PATIENCE));
        let connection = ConnectionManager::new_lazy_with_config(client, config)
            .context("server.redis_url cannot be used")?;
        metrics::gauge!(SHARED).set(1.0);
        Ok(Self {
            connection,
            script: Script::new(SLIDING_WINDOW),
            networks,
            reached: AtomicBool::new(true),
            paused_until_ms: AtomicU64::new(0),
            started: Instant::now(),
        })
    }

    fn key(&self, name: &str, key: &RateLimitKey) -> String {
        match key {
            RateLimitKey::User(tenant, user) => format!("vault:limit:{name}:{tenant}:{user}"),
            RateLimitKey::Tenant(tenant) => format!("vault:limit:{name}:{tenant}"),
            RateLimitKey::Network(network) => {
                let hash = self
                    .networks
                    .hash(NETWORK, network.address().to_string().as_bytes());
                format!("vault:limit:{name}:network:{hash}")
            }
        }
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    async fn ask(&self, key: &str, limit: RateLimit) -> redis::RedisResult<(u8, u32, u64, u64)> {
        let mut connection = self.connection.clone();
        self.script
            .key(key)
            .arg(limit.requests.get())
            .arg(u64::from(limit.period_s.get()) * 1_000)
            .invoke_async(&mut connection)
            .await
    }

    fn reached(&self) {
        if !self.reached.swap(true, Ordering::Relaxed) {
            metrics::gauge!(SHARED).set(1.0);
            tracing::info!("rate limits are shared again");
        }
    }

    fn away(&self, error: &dyn std::fmt::Display) {
        let pause = u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX);
        self.paused_until_ms
            .store(self.elapsed_ms().saturating_add(pause), Ordering::Relaxed);
        if self.reached.swap(false, Ordering::Relaxed) {
            metrics::gauge!(SHARED).set(0.0);
            tracing::warn!(error = %error, "Redis is away: this process counts requests for itself");
        }
    }
}

#[async_trait]
impl SharedLimits for RedisLimits {
    async fn count(
        &self,
        name: &'static str,
        key: &RateLimitKey,
        limit: RateLimit,
    ) -> Option<RateLimitState> {
        if self.elapsed_ms() < self.paused_until_ms.load(Ordering::Relaxed) {
            return None;
        }
        let key = self.key(name, key);
        match tokio::time::timeout(PATIENCE, self.ask(&key, limit)).await {
            Ok(Ok((allowed, remaining, wait_ms, reset_ms))) => {
                self.reached();
                let wait = NonZeroU32::new(seconds(wait_ms)).unwrap_or(NonZeroU32::MIN);
                Some(RateLimitState {
                    limit: limit.requests.get(),
                    period_s: limit.period_s.get(),
                    remaining,
                    reset_s: seconds(reset_ms),
                    retry_after_s: (allowed == 0).then_some(wait),
                })
            }
            Ok(Err(error)) => {
                self.away(&error);
                None
            }
            Err(late) => {
                self.away(&late);
                None
            }
        }
    }

    fn is_reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }
}

/// Rounds up: a client that waits as long as it is told must not come too early.
fn seconds(ms: u64) -> u32 {
    u32::try_from(ms.div_ceil(1_000)).unwrap_or(u32::MAX)
}
