//! What a hostile operator, a superuser with triggers off, changes behind the log's back is found, and named.

use sqlx::PgPool;
use vault_event_store::tree::{Entry, Finding, SealRefusal, Tree};

use crate::{
    support::{Rig, fresh, new_tenant},
    tree::{refusal, seal, sealed_log, self_audit, verify},
};

/// Runs statements as a superuser for whom no trigger fires.
pub(crate) async fn tamper(rig: &Rig, statements: &str) {
    let script = format!("BEGIN; SET LOCAL session_replication_role = replica; {statements}; COMMIT");
    sqlx::raw_sql(&script)
        .execute(&rig.owner)
        .await
        .expect("tampered");
}

/// Gives the event at a position the hashes that its content has.
async fn hash_anew(rig: &Rig, position: u64) -> [u8; 32] {
    let event = rig.log.read_after(position - 1, 1).await.expect("read").remove(0);
    let event_hash = event.computed_hash();
    let entry = Entry {
        position,
        tenant_position: event.tenant_position,
        event_hash,
    };
    let hashes = format!(
        "UPDATE events SET event_hash = '\\x{}', leaf_hash = '\\x{}' WHERE position = {position}",
        hex::encode(event_hash),
        hex::encode(entry.leaf_hash())
    );
    tamper(rig, &hashes).await;
    entry.leaf_hash()
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_altered_payload(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    tamper(
        &rig,
        "UPDATE events SET payload = '{\"by\":2}' WHERE position = 300",
    )
    .await;
    assert_eq!(
        verify(&rig, None).await.finding,
        Some(Finding::Altered { position: 300 })
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_altered_metadata_field(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    let other = "replace(metadata::text, 'records', 'accords')::json";
    tamper(
        &rig,
        &format!("UPDATE events SET metadata = {other} WHERE position = 300"),
    )
    .await;
    assert_eq!(
        verify(&rig, None).await.finding,
        Some(Finding::Altered { position: 300 })
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_payload_that_was_altered_with_its_hashes(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    tamper(
        &rig,
        "UPDATE events SET payload = '{\"by\":2}' WHERE position = 300",
    )
    .await;
    hash_anew(&rig, 300).await;
    assert_eq!(
        verify(&rig, None).await.finding,
        Some(Finding::Replaced { position: 300 })
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_payload_that_was_altered_with_its_hashes_and_the_tree(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    tamper(
        &rig,
        "UPDATE events SET payload = '{\"by\":2}' WHERE position = 300",
    )
    .await;
    let leaf = hex::encode(hash_anew(&rig, 300).await);
    let offset = (300 - 1 - 256) * 32 + 1;
    let tile = format!(
        "UPDATE log_tiles SET hashes = overlay(hashes PLACING '\\x{leaf}' FROM {offset} FOR 32) \
         WHERE level = 0 AND number = 1"
    );
    tamper(&rig, &tile).await;
    let found = verify(&rig, None).await.finding;
    let around =
        matches!(found, Some(Finding::Rewritten { after, head_size }) if after < 300 && head_size >= 300);
    assert!(around, "{found:?}");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_head_that_somebody_else_signed(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    let forged = "replace(note, (SELECT origin FROM log_origins) || E'\\n', E'elsewhere\\n')";
    tamper(
        &rig,
        &format!(
            "UPDATE log_checkpoints SET note = {forged} WHERE size = {}",
            head.size
        ),
    )
    .await;
    let found = Some(Finding::BadSignature { head_size: head.size });
    assert_eq!(verify(&rig, None).await.finding, found);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_deleted_event(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    tamper(&rig, "DELETE FROM events WHERE position = 300").await;
    assert_eq!(
        verify(&rig, None).await.finding,
        Some(Finding::Missing { position: 300 })
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn two_events_that_changed_places(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    let swap = "UPDATE events SET position = -1 WHERE position = 300; \
                UPDATE events SET position = 300 WHERE position = 301; \
                UPDATE events SET position = 301 WHERE position = -1";
    tamper(&rig, swap).await;
    assert_eq!(
        verify(&rig, None).await.finding,
        Some(Finding::Replaced { position: 300 })
    );
}

/// Inserts a copy of the last event as the next one, with hashes as they should be.
async fn insert_forged(rig: &Rig) -> u64 {
    let last = rig.log.last_position().await.expect("read");
    let insert = format!(
        "INSERT INTO events SELECT aggregate_type, aggregate_id, sequence + 1, event_type, event_version, payload, \
         metadata, position + 1, tenant_position + 1, gen_random_uuid(), tenant_id, recorded_at, event_hash, leaf_hash \
         FROM events WHERE position = {last}"
    );
    tamper(rig, &insert).await;
    hash_anew(rig, last + 1).await;
    last + 1
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_event_that_was_put_in_before_sealing_is_never_sealed(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    let position = insert_forged(&rig).await;
    assert_eq!(
        verify(&rig, None).await.finding,
        Some(Finding::Forged { position })
    );
    assert_eq!(refusal(&rig).await, Some(SealRefusal::NoBatch(position)));
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    assert_eq!(
        refusal(&rig).await,
        Some(SealRefusal::NoBatch(position)),
        "though a real one follows"
    );
    assert_eq!(
        verify(&rig, Some(head)).await.finding,
        Some(Finding::Forged { position })
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_event_that_was_put_in_with_a_batch_of_its_own_is_never_sealed(pool: PgPool) {
    let (rig, _) = sealed_log(pool).await;
    let position = insert_forged(&rig).await;
    let batch = format!("INSERT INTO event_batches VALUES ({position}, {position}, sha256('guess'), '')");
    tamper(&rig, &batch).await;
    assert_eq!(
        verify(&rig, None).await.finding,
        Some(Finding::Forged { position })
    );
    assert_eq!(refusal(&rig).await, Some(SealRefusal::Mac(position)));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_event_that_was_altered_before_sealing_is_never_sealed(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    rig.appender.append(fresh(new_tenant())).await.expect("appended");
    let position = head.size + 1;
    tamper(
        &rig,
        &format!("UPDATE events SET payload = '{{\"by\":2}}' WHERE position = {position}"),
    )
    .await;
    assert_eq!(refusal(&rig).await, Some(SealRefusal::Content(position)));
    hash_anew(&rig, position).await;
    assert_eq!(refusal(&rig).await, Some(SealRefusal::Mac(position)));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_log_that_was_cut_off(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    let last = rig
        .count("SELECT max(last_position) FROM event_batches WHERE last_position <= 500")
        .await;
    let cut = format!(
        "DELETE FROM events WHERE position > {last}; DELETE FROM event_batches WHERE last_position > {last}"
    );
    tamper(&rig, &cut).await;
    let position = last.unsigned_abs() + 1;
    let found = Some(Finding::Truncated {
        position,
        head_size: head.size,
    });
    assert_eq!(verify(&rig, None).await.finding, found);
    assert_eq!(refusal(&rig).await, Some(SealRefusal::Missing(position)));
    // whoever cuts off the signed heads too is found out by those who remember one
    tamper(&rig, &format!("DELETE FROM log_checkpoints WHERE size > {last}")).await;
    assert_eq!(verify(&rig, None).await.finding, None);
    assert_eq!(verify(&rig, Some(head)).await.finding, found);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_old_backup_that_was_put_back_and_written_on(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    let batch: i64 = rig
        .count("SELECT max(last_position) FROM event_batches WHERE last_position <= 400")
        .await;
    let first: i64 = rig.count("SELECT min(size) FROM log_checkpoints").await;
    let back = batch.min(first);
    let restore = format!(
        "DELETE FROM events WHERE position > {back}; DELETE FROM event_batches WHERE last_position > {back}; \
         DELETE FROM log_checkpoints WHERE size > {back}; \
         UPDATE log_tiles SET hashes = substring(hashes FOR 32 * ({back} % 256)) WHERE level = 0 AND number = {back} / 256; \
         DELETE FROM log_tiles WHERE level = 0 AND number > {back} / 256; \
         DELETE FROM log_tiles WHERE level = 1 AND {back} < 256"
    );
    tamper(&rig, &restore).await;
    while rig.log.last_position().await.expect("read") <= head.size {
        rig.appender.append(fresh(new_tenant())).await.expect("appended");
    }
    seal(&rig).await;
    assert_eq!(
        verify(&rig, None).await.finding,
        None,
        "it is a sound log, but another"
    );
    let after = back.unsigned_abs();
    let found = verify(&rig, Some(head)).await.finding;
    assert_eq!(
        found,
        Some(Finding::Rewritten {
            after,
            head_size: head.size
        })
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn what_the_vaults_own_audit_finds_is_kept(pool: PgPool) {
    let (rig, head) = sealed_log(pool).await;
    let tree = Tree::new(rig.database.clone());
    assert_eq!(tree.state().await.expect("read").audit, None);
    assert_eq!(self_audit(&rig).pass(None, None).await.expect("read"), Some(head));
    let state = tree.state().await.expect("read");
    assert!(state.is_sound() && state.audit.is_some_and(|audit| audit.events == head.size));

    tamper(
        &rig,
        "UPDATE events SET payload = '{\"by\":2}' WHERE position = 300",
    )
    .await;
    assert_eq!(self_audit(&rig).pass(Some(head), None).await.expect("read"), None);
    let state = tree.state().await.expect("read");
    let finding = state.audit.as_ref().and_then(|audit| audit.finding.clone());
    assert_eq!(finding.as_deref(), Some("the event at position 300 was altered"));
    assert!(!state.is_sound());
}
