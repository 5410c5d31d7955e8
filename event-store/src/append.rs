//! What a caller hands to the appender: events of one stream, and all that must commit with them.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use sha2::Sha256;
use uuid::{Uuid, fmt::Hyphenated};
use vault_domain::{DatasetId, DomainEvent, EventId, KeyId, KeyedHash, Metadata, SubjectId, TenantId};

use crate::{
    accounts::{ApiKeyRow, SecondFactorRow},
    canonical,
    hash::HashBeginning,
};

/// The most bytes of one event's payload.
pub const MAX_PAYLOAD_BYTES: usize = 256 * 1024;

/// The events that one command made, for one stream, all or none of them.
#[derive(Debug, Clone)]
pub struct Append {
    pub(crate) tenant: TenantId,
    pub(crate) stream: StreamId,
    pub(crate) expected_sequence: u64,
    pub(crate) metadata: String,
    pub(crate) events: Vec<EncodedEvent>,
    /// Guards that must be open.
    pub needs_open: Vec<Guard>,
    /// Guards to set.
    pub sets: Vec<(Guard, GuardState)>,
    /// Names to take.
    pub takes: Vec<Claim>,
    /// Names to give up.
    pub releases: Vec<Claim>,
    /// Rows that commit with the events.
    pub rows: SideRows,
}

/// The name of a stream: an aggregate's type and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamId {
    /// [`vault_domain::Aggregate::TYPE`].
    pub aggregate_type: &'static str,
    /// The aggregate's id.
    pub aggregate_id: Uuid,
}

#[derive(Debug, Clone)]
pub(crate) struct EncodedEvent {
    pub(crate) id: EventId,
    pub(crate) event_type: Cow<'static, str>,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    /// The event's hash as far as the event is known before it is recorded.
    pub(crate) begun_hash: Sha256,
}

/// Encodes the events of one append.
pub(crate) struct Encoder<'a> {
    stream: StreamId,
    aggregate_id: String,
    metadata: &'a str,
    buffer: String,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(stream: StreamId, metadata: &'a str) -> Self {
        Self {
            stream,
            aggregate_id: stream.aggregate_id.to_string(),
            metadata,
            buffer: String::with_capacity(1024),
        }
    }

    /// Takes a payload that is canonical JSON.
    pub(crate) fn encode(
        &mut self,
        id: EventId,
        event_type: Cow<'static, str>,
        event_version: String,
        payload: String,
    ) -> Result<EncodedEvent, EncodeError> {
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(EncodeError::TooLarge {
                size_bytes: payload.len(),
            });
        }
        let mut id_text = [0; Hyphenated::LENGTH];
        let beginning = HashBeginning {
            aggregate_type: self.stream.aggregate_type,
            aggregate_id: &self.aggregate_id,
            event_type: &event_type,
            event_version: &event_version,
            payload: &payload,
            metadata: self.metadata,
            event_id: id.as_uuid().hyphenated().encode_lower(&mut id_text),
        };
        let begun_hash = beginning.begin(&mut self.buffer);
        Ok(EncodedEvent {
            id,
            event_type,
            event_version,
            payload,
            begun_hash,
        })
    }
}

/// An event cannot be written as it is.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// It has no canonical JSON form.
    #[error("the event has no canonical JSON form")]
    Json(#[source] serde_json::Error),
    /// It is larger than [`MAX_PAYLOAD_BYTES`].
    #[error("an event of {size_bytes} bytes is larger than the limit of {MAX_PAYLOAD_BYTES}")]
    TooLarge {
        /// The payload's size.
        size_bytes: usize,
    },
    /// There is no event to append.
    #[error("an append needs at least one event")]
    Empty,
}

