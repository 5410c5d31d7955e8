//! Archiving that breaks off anywhere loses nothing and is ended later; what was done to bundles behind the log's back is
//! named.

use std::{
    fmt,
    ops::Range,
    path::Path as FilePath,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use chrono::TimeDelta;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, path::Path,
};
use sqlx::PgPool;
use vault_domain::{Aggregate as _, KeyedHash};
use vault_event_store::{
    EventFilter, IdempotencyRow, LoadError, Log, StoredEvent,
    archive::{ArchiveError, BundleError, BundleFault, check_archive},
    tree::{Finding, Tree},
};

use crate::{
    archive::{Story, Vault, archiver, everything, objects, with_objects},
    counter::Counter,
    support::{Rig, TickingClock, counting, database, new_id, new_tenant},
    tamper::tamper,
    tree::{seal, self_audit, verify},
};

/// When an object store fails, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fails {
    BeforeWriting,
    AfterWriting,
    ByWritingHalf,
    WhenReading,
}

/// A store that fails once.
#[derive(Debug)]
struct Failing {
    inner: Arc<dyn ObjectStore>,
    fails: Fails,
    failed: AtomicBool,
}

impl Failing {
    fn now(&self, fails: &[Fails]) -> bool {
        fails.contains(&self.fails) && !self.failed.swap(true, Ordering::Relaxed)
    }
}

fn away() -> Error {
    Error::Generic {
        store: "failing",
        source: "it is away".into(),
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failing")
    }
}

