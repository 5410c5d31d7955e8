//! What the measurements write: one record added to a dataset, as the API does it for `POST .../records`.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_domain::{
    Actor, Aggregate as _, BatchId, Clock, DatasetId, EventId, KeyedHash, Metadata, Operation, RecordId,
    Sealed, SealedText, TenantId, TraceParent, UserId,
    record_batch::{AddedRecord, RecordBatch, RecordBatchEvent, RecordsAdded},
};
use vault_event_store::{Append, Appender, Guard, GuardState, StreamId};

use crate::Result;

/// How many tenants write.
const TENANTS: usize = 4;
/// How many datasets they write to.
const DATASETS: usize = 16;

/// The time of the machine.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "here the machine's clock is the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A new id, made without the system calls for randomness or the process that would be measured with whatever needs the id.
pub(crate) fn new_id() -> Uuid {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    static PROCESS: LazyLock<u32> = LazyLock::new(std::process::id);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let millis = SystemClock.now().timestamp_millis().unsigned_abs();
    let mut tail = [0; 10];
    tail[..2].copy_from_slice(&PROCESS.to_le_bytes()[..2]);
    tail[2..].copy_from_slice(&count.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

/// Tenants and their datasets.
pub(crate) struct Sample {
    tenants: Vec<TenantId>,
    datasets: Vec<DatasetId>,
}

impl Sample {
    /// Makes up names.
    pub(crate) fn new() -> Self {
        Self {
            tenants: (0..TENANTS).map(|_| TenantId::from_uuid(new_id())).collect(),
            datasets: (0..DATASETS).map(|_| DatasetId::from_uuid(new_id())).collect(),
        }
    }

    /// Opens every dataset, so that records may be added.
    pub(crate) async fn open_datasets(&self, appender: &Appender) -> Result<()> {
        for number in 0..DATASETS {
            let mut append = self.append(number, 1)?;
            append.needs_open.clear();
            append
                .sets
                .push((Guard::dataset(self.dataset(number)), GuardState::Open));
            appender.append(append).await?;
        }
        Ok(())
    }

    /// The dataset that a client writes to; its tenant follows from it.
    fn dataset(&self, client: usize) -> DatasetId {
        self.datasets[client % DATASETS]
    }

    fn tenant(&self, client: usize) -> TenantId {
        self.tenants[client % DATASETS % TENANTS]
    }

    /// One event: a record was added.
    pub(crate) fn event(&self, client: usize) -> RecordBatchEvent {
        let [high, low] = [new_id(), new_id()].map(Uuid::into_bytes);
        let mut hash = [0; 32];
        hash[..16].copy_from_slice(&high);
        hash[16..].copy_from_slice(&low);
        RecordBatchEvent::Added(RecordsAdded {
            dataset_id: self.dataset(client),
            records: vec![AddedRecord {
                record_id: RecordId::from_uuid(new_id()),
                content: KeyedHash::from_bytes(hash),
                size_bytes: 1_024,
                subject_id: None,
                external_id: Some(SealedText {
                    sealed: Sealed::from_envelope(hash.repeat(2)),
                    hash: KeyedHash::from_bytes(hash),
                }),
                metadata: None,
                clean_metadata: None,
            }],
        })
    }

    /// What the events of a request say of it.
    pub(crate) fn metadata(&self, client: usize) -> Metadata {
        let id = new_id().into_bytes();
        Metadata {
            tenant_id: self.tenant(client),
            actor: Actor::User(UserId::from_uuid(self.tenant(client).as_uuid())),
            operation: Operation::AddRecords,
            correlation_id: EventId::from_uuid(new_id()),
            causation_id: None,
            approval_id: None,
            trace: Some(TraceParent::new(id, *id.last_chunk().unwrap_or(&[1; 8]))),
            client: None,
        }
    }

    /// An append of a new stream, which its dataset must be open for.
    pub(crate) fn append(&self, client: usize, events: usize) -> Result<Append> {
        let stream = StreamId {
            aggregate_type: RecordBatch::TYPE,
            aggregate_id: BatchId::from_uuid(new_id()).as_uuid(),
        };
        let events: Vec<_> = (0..events).map(|_| self.event(client)).collect();
        let mut append = Append::new(stream, 0, &self.metadata(client), &events, || {
            EventId::from_uuid(new_id())
        })?;
        append.needs_open.push(Guard::dataset(self.dataset(client)));
        Ok(append)
    }
}
