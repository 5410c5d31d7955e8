//! Reads are facts of the log: collected per caller, committed within a second, never lost while the server lives.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::mpsc, time::Instant};
use uuid::Uuid;
use vault_access::Principal;
use vault_domain::{
    Actor, Aggregate, Clock, Context, DatasetId, EventId, IdSource, Metadata, Operation, RecordId, TenantId,
    UserId,
    record_access::{DatasetReads, MAX_READS_PER_EVENT, RecordAccess, RecordAccessCommand},
};
use vault_event_store::{Append, AppendError, Appender, StreamId};

/// How long reads are collected.
const PERIOD: Duration = Duration::from_secs(1);
/// The most reads that wait to be collected; when so many wait, reads wait too.
const MAX_WAITING: usize = 4_096;
/// From how many collected record ids on they are committed before the period is over.
const MAX_COLLECTED: usize = 50_000;
/// The pause before an append that failed is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// One request's reads.
struct Reads {
    tenant: TenantId,
    user: UserId,
    dataset: DatasetId,
    records: Vec<RecordId>,
}

/// Takes reads in. Cheap to clone.
#[derive(Clone)]
pub struct ReadRecorder {
    waiting: mpsc::Sender<Reads>,
}

/// Commits the reads that were taken in.
pub struct ReadWriter {
    waiting: mpsc::Receiver<Reads>,
    appender: Appender,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl ReadRecorder {
    /// A recorder, and the task's part that commits what it takes in.
    #[must_use]
    pub fn new(appender: Appender, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> (Self, ReadWriter) {
        let (sender, waiting) = mpsc::channel(MAX_WAITING);
        (
            Self { waiting: sender },
            ReadWriter {
                waiting,
                appender,
                clock,
                ids,
            },
        )
    }

    /// Takes down that a caller read these records. Waits while too much is waiting; false when the server closes
    /// and nothing can be taken down any more.
    pub async fn record(&self, principal: &Principal, dataset: DatasetId, records: Vec<RecordId>) -> bool {
        if records.is_empty() {
            return true;
        }
        let reads = Reads {
            tenant: principal.tenant,
            user: principal.user,
            dataset,
            records,
        };
        self.waiting.send(reads).await.is_ok()
    }
}

type Caller = (TenantId, UserId);

/// What was read within a period.
#[derive(Default)]
struct Collected {
    callers: HashMap<Caller, BTreeMap<DatasetId, (u64, BTreeSet<RecordId>)>>,
    records: usize,
}

impl Collected {
    fn add(&mut self, reads: Reads) {
        let datasets = self.callers.entry((reads.tenant, reads.user)).or_default();
        let (count, records) = datasets.entry(reads.dataset).or_default();
        *count += reads.records.len() as u64;
        self.records += reads.records.len();
        records.extend(reads.records);
    }

    /// The reads of each caller, in pieces that fit into an event.
    fn into_events(self) -> Vec<(Caller, DatasetReads)> {
        let mut events = Vec::new();
        for (caller, datasets) in self.callers {
            for (dataset_id, (reads, records)) in datasets {
                let records: Vec<RecordId> = records.into_iter().collect();
                // a record that was read more than once counts so in the first piece
                let mut repeated = reads - records.len() as u64;
                for piece in records.chunks(MAX_READS_PER_EVENT) {
                    let reads = piece.len() as u64 + std::mem::take(&mut repeated);
                    events.push((
                        caller,
                        DatasetReads {
                            dataset_id,
                            reads,
                            record_ids: piece.to_vec(),
                        },
                    ));
                }
            }
        }
        events
    }
}

impl ReadWriter {
    /// Commits until every recorder is gone, and then what is left.
    pub async fn run(mut self) {
        while let Some(first) = self.waiting.recv().await {
            let mut collected = Collected::default();
            collected.add(first);
            let end = Instant::now() + PERIOD;
            while collected.records < MAX_COLLECTED {
                match tokio::time::timeout_at(end, self.waiting.recv()).await {
                    Ok(Some(reads)) => collected.add(reads),
                    Ok(None) | Err(_) => break,
                }
            }
            for (caller, reads) in collected.into_events() {
                self.commit(caller, reads).await;
            }
        }
    }

    /// Commits one caller's reads, however long that takes: meanwhile reads wait.
    async fn commit(&self, (tenant, user): Caller, reads: DatasetReads) {
        let command = RecordAccessCommand::Record(vec![reads]);
        let events = match RecordAccess::default().decide(
            command,
            &Context {
                now: self.clock.now(),
            },
        ) {
            Ok(events) => events,
            Err(refusal) => return tracing::error!(refusal = %refusal, "reads cannot be recorded"),
        };
        let metadata = Metadata {
            tenant_id: tenant,
            actor: Actor::User(user),
            operation: Operation::ReadRecords,
            correlation_id: self.event_id(),
            causation_id: None,
            trace: None,
            client: None,
        };
        let stream = StreamId {
            aggregate_type: RecordAccess::TYPE,
            aggregate_id: self.next(),
        };
        let append = match Append::new(stream, 0, &metadata, &events, || self.event_id()) {
            Ok(append) => append,
            Err(error) => return tracing::error!(error = %error, "reads cannot be recorded"),
        };
        // the ids stay the same, so a repeat after an unknown outcome is found to be stored
        while let Err(error) = self.appender.append(append.clone()).await {
            if !matches!(error, AppendError::Unavailable | AppendError::Overloaded) {
                return tracing::error!(error = %error, "reads cannot be recorded");
            }
            tracing::warn!(error = %error, "reads cannot be recorded yet");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    fn next(&self) -> Uuid {
        self.ids.next()
    }

    fn event_id(&self) -> EventId {
        EventId::from_uuid(self.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(records: impl IntoIterator<Item = u128>) -> Reads {
        Reads {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            user: UserId::from_uuid(Uuid::from_u128(2)),
            dataset: DatasetId::from_uuid(Uuid::from_u128(3)),
            records: records
                .into_iter()
                .map(|id| RecordId::from_uuid(Uuid::from_u128(id)))
                .collect(),
        }
    }

    #[test]
    fn every_read_is_counted_and_every_record_is_named_once() {
        let mut collected = Collected::default();
        collected.add(reads(0..1_500));
        collected.add(reads(0..10));
        let events = collected.into_events();
        assert_eq!(events.iter().map(|(_, reads)| reads.reads).sum::<u64>(), 1_510);
        assert!(
            events
                .iter()
                .all(|(_, reads)| reads.record_ids.len() <= MAX_READS_PER_EVENT)
        );
        let named: BTreeSet<RecordId> = events
            .iter()
            .flat_map(|(_, reads)| reads.record_ids.clone())
            .collect();
        assert_eq!(named.len(), 1_500);
        assert_eq!(
            events
                .iter()
                .map(|(_, reads)| reads.record_ids.len())
                .sum::<usize>(),
            1_500
        );
    }
}
