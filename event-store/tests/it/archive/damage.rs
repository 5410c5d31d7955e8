//! What was done to bundles and rows behind the log's back is named, and nothing doubtful is archived.

use std::path::Path;

use sqlx::PgPool;
use vault_domain::Aggregate as _;
use vault_event_store::{
    EventFilter, LoadError, Log, PageLimit,
    archive::{ArchiveError, BundleError, BundleFault, check_archive},
    tree::{Finding, Tree},
};

use super::{
    faults::{all, assert_ends_well, assert_whole, story},
    vault::everything,
};
use crate::{
    counter::Counter,
    support::{Rig, database},
    tamper::tamper,
    tree::{self_audit, verify},
};

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

fn put(file: &Path, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => std::fs::write(file, bytes).expect("written"),
        None => std::fs::remove_file(file).expect("removed"),
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_bundle_that_is_gone_or_was_changed_is_named(pool: PgPool) {
    let (vault, story, events) = story(pool).await;
    vault.archive().await;
    // the server has opened every bundle before
    assert_whole(&vault, &events).await;
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
        assert_eq!(
            self_audit(&vault.rig).pass(None, None).await.expect("audited"),
            None
        );
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

async fn whole(log: &Log) -> Result<(), LoadError> {
    let mut replay = log.replay(0, PageLimit::of_events(500));
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