impl Append {
    /// Encodes events for a stream that stands at `expected_sequence` (0: does not exist yet).
    ///
    /// `event_ids` gives a new id (UUID v7) for each event.
    ///
    /// # Errors
    /// [`EncodeError`] when there is no event, or one is too large or has no canonical form.
    pub fn new<E: DomainEvent>(
        stream: StreamId,
        expected_sequence: u64,
        metadata: &Metadata,
        events: &[E],
        mut event_ids: impl FnMut() -> EventId,
    ) -> Result<Self, EncodeError> {
        if events.is_empty() {
            return Err(EncodeError::Empty);
        }
        let metadata_json = canonical::to_string(metadata).map_err(EncodeError::Json)?;
        let mut encoder = Encoder::new(stream, &metadata_json);
        let mut encode = |event: &E| {
            let payload = canonical::to_string(event).map_err(EncodeError::Json)?;
            let event_type = Cow::Borrowed(event.event_type());
            encoder.encode(
                event_ids(),
                event_type,
                event.event_version().to_string(),
                payload,
            )
        };
        let events = events.iter().map(&mut encode).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            tenant: metadata.tenant_id,
            stream,
            expected_sequence,
            metadata: metadata_json,
            events,
            needs_open: Vec::new(),
            sets: Vec::new(),
            takes: Vec::new(),
            releases: Vec::new(),
            rows: SideRows::default(),
        })
    }

    /// The id of the first event, by which an idempotent answer is found again.
    #[must_use]
    pub fn first_event_id(&self) -> EventId {
        self.events[0].id
    }

    pub(crate) fn size_bytes(&self) -> usize {
        let events: usize = self
            .events
            .iter()
            .map(|event| event.payload.len() + self.metadata.len())
            .sum();
        let contents: usize = self.rows.contents.iter().map(|row| row.ciphertext.len()).sum();
        events + contents + self.takes.len() * 96
    }
}

/// A switch that other streams ask for in the transaction of their events, such as "this dataset is open".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Guard {
    /// What kind of thing is guarded.
    pub guard_type: &'static str,
    /// Which one.
    pub id: Uuid,
}

impl Guard {
    /// The guard of a subject: open until it is erased.
    #[must_use]
    pub const fn subject(id: SubjectId) -> Self {
        Self {
            guard_type: "subject",
            id: id.as_uuid(),
        }
    }

    /// The guard of a dataset's content key: open until what it sealed is sealed anew. It is made with the key.
    #[must_use]
    pub const fn key(id: KeyId) -> Self {
        Self {
            guard_type: "key",
            id: id.as_uuid(),
        }
    }

    /// The guard of a dataset: open while records may be added.
    #[must_use]
    pub const fn dataset(id: DatasetId) -> Self {
        Self {
            guard_type: "dataset",
            id: id.as_uuid(),
        }
    }
}

/// What a guard is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuardState {
    /// Appends that need it go through.
    Open,
    /// Appends that need it are refused.
    Closed,
}

/// A name that one holder has at a time, within a scope of its tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claim {
    /// What kind of name it is.
    pub claim_type: &'static str,
    /// Within what it is unique.
    pub scope: Uuid,
    /// The name's keyed hash.
    pub key: KeyedHash,
    /// Who takes or holds it.
    pub holder: Uuid,
}

/// Rows that commit in the transaction of their events.
#[derive(Debug, Clone, Default)]
pub struct SideRows {
    /// Encrypted contents; an address that is stored already is left as it is.
    pub contents: Vec<ContentRow>,
    /// How a request with an `Idempotency-Key` was answered.
    pub idempotency: Option<IdempotencyRow>,
    /// New tenants.
    pub tenants: Vec<TenantRow>,
    /// Wrapped tenant keys.
    pub tenant_keys: Vec<TenantKeyRow>,
    /// Wrapped keys of scopes.
    pub data_keys: Vec<DataKeyRow>,
    /// What there will be to remove when a subject is erased.
    pub subject_records: Vec<SubjectRecordRow>,
    /// The subject that is erased: its key rows go in the same transaction.
    pub erasure: Option<ErasureRow>,
    /// The key whose contents begin to be sealed anew.
    pub rewrap: Option<NewRewrapRow>,
    /// A content key that nothing needs any more; its row goes in the same transaction.
    pub destroyed_key: Option<KeyId>,
    /// What users prove themselves with, new or changed.
    pub credentials: Vec<CredentialRow>,
    /// What programs prove themselves with, new or changed.
    pub api_keys: Vec<ApiKeyRow>,
    /// Second factors, new or changed.
    pub second_factors: Vec<SecondFactorRow>,
}

