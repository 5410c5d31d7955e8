//! Archiving that breaks off anywhere loses nothing, and is ended later.

use std::sync::Arc;

use chrono::TimeDelta;
use sqlx::PgPool;
use vault_domain::KeyedHash;
use vault_event_store::{
    IdempotencyRow, Log, StoredEvent,
    archive::{ArchiveError, BundleError, BundleFault, check_archive},
};

use super::{
    failing::{Failing, Fails},
    vault::{Story, Vault, archiver, everything, objects, with_objects},
};
use crate::{
    support::{Rig, TickingClock, counting, new_id, new_tenant},
    tree::{seal, verify},
};

pub(crate) async fn all(log: &Log) -> Vec<StoredEvent> {
    let mut events = Vec::new();
    loop {
        let page = log.read_after(events.len() as u64, 500).await.expect("read");
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// A log whose whole is sealed, and what it holds.
pub(crate) async fn story(pool: PgPool) -> (Vault, Story, Vec<StoredEvent>) {
    let vault = Vault::new(pool);
    let mut story = Story::new();
    story.go_on(&vault.rig, 30).await;
    let events = all(&vault.rig.log).await;
    (vault, story, events)
}

pub(crate) async fn assert_whole(vault: &Vault, expected: &[StoredEvent]) {
    for database in [vault.stranger(), vault.rig.database.clone()] {
        assert!(all(&Log::new(database.clone())).await == expected);
        let verified = verify(&Rig::over(vault.rig.owner.clone(), database), None).await;
        assert_eq!(verified.finding, None);
    }
}

/// Ends what was begun, and sees that nothing of it is left over.
pub(crate) async fn assert_ends_well(vault: &Vault, expected: &[StoredEvent]) {
    let done = vault.archive().await;
    assert_eq!(done.removed_position, expected.len() as u64);
    assert_whole(vault, expected).await;
    let checked = check_archive(&vault.stranger(), |_, _| {})
        .await
        .expect("checked");
    assert_eq!(
        (checked.bundles, checked.findings.len(), checked.spare_objects),
        (1, 0, 0)
    );
    assert_eq!(vault.files().len(), 1);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_object_store_that_fails_at_any_step_costs_nothing(pool: PgPool) {
    let (vault, mut story, mut events) = story(pool).await;
    for fails in [
        Fails::BeforeWriting,
        Fails::AfterWriting,
        Fails::ByWritingHalf,
        Fails::WhenReading,
    ] {
        let failing = Failing::new(objects(vault.folder.path()), fails);
        let database = with_objects(&vault.rig.owner, Arc::new(failing));
        let failed = vault.run(database, everything()).await;
        assert!(failed.is_err(), "{fails:?}");
        let half = matches!(
            failed,
            Err(ArchiveError::Bundle(BundleError::Damaged {
                fault: BundleFault::Altered,
                ..
            }))
        );
        assert_eq!(half, fails == Fails::ByWritingHalf, "{failed:?}");
        assert_eq!(
            vault.rig.count("SELECT count(*) FROM archived_ranges").await,
            0,
            "{fails:?}"
        );
        assert_whole(&vault, &events).await;
    }
    // what was written is used, though more could be archived by now
    story.go_on(&vault.rig, 5).await;
    let (written, more) = (events.len() as u64, all(&vault.rig.log).await);
    events = more;
    let done = vault.archive().await;
    assert_eq!((done.bundles, done.removed_position), (2, events.len() as u64));
    let first: i64 = vault
        .rig
        .count("SELECT last_position FROM archived_ranges WHERE first_position = 1")
        .await;
    assert_eq!(first.unsigned_abs(), written);
    assert_whole(&vault, &events).await;
    let checked = check_archive(&vault.stranger(), |_, _| {})
        .await
        .expect("checked");
    assert_eq!((checked.bundles, checked.spare_objects), (2, 0));
}

/// Lets Postgres refuse what one step of archiving does.
async fn fail_in_postgres(pool: PgPool, step: &str) {
    let (vault, _, events) = story(pool).await;
    let trigger = format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'away'; END $$; \
         CREATE TRIGGER failing {step} FOR EACH STATEMENT EXECUTE FUNCTION fail()"
    );
    sqlx::raw_sql(&trigger)
        .execute(&vault.rig.owner)
        .await
        .expect("a trigger");
    let failed = vault.run(vault.stranger(), everything()).await;
    assert!(matches!(failed, Err(ArchiveError::Database(_))), "{failed:?}");
    assert_whole(&vault, &events).await;
    assert_eq!(
        vault.rig.count("SELECT count(*) FROM events").await,
        i64::try_from(events.len()).expect("small")
    );
    assert_eq!(vault.rig.count("SELECT count(*) FROM archived_streams").await, 0);
    sqlx::raw_sql("DROP FUNCTION fail CASCADE")
        .execute(&vault.rig.owner)
        .await
        .expect("dropped");
    assert_ends_well(&vault, &events).await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_run_that_ends_before_its_range_is_registered(pool: PgPool) {
    fail_in_postgres(pool, "AFTER INSERT ON archived_ranges").await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_run_that_ends_while_its_range_is_registered(pool: PgPool) {
    fail_in_postgres(pool, "AFTER INSERT ON archived_tenants").await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_run_that_ends_before_rows_are_removed(pool: PgPool) {
    fail_in_postgres(pool, "BEFORE UPDATE ON archived_ranges").await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_run_that_ends_while_rows_are_removed(pool: PgPool) {
    fail_in_postgres(pool, "AFTER DELETE ON events").await;
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn rows_that_repeated_requests_are_answered_from_stay_until_that_is_forgotten(pool: PgPool) {
    let vault = Vault::new(pool);
    let tenant = new_tenant();
    let mut append = counting(tenant, new_id(), 0, 3);
    let now = chrono::DateTime::from_timestamp(1_780_000_000, 0).expect("in range");
    append.rows.idempotency = Some(IdempotencyRow {
        key: KeyedHash::from_bytes([1; 32]),
        body: KeyedHash::from_bytes([2; 32]),
        status: 201,
        expires_at: now + TimeDelta::hours(24),
    });
    vault.rig.appender.append(append).await.expect("appended");
    vault
        .rig
        .appender
        .append(counting(tenant, new_id(), 0, 3))
        .await
        .expect("appended");
    seal(&vault.rig).await;
    let waits = vault.archive().await;
    assert_eq!(
        (
            waits.archived_position,
            waits.removed_position,
            waits.removed_rows
        ),
        (6, 0, 0)
    );
    let mut later = archiver(vault.stranger()).await;
    later.clock = Arc::new(TickingClock::ahead_by(TimeDelta::hours(25)));
    let done = later
        .run(&everything(), |_, _| {})
        .await
        .expect("run")
        .expect("leads");
    assert_eq!(
        (done.bundles, done.removed_position, done.removed_rows),
        (0, 6, 4)
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn one_process_archives_at_a_time(pool: PgPool) {
    let (vault, _, events) = story(pool).await;
    let (one, other) = (archiver(vault.stranger()).await, archiver(vault.stranger()).await);
    let plan = everything();
    let (one, other) = tokio::join!(one.run(&plan, |_, _| {}), other.run(&plan, |_, _| {}));
    let done = [one.expect("run"), other.expect("run")];
    assert!(
        done.iter().flatten().map(|done| done.bundles).sum::<u64>() == 1,
        "{done:?}"
    );
    assert_ends_well(&vault, &events).await;
}