#[async_trait]
impl ObjectStore for Failing {
    async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        if self.now(&[Fails::BeforeWriting]) {
            return Err(away());
        }
        if self.now(&[Fails::ByWritingHalf]) {
            let bytes: Vec<u8> = payload.iter().flatten().copied().collect();
            let half = PutPayload::from(bytes[..bytes.len() / 2].to_vec());
            return self.inner.put_opts(at, half, options).await;
        }
        let put = self.inner.put_opts(at, payload, options).await?;
        if self.now(&[Fails::AfterWriting]) {
            return Err(away());
        }
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        if self.now(&[Fails::WhenReading]) {
            return Err(away());
        }
        self.inner.get_opts(at, options).await
    }

    async fn get_ranges(&self, at: &Path, ranges: &[Range<u64>]) -> Result<Vec<bytes::Bytes>> {
        self.inner.get_ranges(at, ranges).await
    }

    fn delete_stream(&self, at: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(at)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

async fn all(log: &Log) -> Vec<StoredEvent> {
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
async fn story(pool: PgPool) -> (Vault, Story, Vec<StoredEvent>) {
    let vault = Vault::new(pool);
    let mut story = Story::new();
    story.go_on(&vault.rig, 30).await;
    let events = all(&vault.rig.log).await;
    (vault, story, events)
}

async fn assert_whole(vault: &Vault, expected: &[StoredEvent]) {
    for database in [vault.stranger(), vault.rig.database.clone()] {
        assert!(all(&Log::new(database.clone())).await == expected);
        let verified = verify(&Rig::over(vault.rig.owner.clone(), database), None).await;
        assert_eq!(verified.finding, None);
    }
}

/// Ends what was begun, and sees that nothing of it is left over.
async fn assert_ends_well(vault: &Vault, expected: &[StoredEvent]) {
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
        let failing = Failing {
            inner: objects(vault.folder.path()),
            fails,
            failed: AtomicBool::new(false),
        };
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
async fn rows_are_not_removed_when_their_bundle_is_gone_or_another(pool: PgPool) {
    let (vault, _, events) = story(pool).await;
    let stop = "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'away'; END $$; \
                CREATE TRIGGER failing BEFORE DELETE ON events FOR EACH STATEMENT EXECUTE FUNCTION fail()";
    sqlx::raw_sql(stop)
        .execute(&vault.rig.owner)
        .await
        .expect("a trigger");
    assert!(vault.run(vault.stranger(), everything()).await.is_err());
    sqlx::raw_sql("DROP FUNCTION fail CASCADE")
        .execute(&vault.rig.owner)
        .await
        .expect("dropped");
    let file = vault.files().remove(0);
    let bundle = std::fs::read(&file).expect("a bundle");
    for change in changes(&bundle) {
        put(&file, change.as_deref());
        let refused = vault.run(vault.stranger(), everything()).await;
        let damaged = matches!(&refused, Err(error @ ArchiveError::Bundle(BundleError::Damaged { .. })) if error.is_finding());
        assert!(damaged, "{refused:?}");
        assert!(
            all(&Log::new(vault.stranger())).await == events,
            "the rows are still there"
        );
    }
    put(&file, Some(&bundle));
    assert_ends_well(&vault, &events).await;
}

/// What can be done to a file: it is removed, emptied, cut short, made longer, changed anywhere, or made to grow.
fn changes(bundle: &[u8]) -> Vec<Option<Vec<u8>>> {
    let flipped = |at: usize| {
        let mut bytes = bundle.to_vec();
        bytes[at] ^= 1;
        Some(bytes)
    };
    let mut bomb = zstd::bulk::compress(&vec![b' '; 256 * 1024 * 1024], 1).expect("compressed");
    bomb.resize(bundle.len().max(bomb.len()), 0);
    vec![
        None,
        Some(Vec::new()),
        Some(bundle[..bundle.len() - 1].to_vec()),
        Some([bundle, b"a"].concat()),
        flipped(bundle.len() / 2),
        flipped(bundle.len() - 1),
        Some(bomb),
    ]
}

fn put(file: &FilePath, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => std::fs::write(file, bytes).expect("written"),
        None => std::fs::remove_file(file).expect("removed"),
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_bundle_that_is_gone_or_was_changed_is_named(pool: PgPool) {
    let (vault, story, events) = story(pool).await;
    vault.archive().await;
    let file = vault.files().remove(0);
    let bundle = std::fs::read(&file).expect("a bundle");
    let end = events.len() as u64;
    for (number, change) in changes(&bundle).into_iter().enumerate() {
        put(&file, change.as_deref());
        let fault = if change.is_none() {
            BundleFault::Missing
        } else {
            BundleFault::Altered
        };
        let checked = check_archive(&vault.stranger(), |_, _| {})
            .await
            .expect("checked");
        let found: Vec<_> = checked
            .findings
            .iter()
            .map(|found| (found.first, found.last, found.fault))
            .collect();
        assert_eq!(found, [(1, end, fault)], "change {number}");
        if number == 3 {
            // what hangs behind a bundle changes no event of it
            continue;
        }
        let database = vault.stranger();
        let rig = Rig::over(vault.rig.owner.clone(), database.clone());
        let finding = Finding::Bundle {
            first: 1,
            last: end,
            fault,
        };
        assert_eq!(verify(&rig, None).await.finding, Some(finding), "change {number}");
        let (tenant, id) = story.streams[0];
        let filter = EventFilter::default();
        for refused in [
            whole(&rig.log).await.err(),
            rig.log
                .tenant_events(story.tenants[0], 0, 10_000, &filter)
                .await
                .err(),
            rig.store.stream(tenant, Counter::TYPE, id, 0).await.err(),
        ] {
            assert!(
                matches!(refused, Some(LoadError::Archive(BundleError::Damaged { first: 1, fault: named, .. })) if named == fault),
                "change {number}: {refused:?}"
            );
        }
        assert_eq!(self_audit(&rig).pass(None, None).await.expect("audited"), None);
        let said = Tree::new(database)
            .state()
            .await
            .expect("read")
            .audit
            .and_then(|audit| audit.finding);
        assert_eq!(said, Some(finding.to_string()));
    }
    put(&file, Some(&bundle));
    assert_whole(&vault, &events).await;
    // a process that does not know where bundles are says so
    let nowhere = database(&vault.rig.owner.connect_options());
    let refused = Log::new(nowhere).read_after(0, 10).await;
    assert!(
        matches!(
            refused,
            Err(LoadError::Archive(BundleError::NotConfigured { first: 1, .. }))
        ),
        "{refused:?}"
    );
}

async fn whole(log: &Log) -> std::result::Result<(), LoadError> {
    let mut replay = log.replay(0, 500);
    while replay.next_page().await?.is_some() {}
    Ok(())
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_row_that_stayed_must_be_the_one_that_is_archived(pool: PgPool) {
    let (vault, _, _) = story(pool).await;
    vault.archive().await;
    let position = vault.rig.count("SELECT min(position) FROM events").await;
    tamper(
        &vault.rig,
        &format!("UPDATE events SET payload = '{{\"by\":7}}' WHERE position = {position}"),
    )
    .await;
    let found = verify(&Rig::over(vault.rig.owner.clone(), vault.stranger()), None)
        .await
        .finding;
    assert_eq!(
        found,
        Some(Finding::Altered {
            position: position.unsigned_abs()
        })
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn what_is_not_vouched_for_is_not_archived(pool: PgPool) {
    let (vault, _, events) = story(pool).await;
    let original = "SELECT payload::text FROM events WHERE position = 50";
    let payload: String = sqlx::query_scalar(original)
        .fetch_one(&vault.rig.owner)
        .await
        .expect("a payload");
    tamper(
        &vault.rig,
        "UPDATE events SET payload = '{\"by\":7}' WHERE position = 50",
    )
    .await;
    let refused = vault.run(vault.stranger(), everything()).await;
    assert!(
        matches!(&refused, Err(error @ ArchiveError::Doubtful { position: 50 }) if error.is_finding()),
        "{refused:?}"
    );
    // together with its hash
    let hash = vault.rig.log.read_after(49, 1).await.expect("read")[0].computed_hash();
    let stored = hex::encode(&events[49].event_hash);
    tamper(
        &vault.rig,
        &format!(
            "UPDATE events SET event_hash = '\\x{}' WHERE position = 50",
            hex::encode(hash)
        ),
    )
    .await;
    let refused = vault.run(vault.stranger(), everything()).await;
    let end = events.len() as u64;
    assert!(
        matches!(refused, Err(ArchiveError::Unproved { first: 1, last }) if last == end),
        "{refused:?}"
    );
    let back =
        format!("UPDATE events SET payload = '{payload}', event_hash = '\\x{stored}' WHERE position = 50");
    tamper(&vault.rig, &back).await;
    // a head that nobody trusted signed
    let note: String = sqlx::query_scalar("SELECT note FROM log_checkpoints ORDER BY size DESC LIMIT 1")
        .fetch_one(&vault.rig.owner)
        .await
        .expect("a note");
    tamper(
        &vault.rig,
        &format!("UPDATE log_checkpoints SET note = 'forged' WHERE size = {end}"),
    )
    .await;
    let refused = vault.run(vault.stranger(), everything()).await;
    assert!(
        matches!(refused, Err(ArchiveError::Unproved { .. })),
        "{refused:?}"
    );
    tamper(
        &vault.rig,
        &format!("UPDATE log_checkpoints SET note = '{note}' WHERE size = {end}"),
    )
    .await;
    assert_ends_well(&vault, &events).await;
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