/// A key whose contents begin to be sealed anew.
#[derive(Debug, Clone, Copy)]
pub struct NewRewrapRow {
    /// The key.
    pub key_id: KeyId,
    /// Whose key it is.
    pub dataset: DatasetId,
    /// When that began.
    pub started_at: DateTime<Utc>,
}

/// One encrypted content.
#[derive(Debug, Clone)]
pub struct ContentRow {
    /// The dataset whose keys it is under.
    pub dataset: DatasetId,
    /// Its address: a keyed hash of the plaintext.
    pub address: KeyedHash,
    /// The envelope.
    pub ciphertext: Vec<u8>,
}

/// How a request with an `Idempotency-Key` was answered.
#[derive(Debug, Clone)]
pub struct IdempotencyRow {
    /// Keyed hash of principal, method, route, key and chunk number.
    pub key: KeyedHash,
    /// Keyed hash of the body.
    pub body: KeyedHash,
    /// The HTTP status of the answer.
    pub status: u16,
    /// When it may be forgotten.
    pub expires_at: DateTime<Utc>,
}

/// A new tenant.
#[derive(Debug, Clone)]
pub struct TenantRow {
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A tenant's key, wrapped by the KMS.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TenantKeyRow {
    /// The key.
    pub key_id: Uuid,
    /// The KMS provider that wrapped it.
    pub kms_provider: String,
    /// The provider's name of its own key.
    pub kms_key: String,
    /// The wrapped bytes.
    pub wrapped: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A key of a scope, wrapped by the tenant key.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DataKeyRow {
    /// The key.
    pub key_id: Uuid,
    /// What kind of thing the key is for.
    pub scope_type: String,
    /// Which one.
    pub scope_id: Uuid,
    /// What the key does: content, address, lookup.
    pub purpose: String,
    /// Which generation it is, from 1.
    pub generation: i32,
    /// The wrapped bytes.
    pub wrapped: Vec<u8>,
    /// The erasure epoch whose key wraps it once more.
    pub epoch_id: Option<Uuid>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it opens no content any more.
    #[sqlx(default)]
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What there is to remove of one record when its subject is erased.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SubjectRecordRow {
    /// The subject.
    pub subject_id: Uuid,
    /// The record.
    pub record_id: Uuid,
    /// Its dataset.
    pub dataset_id: Uuid,
    /// The address of its content.
    pub address: Vec<u8>,
    /// The size of its data.
    pub size_bytes: i64,
    /// Findings by type.
    pub pii_counts: serde_json::Value,
    /// The hash by which its external id is claimed.
    pub external_id_hash: Option<Vec<u8>>,
}

/// A subject that is erased.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ErasureRow {
    /// The subject.
    pub subject_id: Uuid,
    /// The epoch whose key wrapped its keys.
    pub epoch_id: Uuid,
    /// When it was erased.
    pub erased_at: DateTime<Utc>,
}

/// What a user proves itself with.
#[derive(Clone, sqlx::FromRow)]
pub struct CredentialRow {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// Keyed hash of the email.
    pub email_hash: Vec<u8>,
    /// PHC string of the password's hash, if the user has chosen one.
    pub password_hash: Option<String>,
    /// Names of roles.
    pub roles: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The sealed email, unless it stands in the event alone.
    pub email: Option<Vec<u8>>,
    /// Since when the user cannot log in, if it cannot.
    pub disabled_at: Option<DateTime<Utc>>,
    /// SHA-256 of the invitation that a password may be chosen with.
    pub invitation_hash: Option<Vec<u8>>,
    /// Until when that is good.
    pub invitation_until: Option<DateTime<Utc>>,
    /// When all sessions of the user were ended last; another time here ends them.
    pub sessions_ended_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for CredentialRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialRow")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// Where an append stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The position of its first event.
    pub first_position: u64,
    /// The position of its last event.
    pub last_position: u64,
    /// When it was recorded, to the microsecond.
    pub recorded_at: DateTime<Utc>,
}
