//! Remembers verified tokens, so that a repeated one costs a hash and not a signature check.

use std::{
    hash::{BuildHasherDefault, Hasher},
    time::Duration,
};

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::{ACCESS_TOKEN_LIFETIME_S, LEEWAY_S, TokenError};
use crate::Principal;

/// What a token with a good signature says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VerifiedToken {
    pub(crate) principal: Principal,
    pub(super) not_before_s: i64,
    pub(super) expires_s: i64,
    /// When it was issued, if others who share the secret can have signed it.
    pub(crate) shared_since_s: Option<i64>,
}

impl VerifiedToken {
    pub(super) fn check_time(&self, now: DateTime<Utc>) -> Result<(), TokenError> {
        let now_s = now.timestamp();
        if now_s >= self.expires_s.saturating_add(LEEWAY_S) {
            return Err(TokenError::Expired);
        }
        if now_s < self.not_before_s.saturating_sub(LEEWAY_S) {
            return Err(TokenError::NotYetValid);
        }
        Ok(())
    }
}

/// SHA-256 of a token's text: the cache holds no token that could be stolen from memory.
type TokenKey = [u8; 32];

#[derive(Debug)]
pub(super) struct VerifiedTokens(Cache<TokenKey, VerifiedToken, BuildHasherDefault<KeyHasher>>);

impl VerifiedTokens {
    pub(super) fn new(capacity: u64) -> Self {
        // The entry's own times decide; this only frees the memory of tokens that are never asked for again.
        let longest_s = u64::from(ACCESS_TOKEN_LIFETIME_S) + 2 * LEEWAY_S.unsigned_abs();
        let cache = Cache::builder()
            .max_capacity(capacity)
            .time_to_live(Duration::from_secs(longest_s))
            .build_with_hasher(BuildHasherDefault::default());
        Self(cache)
    }

    pub(super) fn key(token: &str) -> TokenKey {
        Sha256::digest(token.as_bytes()).into()
    }

    pub(super) fn get(&self, key: &TokenKey) -> Option<VerifiedToken> {
        self.0.get(key)
    }

    pub(super) fn forget_all(&self) {
        self.0.invalidate_all();
    }

    pub(super) fn insert(&self, key: TokenKey, token: VerifiedToken) {
        self.0.insert(key, token);
    }
}

/// Takes eight bytes of the key as they are: SHA-256 has mixed them already.
#[derive(Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(head) = bytes.first_chunk::<8>() {
            self.0 = u64::from_le_bytes(*head);
        }
    }

    // The length of the key comes through here, and is the same for all.
    fn write_usize(&mut self, _: usize) {}
}
