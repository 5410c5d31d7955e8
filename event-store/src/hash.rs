//! What is proved of events: their hash, and the batch MAC.

use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use vault_domain::TenantId;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Everything of an event that its hash covers.
#[derive(Debug, Clone, Copy)]
pub struct HashedEvent<'a> {
    /// The stream's type.
    pub aggregate_type: &'a str,
    /// The stream's id.
    pub aggregate_id: &'a str,
    /// The number in the stream, from 1.
    pub sequence: u64,
    /// The frozen name.
    pub event_type: &'a str,
    /// The payload's version, as stored.
    pub event_version: &'a str,
    /// Canonical JSON.
    pub payload: &'a str,
    /// Canonical JSON.
    pub metadata: &'a str,
    /// The event's id, hyphenated.
    pub event_id: &'a str,
    /// The tenant.
    pub tenant_id: TenantId,
    /// When it was recorded, to the microsecond.
    pub recorded_at: DateTime<Utc>,
}

impl HashedEvent<'_> {
    /// SHA-256 of the event as one object of RFC 8785 canonical JSON.
    ///
    /// `buffer` is scratch space. Keys stand in canonical order; every value but payload and metadata, which are
    /// canonical already, is a number or a text of characters that JSON does not escape.
    #[must_use]
    pub fn hash(&self, buffer: &mut String) -> [u8; 32] {
        use std::fmt::Write as _;
        buffer.clear();
        // writing to a String cannot fail
        let _ = write!(
            buffer,
            concat!(
                r#"{{"aggregate_id":"{}","aggregate_type":"{}","event_id":"{}","event_type":"{}","event_version":"{}","#,
                r#""metadata":{},"payload":{},"recorded_at":"{}","sequence":{},"tenant_id":"{}"}}"#
            ),
            self.aggregate_id,
            self.aggregate_type,
            self.event_id,
            self.event_type,
            self.event_version,
            self.metadata,
            self.payload,
            self.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            self.sequence,
            self.tenant_id,
        );
        Sha256::digest(buffer.as_bytes()).into()
    }
}

/// The leaf hash of RFC 6962 over the 48-byte entry: position, tenant position, event hash.
#[must_use]
pub fn leaf_hash(position: u64, tenant_position: u64, event_hash: &[u8; 32]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(position.to_be_bytes());
    hasher.update(tenant_position.to_be_bytes());
    hasher.update(event_hash);
    hasher.finalize().into()
}

/// The key of the batch MAC, which the database never holds.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct BatchMacKey([u8; 32]);

impl BatchMacKey {
    /// Takes 32 secret bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// HMAC-SHA-256 over the hashes of all events that one batch submits, in order.
    #[must_use]
    pub fn mac<'a>(&self, event_hashes: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
        self.keyed(event_hashes).finalize().into_bytes().into()
    }

    /// Whether a batch's MAC is right, compared in constant time.
    #[must_use]
    pub fn verify<'a>(&self, event_hashes: impl IntoIterator<Item = &'a [u8]>, mac: &[u8]) -> bool {
        self.keyed(event_hashes).verify_slice(mac).is_ok()
    }

    fn keyed<'a>(&self, event_hashes: impl IntoIterator<Item = &'a [u8]>) -> Hmac<Sha256> {
        // HMAC pads a short key with zeros to its block size
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(&self.0);
        let mut hmac = Hmac::<Sha256>::new((&*block).into());
        hmac.update(b"vault/event-batch/v1");
        for hash in event_hashes {
            hmac.update(hash);
        }
        hmac
    }
}

impl std::fmt::Debug for BatchMacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BatchMacKey(..)")
    }
}
