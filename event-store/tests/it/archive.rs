//! What was archived reads as if it were in the table, and nothing but that is removed.

use std::{path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use object_store::{ObjectStore, local::LocalFileSystem};
use sqlx::PgPool;
use tempfile::TempDir;
use uuid::Uuid;
use vault_domain::{Actor, Aggregate as _, Metadata, Operation, TenantId, UserId};
use vault_event_store::{
    Append, ArchiveConfig, Database, EventFilter, EventStore, LoadError, Log, StoredEvent,
    archive::{ArchiveError, ArchivePlan, Archived, Archiver, BundleError, Closing, check_archive},
    tree::{InclusionProof, TenantHead, Tree, verify_inclusion},
};

use crate::{
    append_only::refused,
    counter::{Counter, CounterEvent, Padded},
    support::{
        Rig, TickingClock, counted, counting, database, in_one_batch, metadata, new_event_id, new_id,
        new_tenant, stream,
    },
    tree::{keys, seal, verify},
};

/// A log with an archive in a folder.
pub(crate) struct Vault {
    pub(crate) rig: Rig,
    pub(crate) folder: TempDir,
}

impl Vault {
    pub(crate) fn new(owner: PgPool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = objects(folder.path());
        let database = with_objects(&owner, objects);
        Self {
            rig: Rig::over(owner, database),
            folder,
        }
    }

    /// The same log, seen by a process that has read nothing of it yet.
    pub(crate) fn stranger(&self) -> Database {
        with_objects(&self.rig.owner, objects(self.folder.path()))
    }

    pub(crate) async fn run(&self, database: Database, plan: ArchivePlan) -> Result<Archived, ArchiveError> {
        let archiver = archiver(database).await;
        Ok(archiver
            .run(&plan, |_, _| {})
            .await?
            .expect("nobody else archives"))
    }

    /// Archives everything that is sealed, as another process would.
    pub(crate) async fn archive(&self) -> Archived {
        self.run(self.stranger(), everything()).await.expect("archived")
    }

    /// The files of the archive.
    pub(crate) fn files(&self) -> Vec<std::path::PathBuf> {
        let folder = self.folder.path().join("bundles/000000");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .expect("a folder of bundles")
            .map(|file| file.expect("a file").path())
            .collect();
        files.sort();
        files
    }
}

pub(crate) fn objects(folder: &Path) -> Arc<dyn ObjectStore> {
    Arc::new(LocalFileSystem::new_with_prefix(folder).expect("a folder"))
}

pub(crate) fn with_objects(owner: &PgPool, objects: Arc<dyn ObjectStore>) -> Database {
    let config = ArchiveConfig {
        objects: Some(objects),
        archiver_url: None,
    };
    database(&owner.connect_options())
        .with_archive(config)
        .expect("no URL")
}

pub(crate) async fn archiver(database: Database) -> Archiver {
    let keys = keys(&Tree::new(database.clone())).await;
    Archiver {
        database,
        keys,
        clock: Arc::new(TickingClock::ahead_by(TimeDelta::hours(1))),
    }
}

pub(crate) fn everything() -> ArchivePlan {
    before(DateTime::from_timestamp(4_000_000_000, 0).expect("in range"))
}

fn before(before: DateTime<Utc>) -> ArchivePlan {
    ArchivePlan {
        before,
        closing: Closing::Any,
    }
}

/// Streams of all lengths, of three tenants, that go on for as long as the log does.
pub(crate) struct Story {
    pub(crate) tenants: [TenantId; 3],
    pub(crate) users: [UserId; 2],
    long: Vec<(TenantId, Uuid, u64)>,
    pub(crate) streams: Vec<(TenantId, Uuid)>,
}

impl Story {
    pub(crate) fn new() -> Self {
        let tenants = [new_tenant(), new_tenant(), new_tenant()];
        let long: Vec<_> = (0..9).map(|n| (tenants[n % 2], new_id(), 0)).collect();
        Self {
            tenants,
            users: [UserId::from_uuid(new_id()), UserId::from_uuid(new_id())],
            streams: long.iter().map(|(tenant, id, _)| (*tenant, *id)).collect(),
            long,
        }
    }

    /// Some batches: a few events more for long streams, and short streams among them.
    pub(crate) async fn go_on(&mut self, rig: &Rig, rounds: usize) {
        for round in 0..rounds {
            let mut batch = Vec::new();
            for (number, (tenant, id, sequence)) in self.long.iter_mut().enumerate() {
                if (round + number) % 3 == 0 {
                    let metadata = Metadata {
                        actor: Actor::User(self.users[number % 2]),
                        operation: [Operation::AddRecords, Operation::CreateDataset][round % 2],
                        ..metadata(*tenant)
                    };
                    let padded = CounterEvent::Padded(Padded {
                        padding: "ä\"\\\n😀".repeat(number),
                    });
                    let events = [counted(1), padded, counted(2)];
                    batch.push(
                        Append::new(stream(*id), *sequence, &metadata, &events, new_event_id).expect("small"),
                    );
                    *sequence += 3;
                }
            }
            for events in 1..=2 {
                let (tenant, id) = (self.tenants[(round + events) % 3], new_id());
                self.streams.push((tenant, id));
                batch.push(counting(tenant, id, 0, events));
            }
            for outcome in in_one_batch(rig, batch).await {
                outcome.expect("appended");
            }
        }
        seal(rig).await;
    }
}

/// Everything that can be asked of a log up to a position, and what is answered.
#[derive(Debug, PartialEq)]
struct Seen {
    all: Vec<StoredEvent>,
    replayed: Vec<StoredEvent>,
    streams: Vec<Vec<StoredEvent>>,
    parts_of_streams: Vec<Vec<StoredEvent>>,
    sums: Vec<u64>,
    filtered: Vec<Vec<StoredEvent>>,
    paged: Vec<Vec<StoredEvent>>,
    positions: Vec<u64>,
    entries: Vec<Vec<u8>>,
    proofs: Vec<InclusionProof>,
    tenant_heads: Vec<TenantHead>,
}

async fn read_all(log: &Log, limit: u32) -> Vec<StoredEvent> {
    let mut events = Vec::new();
    loop {
        let page = log.read_after(events.len() as u64, limit).await.expect("read");
        assert!(page.len() <= limit as usize);
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

async fn replay_all(log: &Log) -> Vec<StoredEvent> {
    let (mut replay, mut events) = (log.replay(0, 700), Vec::new());
    while let Some(page) = replay.next_page().await.expect("replayed") {
        events.extend(page);
    }
    events
}

/// Filters of all kinds, made from events.
fn filters(all: &[StoredEvent], story: &Story) -> Vec<EventFilter> {
    let (third, last) = (&all[all.len() / 3], &all[all.len() - 1]);
    let any = EventFilter::default;
    vec![
        any(),
        EventFilter {
            event_types: vec!["counter.padded".to_owned()],
            ..any()
        },
        EventFilter {
            event_types: vec!["counter.padded".to_owned(), "no.such".to_owned()],
            ..any()
        },
        EventFilter {
            event_types: vec!["no.such".to_owned()],
            ..any()
        },
        EventFilter {
            aggregate_id: Some(story.streams[0].1.to_string()),
            ..any()
        },
        EventFilter {
            aggregate_id: Some(third.aggregate_id.clone()),
            ..any()
        },
        EventFilter {
            aggregate_id: Some(last.aggregate_id.clone()),
            ..any()
        },
        EventFilter {
            operation: Some("create_dataset".to_owned()),
            ..any()
        },
        EventFilter {
            operation: Some("no_such".to_owned()),
            ..any()
        },
        EventFilter {
            actor: Some(story.users[0].as_uuid()),
            ..any()
        },
        EventFilter {
            until: Some(third.position + 5),
            ..any()
        },
        EventFilter {
            from: Some(third.recorded_at),
            ..any()
        },
        EventFilter {
            to: Some(third.recorded_at),
            ..any()
        },
        EventFilter {
            from: Some(third.recorded_at),
            to: Some(last.recorded_at),
            actor: Some(story.users[1].as_uuid()),
            event_types: vec!["counter.counted".to_owned()],
            ..any()
        },
    ]
}

async fn pages(log: &Log, tenant: TenantId, limit: i64, filter: &EventFilter) -> Vec<StoredEvent> {
    let (mut events, mut after) = (Vec::<StoredEvent>::new(), 0);
    loop {
        let page = log
            .tenant_events(tenant, after, limit, filter)
            .await
            .expect("read");
        assert!(page.len() <= usize::try_from(limit).expect("small"));
        assert!(page.iter().all(|event| event.tenant_id == tenant));
        let Some(last) = page.last() else { return events };
        after = last.position;
        events.extend(page);
    }
}

async fn look(database: &Database, rig: &Rig, story: &Story) -> Seen {
    let (log, store, tree) = (
        Log::new(database.clone()),
        EventStore::new(database.clone()),
        Tree::new(database.clone()),
    );
    let all = read_all(&log, 97).await;
    let head = seal(rig).await;
    let (mut streams, mut parts_of_streams, mut sums) = (Vec::new(), Vec::new(), Vec::new());
    for (tenant, id) in &story.streams {
        streams.push(store.stream(*tenant, Counter::TYPE, *id, 0).await.expect("read"));
        parts_of_streams.push(store.stream(*tenant, Counter::TYPE, *id, 4).await.expect("read"));
        sums.push(
            store
                .load::<Counter>(*tenant, *id)
                .await
                .expect("loaded")
                .aggregate
                .sum,
        );
    }
    let (mut filtered, mut paged) = (Vec::new(), Vec::new());
    for tenant in story.tenants {
        for filter in filters(&all, story) {
            filtered.push(log.tenant_events(tenant, 0, 10_000, &filter).await.expect("read"));
            filtered.push(
                log.tenant_events(tenant, all.len() as u64 / 4, 40, &filter)
                    .await
                    .expect("read"),
            );
            paged.push(pages(&log, tenant, 13, &filter).await);
        }
    }
    let (mut positions, mut entries, mut proofs, mut tenant_heads) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for event in all.iter().step_by(41) {
        for time in [event.recorded_at, event.recorded_at - TimeDelta::microseconds(1)] {
            positions.push(log.position_at(time).await.expect("read"));
        }
        let proof = tree.inclusion(event.position, head).await.expect("a proof");
        assert!(verify_inclusion(&proof, head).is_ok());
        proofs.push(proof);
        for tenant in story.tenants {
            tenant_heads.push(tree.tenant_head(tenant, event.position).await.expect("read"));
        }
    }
    for (number, width) in [(0, 256), (1, 256), (0, 3)] {
        let bundle = tree.entries(number, width).await.expect("read").expect("sealed");
        entries.push(bundle.iter().flat_map(|entry| entry.to_bytes()).collect());
    }
    let verified = verify(&Rig::over(rig.owner.clone(), database.clone()), Some(head)).await;
    assert_eq!((verified.events, verified.finding), (all.len() as u64, None));
    Seen {
        replayed: replay_all(&log).await,
        all,
        streams,
        parts_of_streams,
        sums,
        filtered,
        paged,
        positions,
        entries,
        proofs,
        tenant_heads,
    }
}

async fn rows(rig: &Rig) -> i64 {
    rig.count("SELECT count(*) FROM events").await
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn everything_reads_the_same_before_and_after_archiving(pool: PgPool) {
    let vault = Vault::new(pool);
    let mut story = Story::new();
    story.go_on(&vault.rig, 40).await;
    // step by step, so that events that were their stream's last are not any more
    for step in 1..=4_usize {
        story.go_on(&vault.rig, 15).await;
        // its own reader has read this log before, and does not know yet that something was archived
        let seen = look(&vault.rig.database, &vault.rig, &story).await;
        let until = &seen.all[seen.all.len() * step / 5];
        let (rows_before, plan) = (rows(&vault.rig).await, before(until.recorded_at));
        let done = vault.run(vault.stranger(), plan).await.expect("archived");
        assert_eq!((done.bundles, done.removed_position), (1, done.archived_position));
        assert!(done.archived_position < until.position && done.removed_rows > 0);
        assert_eq!(
            rows(&vault.rig).await,
            rows_before - done.removed_rows.cast_signed()
        );
        let again = vault
            .run(vault.stranger(), plan)
            .await
            .expect("nothing left to do");
        assert_eq!((again.bundles, again.removed_rows), (0, 0));
        assert!(
            look(&vault.rig.database, &vault.rig, &story).await == seen,
            "step {step}"
        );
        assert!(
            look(&vault.stranger(), &vault.rig, &story).await == seen,
            "step {step}"
        );
    }
    let last = vault.archive().await;
    assert_eq!(
        last.archived_position,
        vault.rig.log.last_position().await.expect("read")
    );
    let streams = vault
        .rig
        .count("SELECT count(*) FROM (SELECT DISTINCT aggregate_id FROM events) s")
        .await;
    assert_eq!(
        rows(&vault.rig).await,
        streams,
        "each stream's last event, and no other"
    );
    assert_eq!(streams, i64::try_from(story.streams.len()).expect("small"));
    let checked = check_archive(&vault.stranger(), |_, _| {})
        .await
        .expect("checked");
    assert_eq!(
        (checked.bundles, checked.findings, checked.spare_objects),
        (5, Vec::new(), 0)
    );
    story.go_on(&vault.rig, 5).await;
    let seen = look(&vault.rig.database, &vault.rig, &story).await;
    assert!(
        look(&vault.stranger(), &vault.rig, &story).await == seen,
        "appends go on"
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_stream_that_is_archived_goes_on_and_is_loaded_from_its_bundle_once(pool: PgPool) {
    let vault = Vault::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    vault
        .rig
        .appender
        .append(counting(tenant, id, 0, 7))
        .await
        .expect("appended");
    seal(&vault.rig).await;
    vault.archive().await;
    let stale = vault.rig.appender.append(counting(tenant, id, 6, 1)).await;
    assert!(stale.is_err(), "its last event is still there to compare with");
    vault
        .rig
        .appender
        .append(counting(tenant, id, 7, 2))
        .await
        .expect("appended");
    assert_eq!(
        vault
            .rig
            .store
            .load::<Counter>(tenant, id)
            .await
            .expect("loaded")
            .aggregate
            .sum,
        9
    );
    std::fs::remove_file(&vault.files()[0]).expect("removed");
    let store = EventStore::new(vault.stranger());
    let loaded = store
        .load::<Counter>(tenant, id)
        .await
        .expect("from its snapshot");
    assert_eq!((loaded.aggregate.sum, loaded.sequence), (9, 9));
    assert!(matches!(
        store.stream(tenant, Counter::TYPE, id, 0).await,
        Err(LoadError::Archive(BundleError::Damaged {
            first: 1,
            last: 7,
            ..
        }))
    ));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn what_is_of_others_never_comes_out_of_a_bundle(pool: PgPool) {
    let vault = Vault::new(pool);
    let mut story = Story::new();
    story.go_on(&vault.rig, 30).await;
    vault.archive().await;
    let database = vault.stranger();
    let (log, store) = (Log::new(database.clone()), EventStore::new(database.clone()));
    for (owner, id) in &story.streams {
        for tenant in story
            .tenants
            .into_iter()
            .chain([new_tenant()])
            .filter(|tenant| tenant != owner)
        {
            let seen = store.stream(tenant, Counter::TYPE, *id, 0).await.expect("read");
            assert_eq!(seen, [], "another tenant's stream looks as if it did not exist");
            let filter = EventFilter {
                aggregate_id: Some(id.to_string()),
                ..EventFilter::default()
            };
            assert_eq!(
                log.tenant_events(tenant, 0, 100, &filter).await.expect("read"),
                []
            );
        }
    }
    assert_eq!(pages(&log, new_tenant(), 10, &EventFilter::default()).await, []);
    let mut transaction = database.begin_tenant(story.tenants[0]).await.expect("begun");
    for table in ["archived_tenants", "archived_streams"] {
        let count = format!("SELECT count(*) FILTER (WHERE tenant_id <> $1), count(*) FROM {table}");
        let (others, own): (i64, i64) = sqlx::query_as(&count)
            .bind(story.tenants[0].as_uuid())
            .fetch_one(&mut *transaction)
            .await
            .expect("read");
        assert!(others == 0 && own > 0, "{table}");
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn nothing_else_can_be_removed(pool: PgPool) {
    let vault = Vault::new(pool);
    let (tenant, id) = (new_tenant(), new_id());
    let owner = &vault.rig.owner;
    vault
        .rig
        .appender
        .append(counting(tenant, id, 0, 4))
        .await
        .expect("appended");
    vault
        .rig
        .appender
        .append(counting(tenant, new_id(), 0, 2))
        .await
        .expect("appended");
    seal(&vault.rig).await;
    let registered = "INSERT INTO archived_ranges VALUES (1, 4, 'a', 1, '', now()); \
                      INSERT INTO archived_blocks VALUES (1, 4, 1, 0, 1, '', now(), now());";
    let name: String = sqlx::query_scalar("SELECT current_user")
        .fetch_one(owner)
        .await
        .expect("a name");
    for (role, statement) in [
        (
            "vault_archiver",
            format!("{registered} DELETE FROM events WHERE position < 4"),
        ),
        (
            "vault_archiver",
            format!(
                "{registered} SELECT remove_archived_range(1, now()); DELETE FROM events WHERE position = 4"
            ),
        ),
        (
            "vault_archiver",
            format!(
                "{registered} SELECT remove_archived_range(1, now()); DELETE FROM events WHERE position = 5"
            ),
        ),
        (
            "vault_archiver",
            format!("{registered} DELETE FROM archived_ranges"),
        ),
        (
            "vault_archiver",
            format!("{registered} UPDATE archived_ranges SET sha256 = 'b'"),
        ),
        (
            "vault_archiver",
            format!("{registered} UPDATE archived_blocks SET sha256 = 'b'"),
        ),
        (
            &name,
            format!("{registered} SELECT remove_archived_range(1, now())"),
        ),
        (
            &name,
            format!("{registered} UPDATE archived_ranges SET object_name = 'b'"),
        ),
        (
            &name,
            format!(
                "{registered} TRUNCATE archived_ranges, archived_blocks, archived_tenants, archived_streams"
            ),
        ),
        ("vault_writer", registered.to_owned()),
        (
            "vault_writer",
            "SELECT remove_archived_range(1, now())".to_owned(),
        ),
        (
            "vault_reader",
            "SELECT remove_archived_range(1, now())".to_owned(),
        ),
        ("vault_writer", "DELETE FROM events WHERE position = 1".to_owned()),
    ] {
        assert_eq!(
            refused(owner, role, &statement).await.as_deref(),
            Some("42501"),
            "{role}: {statement}"
        );
    }
    for (range, why) in [
        ((2, 4), "it does not begin where the archive ends"),
        ((1, 7), "it is not sealed"),
    ] {
        let (first, last) = range;
        let insert = format!("INSERT INTO archived_ranges VALUES ({first}, {last}, 'a', 1, '', now())");
        assert_eq!(
            refused(owner, "vault_archiver", &insert).await.as_deref(),
            Some("23514"),
            "{why}"
        );
    }
    assert_eq!(
        refused(
            owner,
            "vault_archiver",
            &format!("{registered} SELECT remove_archived_range(1, now())")
        )
        .await,
        None
    );
    assert_eq!(rows(&vault.rig).await, 6, "all of that was rolled back");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn what_is_young_or_not_sealed_or_fills_no_bundle_waits(pool: PgPool) {
    let vault = Vault::new(pool);
    vault
        .rig
        .appender
        .append(counting(new_tenant(), new_id(), 0, 5))
        .await
        .expect("appended");
    let unsealed = vault.archive().await;
    assert_eq!(unsealed.archived_position, 0, "nothing is signed");
    seal(&vault.rig).await;
    let full = ArchivePlan {
        closing: Closing::Full,
        ..everything()
    };
    let waiting = vault.run(vault.stranger(), full).await.expect("run");
    assert_eq!(waiting.archived_position, 0, "a bundle has more events");
    let mut young = archiver(vault.stranger()).await;
    young.clock = Arc::new(TickingClock::ahead_by(TimeDelta::seconds(10)));
    let waiting = young
        .run(&everything(), |_, _| {})
        .await
        .expect("run")
        .expect("leads");
    assert_eq!(waiting.archived_position, 0, "an appender may yet look for it");
    let preview = archiver(vault.stranger())
        .await
        .preview(&everything())
        .await
        .expect("read");
    assert_eq!(
        (preview.bundles, preview.events, preview.archived_position),
        (1, 5, 5)
    );
    assert_eq!(vault.archive().await.archived_position, 5);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn large_logs_go_into_several_bundles_and_read_the_same(pool: PgPool) {
    let vault = Vault::new(pool);
    let (tenant, other) = (new_tenant(), new_tenant());
    for _ in 0..7 {
        vault
            .rig
            .appender
            .append(counting(tenant, new_id(), 0, 3_000))
            .await
            .expect("appended");
        vault
            .rig
            .appender
            .append(counting(other, new_id(), 0, 3))
            .await
            .expect("appended");
    }
    seal(&vault.rig).await;
    let before = replay_all(&vault.rig.log).await;
    let full = ArchivePlan {
        closing: Closing::Full,
        ..everything()
    };
    let done = vault.run(vault.stranger(), full).await.expect("archived");
    assert_eq!((done.bundles, done.archived_position), (2, 20_000));
    assert!(replay_all(&vault.rig.log).await == before);
    assert!(read_all(&Log::new(vault.stranger()), 2_000).await == before);
    let of_other = pages(&Log::new(vault.stranger()), other, 4, &EventFilter::default()).await;
    assert!(
        of_other
            .iter()
            .eq(before.iter().filter(|event| event.tenant_id == other))
    );
    // page by page, however deep
    let deep = vault
        .rig
        .log
        .tenant_events(tenant, 15_100, 100, &EventFilter::default())
        .await
        .expect("read");
    assert_eq!(
        deep.iter().map(|event| event.position).collect::<Vec<_>>(),
        (15_101..=15_200).collect::<Vec<_>>()
    );
}
