//! Reading one's own writes.

use std::{sync::Arc, time::Duration};

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use vault_projections::{CORE_PROJECTIONS, DatasetStatsProjection, ReadModels, core_projections};

use crate::support::{PATIENCE, Rig, TABLES};

const IMPATIENT: Duration = Duration::from_millis(50);

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn whoever_waits_is_told_when_all_core_read_models_have_passed(owner: PgPool) {
    let rig = Rig::new(owner);
    let read_models = rig.start_core();
    let told = rig
        .create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    let last = rig.log.last_position().await.expect("the last position");
    assert!(read_models.wait_for(last, PATIENCE).await);
    let rows = rig.rows("datasets").await;
    assert!(rows.len() == 1 && rows[0].contains(&told.id.to_string()));
    assert!(
        read_models.wait_for(0, Duration::ZERO).await,
        "the past needs no patience"
    );
    assert!(
        !read_models.wait_for(last + 1, IMPATIENT).await,
        "nothing was written there"
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn one_read_model_that_stays_behind_keeps_all_waiting(owner: PgPool) {
    let rig = Rig::new(owner);
    let read_models = ReadModels::default();
    rig.create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    let last = rig.log.last_position().await.expect("the last position");
    let stop = CancellationToken::new();
    let (late, others): (Vec<_>, Vec<_>) = core_projections(&rig.opener())
        .into_iter()
        .partition(|projection| projection.name() == "dataset_stats");
    for projection in others {
        let name = projection.name();
        rig.start(projection, &read_models, &stop);
        rig.until(name, |state| state.position.unsigned_abs() == last)
            .await;
    }
    assert_eq!(late.len(), 1);
    assert!(!read_models.wait_for(last, IMPATIENT).await);
    rig.start(Arc::new(DatasetStatsProjection), &read_models, &stop);
    assert!(read_models.wait_for(last, PATIENCE).await);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn projectors_of_another_process_are_followed_by_their_checkpoints(owner: PgPool) {
    let rig = Rig::new(owner);
    let here = ReadModels::default();
    let stop = CancellationToken::new();
    let follower = tokio::spawn(here.clone().follow(rig.database.writer.clone(), stop.clone()));
    rig.start_core();
    rig.create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    let last = rig.log.last_position().await.expect("the last position");
    assert!(here.wait_for(last, PATIENCE).await);
    assert!(!here.wait_for(last + 1, IMPATIENT).await);
    stop.cancel();
    follower.await.expect("the follower's task");
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn the_core_read_models_are_known_by_their_names(owner: PgPool) {
    let rig = Rig::new(owner);
    let names: Vec<_> = core_projections(&rig.opener())
        .iter()
        .map(|projection| projection.name())
        .collect();
    assert_eq!(names, CORE_PROJECTIONS);
    assert_eq!(names, TABLES);
}
