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
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let beginning = HashBeginning {
            aggregate_type: self.aggregate_type,
            aggregate_id: self.aggregate_id,
            event_type: self.event_type,
            event_version: self.event_version,
            payload: self.payload,
            metadata: self.metadata,
            event_id: self.event_id,
        };
        let ending = HashEnding::new(self.recorded_at);
        ending.finish(
            &beginning.begin(&mut String::new()),
            self.sequence,
            self.tenant_id,
            &mut String::new(),
        )
    }
}

/// What an event's hash covers before the time of recording: known, and hashed, before the event waits for its batch.
///
/// Keys stand in canonical order; every value but payload and metadata, which are canonical already, is a number or a
/// text of characters that JSON does not escape.
pub(crate) struct HashBeginning<'a> {
    pub(crate) aggregate_type: &'a str,
    pub(crate) aggregate_id: &'a str,
    pub(crate) event_type: &'a str,
    pub(crate) event_version: &'a str,
    pub(crate) payload: &'a str,
    pub(crate) metadata: &'a str,
    pub(crate) event_id: &'a str,
}

impl HashBeginning<'_> {
    /// Hashes as far as the event is known; `buffer` is scratch space.
    pub(crate) fn begin(&self, buffer: &mut String) -> Sha256 {
        buffer.clear();
        for part in [
            r#"{"aggregate_id":""#,
            self.aggregate_id,
            r#"","aggregate_type":""#,
            self.aggregate_type,
            r#"","event_id":""#,
            self.event_id,
            r#"","event_type":""#,
            self.event_type,
            r#"","event_version":""#,
            self.event_version,
            r#"","metadata":"#,
            self.metadata,
            r#","payload":"#,
            self.payload,
        ] {
            buffer.push_str(part);
        }
        let mut hasher = Sha256::new();
        hasher.update(buffer.as_bytes());
        hasher
    }
}

/// The rest of an event's hash, for all events that are recorded at the same time.
pub(crate) struct HashEnding {
    recorded_at: String,
}

impl HashEnding {
    pub(crate) fn new(recorded_at: DateTime<Utc>) -> Self {
        let time = recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        Self {
            recorded_at: format!(r#","recorded_at":"{time}","sequence":"#),
        }
    }

    /// Ends what [`HashBeginning::begin`] began; `buffer` is scratch space.
    pub(crate) fn finish(
        &self,
        begun: &Sha256,
        sequence: u64,
        tenant: TenantId,
        buffer: &mut String,
    ) -> [u8; 32] {
        use std::fmt::Write as _;
        buffer.clear();
        buffer.push_str(&self.recorded_at);
        // writing to a String cannot fail
        let _ = write!(buffer, r#"{sequence},"tenant_id":"{tenant}"}}"#);
        let mut hasher = begun.clone();
        hasher.update(buffer.as_bytes());
        hasher.finalize().into()
    }
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
