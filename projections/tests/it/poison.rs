//! An event that cannot be applied stops the projectors that need it, and no others.

use sqlx::PgPool;
use vault_projections::ProjectionState;

use crate::{
    story::{deleted, with_emails},
    support::{Rig, new_id},
};

/// Puts an event at the end of the log, past the appender; gives its position.
pub(crate) async fn insert(
    rig: &Rig,
    aggregate_type: &str,
    event_type: &str,
    version: u32,
    payload: &str,
) -> i64 {
    sqlx::query_scalar(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
         position, tenant_position, event_id, tenant_id, recorded_at, event_hash, leaf_hash) \
         SELECT $1, $2, 1, $3, $4, $5::json, e.metadata, e.position + 1, e.tenant_position + 1, $6, e.tenant_id, \
         e.recorded_at, e.event_hash, e.leaf_hash FROM events e ORDER BY e.position DESC LIMIT 1 RETURNING position",
    )
    .bind(aggregate_type)
    .bind(new_id().to_string())
    .bind(event_type)
    .bind(version.to_string())
    .bind(payload)
    .bind(new_id())
    .fetch_one(&rig.owner)
    .await
    .expect("inserted")
}

fn assert_stopped(state: &ProjectionState, at: i64, reason: &str) {
    assert_eq!((state.position, state.stopped_position), (at - 1, Some(at)));
    assert_eq!(state.stopped_reason.as_deref(), Some(reason));
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_dataset_event_that_cannot_be_decoded_stops_datasets_alone(owner: PgPool) {
    let rig = Rig::new(owner);
    let mut told = rig
        .create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    let bad = insert(&rig, "dataset", "dataset.created", 1, r#"{"name":"in clear"}"#).await;
    rig.add_records(&told, &[with_emails(1)]).await;
    let last = rig.change(&mut told, deleted()).await.cast_signed();
    assert!(last > bad);
    rig.start_core();

    let stopped = rig
        .until("datasets", |state| state.stopped_position.is_some())
        .await;
    assert_stopped(&stopped, bad, "log");
    for other in ["records", "dataset_stats"] {
        let state = rig.until(other, |state| state.position == last).await;
        assert_eq!(
            (state.stopped_position, state.stopped_reason),
            (None, None),
            "{other}"
        );
    }
    // what came before the bad event in the same batch is applied, what came after is not
    let status: Vec<String> = sqlx::query_scalar("SELECT status FROM read_models.datasets")
        .fetch_all(&rig.owner)
        .await
        .expect("rows");
    assert_eq!(status, ["active"]);
    assert_eq!(rig.rows("records").await.len(), 1);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_unknown_version_and_a_value_that_does_not_open_stop_a_projector_too(owner: PgPool) {
    let rig = Rig::new(owner);
    let told = rig
        .create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    let unsealed = format!(
        r#"{{"dataset_id":"{}","records":[{{"record_id":"{}","content":"{}","size_bytes":1,"metadata":{{"$sealed":"AQID"}}}}]}}"#,
        told.id,
        new_id(),
        "00".repeat(32)
    );
    let garbled = insert(&rig, "record_batch", "records.added", 1, &unsealed).await;
    let from_tomorrow = insert(&rig, "record_batch", "records.added", 99, "{}").await;
    rig.start_core();
    let records = rig
        .until("records", |state| state.stopped_position.is_some())
        .await;
    assert_stopped(&records, garbled, "sealed");
    let stats = rig
        .until("dataset_stats", |state| state.stopped_position.is_some())
        .await;
    assert_stopped(&stats, from_tomorrow, "log");
    let datasets = rig
        .until("datasets", |state| state.position == from_tomorrow)
        .await;
    assert_eq!(datasets.stopped_position, None);
}
