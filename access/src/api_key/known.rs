//! API keys that were verified, so that a repeated one costs a hash and no look at its row.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use vault_domain::{ApiKeyId, TenantId, UserId};

use super::{ApiKeyHash, StoredApiKey};
use crate::{
    Principal, TokenError,
    rate_limit::{OwnLimit, RateLimitState},
};

/// How long a key is known before its row is read again, whatever was heard of it meanwhile.
const KNOWN_FOR: Duration = Duration::from_mins(5);
/// How many uses are remembered until they are written down; those of further keys are not.
const MAX_USES: usize = 10_000;

/// A key that was verified.
#[derive(Debug, Clone)]
pub(crate) struct KnownKey {
    principal: Principal,
    id: ApiKeyId,
    good_until: DateTime<Utc>,
    own_limit: Option<Arc<OwnLimit>>,
}

/// When a key was used last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiKeyUse {
    /// Whose it is.
    pub tenant: TenantId,
    /// The key.
    pub id: ApiKeyId,
    /// When.
    pub at: DateTime<Utc>,
}

/// The keys that this process has verified lately.
#[derive(Debug)]
pub(crate) struct KnownKeys {
    keys: Cache<ApiKeyHash, KnownKey>,
    /// Outlives an entry, so that a key whose row is read again has no fresh allowance.
    limits: Cache<(ApiKeyId, NonZeroU32), Arc<OwnLimit>>,
    /// Grows with every change that is heard of: what was read before one is not kept after it.
    changes: AtomicU64,
    uses: Mutex<HashMap<ApiKeyId, ApiKeyUse>>,
}

impl KnownKeys {
    pub(crate) fn new(capacity: u64) -> Self {
        let keys = Cache::builder()
            .max_capacity(capacity)
            .time_to_live(KNOWN_FOR)
            .build();
        let limits = Cache::builder()
            .max_capacity(capacity)
            .time_to_idle(KNOWN_FOR)
            .build();
        Self {
            keys,
            limits,
            changes: AtomicU64::new(0),
            uses: Mutex::default(),
        }
    }

    pub(crate) fn get(&self, hash: &ApiKeyHash) -> Option<KnownKey> {
        self.keys.get(hash)
    }

    /// What [`Self::keep`] wants to be told: read before the row is.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Knows a key from now on, unless something changed since its row was read.
    pub(crate) fn keep(&self, hash: ApiKeyHash, stored: &StoredApiKey, changes: u64) -> KnownKey {
        let limit = |requests: NonZeroU32| {
            self.limits
                .get_with((stored.id, requests), || Arc::new(OwnLimit::per_second(requests)))
        };
        let known = KnownKey {
            principal: stored.principal,
            id: stored.id,
            good_until: stored.good_until,
            own_limit: stored.requests_per_s.map(limit),
        };
        self.keys.insert(hash, known.clone());
        if self.changes() != changes {
            self.keys.invalidate(&hash);
        }
        known
    }

    /// Forgets these keys, and all keys of these users.
    pub(crate) fn forget(&self, keys: &[ApiKeyId], users: &[UserId]) {
        if keys.is_empty() && users.is_empty() {
            return;
        }
        self.changes.fetch_add(1, Ordering::AcqRel);
        for (hash, known) in &self.keys {
            if keys.contains(&known.id) || users.contains(&known.principal.user) {
                self.keys.invalidate(&*hash);
            }
        }
    }

    pub(crate) fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.keys.invalidate_all();
    }

    /// The uses since this was asked last.
    pub(crate) fn take_uses(&self) -> Vec<ApiKeyUse> {
        std::mem::take(&mut *self.lock_uses()).into_values().collect()
    }

    fn lock_uses(&self) -> MutexGuard<'_, HashMap<ApiKeyId, ApiKeyUse>> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The principal of a key that is good now; its use is remembered.
    pub(crate) fn admit(&self, key: &KnownKey, now: DateTime<Utc>) -> Result<Principal, TokenError> {
        if now >= key.good_until {
            return Err(TokenError::ApiKeyExpired);
        }
        let mut uses = self.lock_uses();
        if uses.len() < MAX_USES || uses.contains_key(&key.id) {
            let tenant = key.principal.tenant;
            let id = key.id;
            uses.insert(id, ApiKeyUse { tenant, id, at: now });
        }
        Ok(key.principal)
    }
}

impl KnownKey {
    /// Counts a request against the key's own limit, if it has one.
    pub(crate) fn count(&self) -> Option<RateLimitState> {
        self.own_limit.as_ref().map(|limit| limit.check())
    }
}
