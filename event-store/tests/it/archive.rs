//! What was archived reads as if it were in the table, and nothing but that is removed.

mod damage;
mod failing;
mod faults;
mod seen;
mod vault;

use std::sync::Arc;

use chrono::TimeDelta;
use sqlx::PgPool;
use vault_domain::Aggregate as _;
use vault_event_store::{
    EventFilter, EventStore, LoadError, Log,
    archive::{ArchivePlan, BundleError, Closing, check_archive},
};

use self::{
    seen::{look, pages, read_all, replay_all},
    vault::{Story, Vault, archiver, before, everything},
};
use crate::{
    append_only::refused,
    counter::Counter,
    support::{Rig, TickingClock, counting, new_id, new_tenant},
    tree::seal,
};

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
                resource: Some(*id),
                ..EventFilter::default()
            };
            assert_eq!(
                log.tenant_events(tenant, 0, 100, &filter)
                    .await
                    .expect("read")
                    .events,
                []
            );
        }
    }
    assert_eq!(pages(&log, new_tenant(), 10, &EventFilter::default()).await, []);
    for tenant in story.tenants {
        // a block holds events of all three
        let own = pages(&log, tenant, 10, &EventFilter::default()).await;
        assert!(!own.is_empty() && own.iter().all(|event| event.tenant_id == tenant));
    }
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
        deep.events.iter().map(|event| event.position).collect::<Vec<_>>(),
        (15_101..=15_200).collect::<Vec<_>>()
    );
}
