//! The faults of `cqrs-es` and `postgres-es` 0.5, each shown not to be ours.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use cqrs_es::{
    AggregateContext as _, AggregateError, EventStore as _,
    persist::{PersistedEventRepository as _, PersistedEventStore, PersistenceError},
    test::TestFramework,
};
use sqlx::PgPool;
use uuid::Uuid;
use vault_domain::{
    Aggregate as _, Context, IdSource, Sealed, SealedText, TenantId,
    dataset::{Dataset, DatasetCommand, DatasetEvent, DatasetRefusal, NewDataset},
};
use vault_event_store::{AppendError, EventStore, Head, LoadError, LogRepository, Root, RootEvent};

use crate::{
    counter::Counter,
    proxy::Proxy,
    support::{
        CountingIds, Rig, TickingClock, counted, counting, database, fresh, hash, metadata, new_id,
        new_tenant, start,
    },
};

fn repository(rig: &Rig, tenant: TenantId, ids: Arc<dyn IdSource>) -> LogRepository {
    LogRepository::new(rig.store.clone(), rig.appender.clone(), metadata(tenant), ids)
}

fn counters(rig: &Rig, tenant: TenantId) -> PersistedEventStore<LogRepository, Root<Counter>> {
    PersistedEventStore::new_snapshot_store(repository(rig, tenant, Arc::new(CountingIds)), 2)
}

fn one() -> RootEvent<crate::counter::CounterEvent> {
    RootEvent(counted(1))
}

fn create() -> (DatasetCommand, Context) {
    let new = NewDataset {
        name: SealedText {
            sealed: Sealed::from_envelope(vec![1]),
            hash: hash(1),
        },
        description: None,
        task_type: None,
        tags: None,
        schema: None,
        settings: None,
    };
    (
        DatasetCommand::Create(Box::new(new)),
        Context {
            now: DateTime::UNIX_EPOCH,
        },
    )
}

fn created() -> RootEvent<DatasetEvent> {
    let (command, context) = create();
    let events = Dataset::default()
        .decide(command, &context)
        .expect("a new dataset");
    RootEvent(events.into_iter().next().expect("one event"))
}

