//! What every test needs: a log with its appender, ids and a clock without surprises, and sample appends.

use std::{
    future::{Future as _, poll_fn},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    task::Poll,
};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{ConnectOptions as _, PgPool, postgres::PgConnectOptions};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vault_domain::{
    Actor, Aggregate as _, Clock, EventId, IdSource, KeyedHash, Metadata, Operation, TenantId,
};
use vault_event_store::{
    Append, AppendError, Appended, Appender, AppenderConfig, BatchMacKey, Claim, Database, DatabaseConfig,
    EventStore, Guard, Head, Log, StreamId,
};

use crate::counter::{Counted, Counter, CounterEvent};

/// The key of the batch MAC in tests.
pub(crate) fn mac_key() -> BatchMacKey {
    BatchMacKey::new([42; 32])
}

/// A clock that moves on by one microsecond whenever it is read.
pub(crate) struct TickingClock(AtomicI64);

impl TickingClock {
    pub(crate) fn ahead_by(ahead: TimeDelta) -> Self {
        Self(AtomicI64::new(
            1_780_000_000_000_000 + ahead.num_microseconds().unwrap_or(0),
        ))
    }
}

impl Clock for TickingClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.fetch_add(1, Ordering::Relaxed))
            .expect("within chrono's range")
    }
}

/// Counts, and sets itself apart from other processes by its process id.
pub(crate) struct CountingIds;

static IDS: AtomicU64 = AtomicU64::new(1);

impl IdSource for CountingIds {
    fn next(&self) -> Uuid {
        let [.., process_high, process_low] = std::process::id().to_be_bytes();
        let [_, _, count @ ..] = IDS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut tail = [0; 10];
        (tail[1], tail[3]) = (process_high, process_low);
        tail[4..].copy_from_slice(&count);
        uuid::Builder::from_unix_timestamp_millis(1_780_000_000_000, &tail).into_uuid()
    }
}

pub(crate) fn new_id() -> Uuid {
    CountingIds.next()
}

pub(crate) fn new_event_id() -> EventId {
    EventId::from_uuid(new_id())
}

pub(crate) fn new_tenant() -> TenantId {
    TenantId::from_uuid(new_id())
}

/// A log, and one appender into it.
pub(crate) struct Rig {
    /// The schema's owner, who is a superuser.
    pub(crate) owner: PgPool,
    pub(crate) database: Database,
    pub(crate) appender: Appender,
    pub(crate) head: Head,
    pub(crate) store: EventStore,
    pub(crate) log: Log,
}

impl Rig {
    pub(crate) fn new(owner: PgPool) -> Self {
        let database = database(&owner.connect_options());
        Self::over(owner, database)
    }

    /// A log whose old events are read from there, too.
    pub(crate) fn over(owner: PgPool, database: Database) -> Self {
        let head = Head::default();
        let appender = appender(&database, &head, TickingClock::ahead_by(TimeDelta::zero()));
        Self {
            store: EventStore::new(database.clone()),
            log: Log::new(database.clone()),
            owner,
            database,
            appender,
            head,
        }
    }

    pub(crate) async fn count(&self, query: &str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&self.owner)
            .await
            .expect("the count")
    }

    /// Positions are 1, 2, 3 ... in order of commit, and so are every tenant's and every stream's own numbers.
    pub(crate) async fn assert_gap_free(&self) {
        let broken = "SELECT count(*) FROM (SELECT position, tenant_position, sequence, recorded_at, \
             row_number() OVER (ORDER BY position) AS nth, \
             row_number() OVER (PARTITION BY tenant_id ORDER BY position) AS nth_of_tenant, \
             row_number() OVER (PARTITION BY aggregate_type, aggregate_id ORDER BY position) AS nth_of_stream, \
             lag(recorded_at) OVER (ORDER BY position) AS before FROM events) numbered \
             WHERE position <> nth OR tenant_position <> nth_of_tenant OR sequence <> nth_of_stream \
                OR recorded_at < before";
        assert_eq!(self.count(broken).await, 0, "gaps, or a step back in time");
    }
}

pub(crate) fn database(connect: &PgConnectOptions) -> Database {
    let url = connect.to_url_lossy().to_string();
    Database::new(&DatabaseConfig {
        url,
        reader_url: None,
        migrate_url: None,
        max_connections: 4,
    })
    .expect("a URL")
}

pub(crate) fn appender(database: &Database, head: &Head, clock: TickingClock) -> Appender {
    start(database.writer_options(), head, clock)
}

pub(crate) fn start(connect: PgConnectOptions, head: &Head, clock: TickingClock) -> Appender {
    let config = AppenderConfig {
        connect,
        mac_key: mac_key(),
        clock: Arc::new(clock),
        head: head.clone(),
    };
    Appender::start(config, CancellationToken::new()).0
}

pub(crate) fn metadata(tenant: TenantId) -> Metadata {
    Metadata {
        tenant_id: tenant,
        actor: Actor::System,
        operation: Operation::AddRecords,
        correlation_id: new_event_id(),
        causation_id: None,
        approval_id: None,
        trace: None,
        client: None,
    }
}

pub(crate) fn stream(id: Uuid) -> StreamId {
    StreamId {
        aggregate_type: Counter::TYPE,
        aggregate_id: id,
    }
}

pub(crate) fn counted(by: u64) -> CounterEvent {
    CounterEvent::Counted(Counted { by })
}

/// `events` events, each counting one, for a stream that stands at `expected`.
pub(crate) fn counting(tenant: TenantId, id: Uuid, expected: u64, events: usize) -> Append {
    Append::new(
        stream(id),
        expected,
        &metadata(tenant),
        &vec![counted(1); events],
        new_event_id,
    )
    .expect("small events")
}

/// One event for a new stream.
pub(crate) fn fresh(tenant: TenantId) -> Append {
    counting(tenant, new_id(), 0, 1)
}

pub(crate) fn guard(id: Uuid) -> Guard {
    Guard {
        guard_type: "thing",
        id,
    }
}

pub(crate) fn hash(byte: u8) -> KeyedHash {
    KeyedHash::from_bytes([byte; 32])
}

pub(crate) fn claim(key: u8, holder: Uuid) -> Claim {
    Claim {
        claim_type: "name",
        scope: Uuid::nil(),
        key: hash(key),
        holder,
    }
}

/// Appends all of these as one group commit: all wait before the appender's task, on the same thread, runs again.
pub(crate) async fn in_one_batch(rig: &Rig, appends: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
    const BATCHES: &str = "SELECT count(*) FROM event_batches";
    let before = rig.count(BATCHES).await;
    let mut waiting: Vec<_> = appends
        .into_iter()
        .map(|append| Box::pin(rig.appender.append(append)))
        .collect();
    for append in &mut waiting {
        let waits = poll_fn(|context| Poll::Ready(append.as_mut().poll(context).is_pending())).await;
        assert!(waits, "answered before its turn");
    }
    let mut outcomes = Vec::with_capacity(waiting.len());
    for append in waiting {
        outcomes.push(append.await);
    }
    let expected = i64::from(outcomes.iter().any(Result::is_ok));
    assert_eq!(rig.count(BATCHES).await - before, expected, "one batch");
    outcomes
}
