//! An event that cannot be applied stops the projectors that need it, and no others.

use sqlx::PgPool;
use vault_domain::{
    Actor, Aggregate, Context, EventId, Metadata, Operation, Sealed, TenantId,
    projection::{ProjectionName, ProjectionSkipped, Skip, SkipCommand},
};
use vault_event_store::{Append, StreamId};
use vault_projections::{OnDifferences, ProjectionState, pass_over, rebuild};

use crate::{
    story::{deleted, with_emails},
    support::{Rig, new_event_id, new_id},
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

/// Writes down that a projection passes over an event, as an operator does.
async fn decide_to_skip(rig: &Rig, tenant: TenantId, projection: ProjectionName, position: u64) {
    let command = SkipCommand::Skip(ProjectionSkipped {
        projection,
        position,
        reason: Sealed::from_envelope(vec![1; 60]),
    });
    let context = Context {
        now: chrono::DateTime::UNIX_EPOCH,
    };
    let events = Skip::default().decide(command, &context).expect("a decision");
    let metadata = Metadata {
        tenant_id: tenant,
        actor: Actor::System,
        operation: Operation::SkipEvent,
        correlation_id: EventId::from_uuid(new_id()),
        causation_id: None,
        approval_id: None,
        trace: None,
        client: None,
    };
    let stream = StreamId {
        aggregate_type: Skip::TYPE,
        aggregate_id: Skip::stream_id(projection, position),
    };
    let append = Append::new(stream, 0, &metadata, &events, new_event_id).expect("an append");
    rig.appender.append(append).await.expect("appended");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_projector_and_a_rebuild_pass_over_what_was_skipped_and_nothing_else(owner: PgPool) {
    let rig = Rig::new(owner);
    let told = rig
        .create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    let bad = insert(&rig, "dataset", "dataset.created", 1, r#"{"name":"in clear"}"#)
        .await
        .unsigned_abs();
    let worse = insert(&rig, "dataset", "dataset.created", 99, "{}").await;
    rig.add_records(&told, &[with_emails(1)]).await;
    let none = pass_over(ProjectionName::Datasets, &rig.database, bad).await;
    assert!(none.is_err(), "there is no checkpoint yet");
    // the crash came after the decision: nobody has moved the checkpoint
    decide_to_skip(&rig, told.tenant, ProjectionName::Datasets, bad).await;
    rig.start_core();
    let stopped = rig
        .until("datasets", |state| state.stopped_position.is_some())
        .await;
    assert_stopped(&stopped, worse, "log");

    let worse = worse.unsigned_abs();
    assert!(
        !pass_over(ProjectionName::Datasets, &rig.database, bad)
            .await
            .expect("an answer")
    );
    decide_to_skip(&rig, told.tenant, ProjectionName::Datasets, worse).await;
    // a projector may look before the operator's command moves the checkpoint, so either does
    let _ = pass_over(ProjectionName::Datasets, &rig.database, worse)
        .await
        .expect("an answer");
    let last = rig
        .log
        .last_position()
        .await
        .expect("the last position")
        .cast_signed();
    let state = rig.until("datasets", |state| state.position == last).await;
    assert_eq!((state.stopped_position, state.lag_events), (None, 0));

    let before = rig.rows("datasets").await;
    let [datasets, ..] = rig.projections();
    let rebuilt = rebuild(datasets.as_ref(), &rig.database, OnDifferences::Keep, |_| {}).await;
    assert!(rebuilt.expect("rebuilt").comparison.is_same());
    assert_eq!(rig.rows("datasets").await, before);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_projector_that_stands_still_falls_behind_in_events_and_in_seconds(owner: PgPool) {
    let rig = Rig::new(owner);
    let told = rig
        .create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    rig.project().await;
    for table in crate::support::TABLES {
        let state = rig.state(table).await.expect("a state");
        assert_eq!(state.lag_events, 0, "{table}");
        assert!(state.lag_seconds.abs() < f64::EPSILON, "{table}");
    }
    rig.add_records(&told, &[with_emails(1)]).await;
    let head = rig
        .log
        .last_position()
        .await
        .expect("the last position")
        .cast_signed();
    let state = rig.state("records").await.expect("a state");
    assert_eq!(state.lag_events, head - state.position);
    // the events of this log are recorded in June 2026
    assert!(state.lag_seconds > 86_400.0, "{}", state.lag_seconds);
}
