//! Snapshots only make loading quick.

use sqlx::PgPool;
use vault_domain::Aggregate as _;
use vault_event_store::AppendError;

use crate::{
    counter::{Counter, CounterEvent},
    support::{Rig, counting, new_id, new_tenant},
};

const SNAPSHOTS: &str = "SELECT count(*) FROM snapshots";

async fn overwrite(rig: &Rig, sequence: i64, version: u32, state: &str) {
    sqlx::query("UPDATE snapshots SET sequence = $1, state_version = $2, state = $3::json")
        .bind(sequence)
        .bind(i64::from(version))
        .bind(state)
        .execute(&rig.owner)
        .await
        .expect("overwritten");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_load_after_250_events_equals_their_replay(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    let mut sequence = 0;
    while sequence < 250 {
        rig.appender
            .append(counting(tenant, id, sequence, 7))
            .await
            .expect("appended");
        sequence += 7;
        let loaded = rig.store.load::<Counter>(tenant, id).await.expect("loaded");
        assert_eq!(
            (loaded.aggregate.sum, loaded.sequence),
            (sequence, sequence),
            "each event once"
        );
    }
    let mut replayed = Counter::default();
    for event in rig
        .store
        .stream(tenant, Counter::TYPE, id, 0)
        .await
        .expect("read")
    {
        replayed.evolve(&event.decode::<CounterEvent>().expect("decoded"));
    }
    assert_eq!(
        rig.store
            .load::<Counter>(tenant, id)
            .await
            .expect("loaded")
            .aggregate,
        replayed
    );
    let taken: i64 = sqlx::query_scalar("SELECT sequence FROM snapshots")
        .fetch_one(&rig.owner)
        .await
        .expect("one");
    assert_eq!(taken, 210, "at least 100 events after the one before");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_short_stream_has_no_snapshot(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender
        .append(counting(tenant, id, 0, 99))
        .await
        .expect("appended");
    rig.store.load::<Counter>(tenant, id).await.expect("loaded");
    assert_eq!(rig.count(SNAPSHOTS).await, 0);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_snapshot_is_used_unless_it_is_of_another_version_or_unreadable(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender
        .append(counting(tenant, id, 0, 120))
        .await
        .expect("appended");
    rig.store.load::<Counter>(tenant, id).await.expect("loaded");
    assert_eq!(rig.count(SNAPSHOTS).await, 1);

    // a state that no replay gives, to see whence the answer comes
    overwrite(&rig, 110, Counter::STATE_VERSION, r#"{"sum":5000}"#).await;
    let used = rig.store.load::<Counter>(tenant, id).await.expect("loaded");
    assert_eq!((used.aggregate.sum, used.sequence), (5_010, 120));
    for (version, state) in [
        (Counter::STATE_VERSION - 1, r#"{"sum":5000}"#),
        (Counter::STATE_VERSION + 1, r#"{"sum":5000}"#),
        (Counter::STATE_VERSION, r#"{"total":5000}"#),
        (Counter::STATE_VERSION, "[]"),
    ] {
        overwrite(&rig, 120, version, state).await;
        let replayed = rig.store.load::<Counter>(tenant, id).await.expect("loaded");
        assert_eq!(
            (replayed.aggregate.sum, replayed.sequence),
            (120, 120),
            "{version}: {state}"
        );
        let stored: i64 = rig.count("SELECT (state ->> 'sum')::bigint FROM snapshots").await;
        assert_eq!(stored, 120, "replaced, so that the next load is quick again");
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn numbering_goes_on_after_an_unreadable_snapshot(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender
        .append(counting(tenant, id, 0, 150))
        .await
        .expect("appended");
    rig.store.load::<Counter>(tenant, id).await.expect("loaded");
    overwrite(&rig, 150, Counter::STATE_VERSION, r#""garbage""#).await;
    let loaded = rig.store.load::<Counter>(tenant, id).await.expect("loaded");
    rig.appender
        .append(counting(tenant, id, loaded.sequence, 1))
        .await
        .expect("appended");
    let restarted = rig.appender.append(counting(tenant, id, 0, 1)).await;
    assert!(
        matches!(restarted, Err(AppendError::Conflict { actual_sequence: 151 })),
        "{restarted:?}"
    );
    assert_eq!(
        rig.store
            .load::<Counter>(tenant, id)
            .await
            .expect("loaded")
            .aggregate
            .sum,
        151
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn another_tenant_is_not_given_the_snapshot(pool: PgPool) {
    let rig = Rig::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    rig.appender
        .append(counting(tenant, id, 0, 120))
        .await
        .expect("appended");
    rig.store.load::<Counter>(tenant, id).await.expect("loaded");
    let loaded = rig.store.load::<Counter>(new_tenant(), id).await.expect("loaded");
    assert_eq!((loaded.aggregate.sum, loaded.sequence), (0, 0));
}
