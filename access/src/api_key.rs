//! API keys: random texts with a prefix and a check sum, stored as hashes only.

mod known;

use std::{error::Error, fmt, num::NonZeroU32};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use vault_domain::{ApiKeyId, TenantId, UserId};
use zeroize::Zeroizing;

pub use known::ApiKeyUse;
pub(crate) use known::KnownKeys;

use crate::{Principal, UserStanding};

/// What every API key begins with, so that people and scanners know one when they see one.
pub const API_KEY_PREFIX: &str = "vak_";
/// How many characters of a key are shown to tell it from others: the prefix and 24 bits of 256.
pub const API_KEY_HINT_CHARS: usize = API_KEY_PREFIX.len() + 6;

const RANDOM_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 4;

/// An API key as its holder has it: `vak_`, 64 hexadecimal digits, and 8 of a CRC-32 over what stands before.
pub struct ApiKeySecret(Zeroizing<[u8; RANDOM_BYTES]>);

/// The text was never an API key of any vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct InvalidApiKey;

impl ApiKeySecret {
    /// Makes a key of 32 bytes from a cryptographic random source.
    #[must_use]
    pub fn from_random(random: [u8; RANDOM_BYTES]) -> Self {
        Self(Zeroizing::new(random))
    }

    /// Reads a key that a client sent. One that was mistyped or cut off is known without a look at any row.
    ///
    /// # Errors
    /// [`InvalidApiKey`] if the text was never made by [`Self::expose`].
    pub fn parse(text: &str) -> Result<Self, InvalidApiKey> {
        let digits = text.strip_prefix(API_KEY_PREFIX).ok_or(InvalidApiKey)?;
        let mut bytes = Zeroizing::new([0; RANDOM_BYTES + CHECKSUM_BYTES]);
        hex::decode_to_slice(digits, bytes.as_mut()).map_err(|_| InvalidApiKey)?;
        let (random, _) = bytes.split_first_chunk::<RANDOM_BYTES>().ok_or(InvalidApiKey)?;
        let key = Self(Zeroizing::new(*random));
        // one spelling: hexadecimal digits come in two cases
        if key.expose().as_str() == text {
            Ok(key)
        } else {
            Err(InvalidApiKey)
        }
    }

    /// The key's text, for the answer to its owner and for nothing else.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let length = API_KEY_PREFIX.len() + 2 * (RANDOM_BYTES + CHECKSUM_BYTES);
        let mut text = Zeroizing::new(String::with_capacity(length));
        text.push_str(API_KEY_PREFIX);
        push_hex(&mut text, self.0.as_ref());
        let checksum = crc32fast::hash(text.as_bytes());
        push_hex(&mut text, &checksum.to_be_bytes());
        text
    }

    /// The first characters, which tell keys apart in lists.
    #[must_use]
    pub fn hint(&self) -> String {
        self.expose().chars().take(API_KEY_HINT_CHARS).collect()
    }

    /// What is stored of the key. It has 256 random bits, so that a plain hash cannot be guessed.
    #[must_use]
    pub fn hash(&self) -> ApiKeyHash {
        ApiKeyHash(Sha256::digest(self.0.as_ref()).into())
    }
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
}

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeySecret([redacted])")
    }
}

/// SHA-256 of an API key's random bytes: what its row is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApiKeyHash([u8; 32]);

impl ApiKeyHash {
    pub(crate) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, for SQL.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What is stored of the key with a hash.
#[derive(Debug, Clone)]
pub struct StoredApiKey {
    /// Whom it stands for.
    pub principal: Principal,
    /// Which key it is.
    pub id: ApiKeyId,
    /// When this secret of it is good no more.
    pub good_until: DateTime<Utc>,
    /// Whether it was revoked, or its user was disabled.
    pub is_revoked: bool,
    /// How many requests it may send in a second, if fewer than its user.
    pub requests_per_s: Option<NonZeroU32>,
}

/// Where API keys are found, and what became of users.
#[async_trait]
pub trait ApiKeySource: Send + Sync + fmt::Debug {
    /// The key with this hash, if there is one.
    ///
    /// # Errors
    /// When it cannot be read now.
    async fn find(&self, hash: &ApiKeyHash) -> Result<Option<StoredApiKey>, ApiKeysAway>;

    /// Whether a user is let in; a subject that is no user is.
    ///
    /// # Errors
    /// When it cannot be read now.
    async fn standing(&self, tenant: TenantId, user: UserId) -> Result<UserStanding, ApiKeysAway>;
}

/// API keys cannot be read now.
#[derive(Debug, thiserror::Error)]
#[error("API keys cannot be read")]
pub struct ApiKeysAway(#[source] Box<dyn Error + Send + Sync>);

impl ApiKeysAway {
    /// For this cause.
    #[must_use]
    pub fn new(cause: impl Error + Send + Sync + 'static) -> Self {
        Self(Box::new(cause))
    }
}

#[cfg(test)]
mod tests;