#[test]
fn an_aggregate_behaves_in_the_test_framework_of_cqrs_es_as_it_does_alone() {
    TestFramework::<Root<Dataset>>::with(())
        .given_no_previous_events()
        .when(create())
        .then_expect_events(vec![created()]);
    TestFramework::<Root<Dataset>>::with(())
        .given(vec![created()])
        .when(create())
        .then_expect_error(DatasetRefusal::AlreadyExists);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_persisted_event_store_works_over_the_log(pool: PgPool) {
    let rig = Rig::new(pool);
    let tenant = new_tenant();
    let store: PersistedEventStore<LogRepository, Root<Dataset>> =
        PersistedEventStore::new_event_store(repository(&rig, tenant, Arc::new(CountingIds)));
    let id = new_id().to_string();
    let context = store.load_aggregate(&id).await.expect("loaded");
    store
        .commit(vec![created()], context, std::collections::HashMap::new())
        .await
        .expect("committed");
    let mut loaded = store.load_aggregate(&id).await.expect("loaded");
    assert_eq!(loaded.aggregate().0.name_hash(), Some(hash(1)));
    let events = store.load_events(&id).await.expect("loaded");
    assert_eq!(
        events
            .iter()
            .map(|event| event.payload.clone())
            .collect::<Vec<_>>(),
        [created()]
    );
    let stored = rig.log.read_after(0, 10).await.expect("read");
    assert_eq!(stored[0].decode_metadata().expect("decoded").tenant_id, tenant);
    assert_eq!(stored[0].computed_hash().as_slice(), stored[0].event_hash);
    let elsewhere: PersistedEventStore<LogRepository, Root<Dataset>> =
        PersistedEventStore::new_event_store(repository(&rig, new_tenant(), Arc::new(CountingIds)));
    assert!(elsewhere.load_events(&id).await.expect("loaded").is_empty());
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn snapshots_do_not_apply_events_twice(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    let store = counters(&rig, tenant);
    for sum in 0..7 {
        let mut context = store.load_aggregate(&id.to_string()).await.expect("loaded");
        assert_eq!(context.aggregate().0.sum, sum);
        // as the framework does it: the handler has applied the event already when it is committed
        cqrs_es::Aggregate::apply(&mut context.aggregate, one());
        store
            .commit(vec![one()], context, std::collections::HashMap::new())
            .await
            .expect("committed");
    }
    let loaded = rig.store.load::<Counter>(tenant, id).await.expect("loaded");
    assert_eq!((loaded.aggregate.sum, loaded.sequence), (7, 7));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn who_is_told_conflict_has_stored_nothing(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    let store = counters(&rig, tenant);
    // both reach the size at which a snapshot is due
    for round in 0..3 {
        let first = store.load_aggregate(&id.to_string()).await.expect("loaded");
        let second = store.load_aggregate(&id.to_string()).await.expect("loaded");
        let (first, second) = tokio::join!(
            store.commit(vec![one(), one()], first, std::collections::HashMap::new()),
            store.commit(vec![one(), one()], second, std::collections::HashMap::new()),
        );
        let refused = [first.err(), second.err()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>();
        assert!(
            matches!(refused.as_slice(), [AggregateError::AggregateConflict]),
            "{refused:?}"
        );
        assert_eq!(rig.log.last_position().await.expect("read"), 2 * (round + 1));
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_undecodable_snapshot_does_not_restart_the_numbering(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender
        .append(counting(tenant, id, 0, 3))
        .await
        .expect("appended");
    sqlx::query("INSERT INTO snapshots VALUES ($1, $2, $3, 3, $4, '[]')")
        .bind(Counter::TYPE)
        .bind(id.to_string())
        .bind(tenant.as_uuid())
        .bind(Counter::STATE_VERSION.cast_signed())
        .execute(&rig.owner)
        .await
        .expect("a snapshot");
    let store = counters(&rig, tenant);
    let context = store.load_aggregate(&id.to_string()).await.expect("loaded");
    assert_eq!((context.current_sequence, context.aggregate.0.sum), (3, 3));
    store
        .commit(vec![one()], context, std::collections::HashMap::new())
        .await
        .expect("committed");
    assert_eq!(
        rig.store
            .load::<Counter>(tenant, id)
            .await
            .expect("loaded")
            .sequence,
        4
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_connection_that_breaks_in_a_replay_is_an_error_and_no_short_stream(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender
        .append(counting(tenant, id, 0, 3_000))
        .await
        .expect("appended");
    let proxy = Proxy::start(&rig.owner.connect_options()).await;
    let far = database(&proxy.through(&rig.owner.connect_options()));
    let appender = start(
        far.writer_options(),
        &Head::default(),
        TickingClock::ahead_by(TimeDelta::zero()),
    );
    let store = EventStore::new(far.clone());
    let through = LogRepository::new(store.clone(), appender, metadata(tenant), Arc::new(CountingIds));
    for cut_after in [100_000, 300_000, 500_000] {
        proxy.cut_answers_after(cut_after);
        let loaded = store
            .load::<Counter>(tenant, id)
            .await
            .map(|loaded| loaded.sequence);
        assert!(
            matches!(loaded, Err(LoadError::Database(_))),
            "{cut_after}: {loaded:?}"
        );
        proxy.cut_answers_after(cut_after);
        let replayed = through.stream_events::<Root<Counter>>(&id.to_string()).await;
        assert!(
            matches!(replayed, Err(PersistenceError::ConnectionError(_))),
            "{cut_after}"
        );
    }
    proxy.cut_answers_after(u64::MAX);
    assert_eq!(
        store
            .load::<Counter>(tenant, id)
            .await
            .expect("loaded")
            .aggregate
            .sum,
        3_000
    );
    let mut stream = through
        .stream_events::<Root<Counter>>(&id.to_string())
        .await
        .expect("streamed");
    let mut streamed = 0;
    while stream
        .next::<Root<Counter>>(&[])
        .await
        .transpose()
        .expect("an event")
        .is_some()
    {
        streamed += 1;
    }
    assert_eq!(streamed, 3_000);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn what_is_committed_while_no_reader_runs_is_read_later(pool: PgPool) {
    let rig = Rig::new(pool);
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    let checkpoint = rig
        .log
        .read_after(0, 10)
        .await
        .expect("read")
        .last()
        .expect("one")
        .position;
    drop(rig.appender.append(fresh(new_tenant())));
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    let later = EventStore::new(rig.database.clone());
    drop(later);
    let missed = rig.log.read_after(checkpoint, 10).await.expect("read");
    assert_eq!(missed.iter().map(|event| event.position).collect::<Vec<_>>(), [2]);
}

/// Gives the same id again and again.
struct StuckIds(Uuid);

impl IdSource for StuckIds {
    fn next(&self) -> Uuid {
        self.0
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_unique_violation_elsewhere_is_no_conflict(pool: PgPool) {
    let rig = Rig::new(pool);
    let stuck = repository(&rig, new_tenant(), Arc::new(StuckIds(new_id())));
    let event = |id: &str| {
        let payload = serde_json::to_value(one()).expect("JSON");
        let none = serde_json::json!({});
        let (aggregate_type, event_type) = (Counter::TYPE.to_owned(), "counter.counted".to_owned());
        cqrs_es::persist::SerializedEvent::new(
            id.to_owned(),
            1,
            aggregate_type,
            event_type,
            "1".to_owned(),
            payload,
            none,
        )
    };
    let [first, second] = [new_id().to_string(), new_id().to_string()];
    stuck
        .persist::<Root<Counter>>(&[event(&first)], None)
        .await
        .expect("persisted");
    let stale = stuck.persist::<Root<Counter>>(&[event(&first)], None).await;
    assert!(
        matches!(stale, Err(PersistenceError::OptimisticLockError)),
        "{stale:?}"
    );
    let repeated_id = stuck.persist::<Root<Counter>>(&[event(&second)], None).await;
    assert!(
        matches!(repeated_id, Err(PersistenceError::UnknownError(_))),
        "{repeated_id:?}"
    );
    let unnamed = stuck
        .persist::<Root<Counter>>(&[event("no id of ours")], None)
        .await;
    assert!(
        matches!(unnamed, Err(PersistenceError::UnknownError(_))),
        "{unnamed:?}"
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn sequences_go_beyond_32_bits(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    let beyond: u64 = 5_000_000_000;
    rig.appender
        .append(counting(tenant, id, 0, 1))
        .await
        .expect("appended");
    sqlx::raw_sql(&format!(
        "ALTER TABLE events DISABLE TRIGGER events_append_only; UPDATE events SET sequence = {beyond}; \
         ALTER TABLE events ENABLE TRIGGER events_append_only"
    ))
    .execute(&rig.owner)
    .await
    .expect("moved on");
    let low = rig
        .appender
        .append(counting(tenant, id, beyond & 0xffff_ffff, 1))
        .await;
    assert!(
        matches!(low, Err(AppendError::Conflict { actual_sequence }) if actual_sequence == beyond),
        "{low:?}"
    );
    rig.appender
        .append(counting(tenant, id, beyond, 2))
        .await
        .expect("appended");
    let stream = rig
        .store
        .stream(tenant, Counter::TYPE, id, beyond - 1)
        .await
        .expect("read");
    assert_eq!(
        stream.iter().map(|event| event.sequence).collect::<Vec<_>>(),
        [beyond, beyond + 1, beyond + 2]
    );
}
