//! A rebuilt read model is the one that served, row by row.

use sqlx::PgPool;
use vault_projections::{Projection, RebuildProgress, rebuild};

use crate::{
    story::{Sketch, tell, with_emails},
    support::{PATIENCE, Rig, TABLES},
};

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_rebuild_gives_the_rows_that_served(owner: PgPool) {
    let rig = Rig::new(owner);
    tell(&rig).await;
    rig.project().await;
    let before = rig.all_rows().await;
    let last = rig.log.last_position().await.expect("the last position");
    for (table, projection) in TABLES.into_iter().zip(rig.projections()) {
        let mut reported = Vec::new();
        let read = rebuild(projection.as_ref(), &rig.database, |progress| {
            reported.push(progress);
        })
        .await;
        assert_eq!(read.expect("rebuilt"), last);
        assert_eq!(
            reported.last(),
            Some(&RebuildProgress {
                position: last,
                head: last
            }),
            "{table}"
        );
        assert_eq!(
            rig.state(table).await.map(|state| state.position.unsigned_abs()),
            Some(last)
        );
    }
    assert_eq!(rig.all_rows().await, before);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_rebuild_repairs_rows_that_were_changed_or_lost(owner: PgPool) {
    let rig = Rig::new(owner);
    tell(&rig).await;
    rig.project().await;
    let before = rig.all_rows().await;
    rig.execute(
        "UPDATE read_models.datasets SET name = 'other'; DELETE FROM read_models.records; \
         UPDATE read_models.dataset_stats SET record_count = 0",
    )
    .await;
    for projection in rig.projections() {
        rebuild(projection.as_ref(), &rig.database, |_| {})
            .await
            .expect("rebuilt");
    }
    assert_eq!(rig.all_rows().await, before);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_empty_log_is_rebuilt_to_no_rows(owner: PgPool) {
    let rig = Rig::new(owner);
    for projection in rig.projections() {
        let read = rebuild(projection.as_ref(), &rig.database, |_| {}).await;
        assert_eq!(read.expect("rebuilt"), 0);
    }
    assert_eq!(rig.all_rows().await, [[""; 0]; 3]);
}

async fn rebuild_again_and_again(rig: &Rig, projection: &dyn Projection) {
    for _ in 0..3 {
        rebuild(projection, &rig.database, |_| {}).await.expect("rebuilt");
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_rebuild_loses_nothing_while_a_projector_runs_and_appends_go_on(owner: PgPool) {
    let rig = Rig::new(owner);
    let datasets = tell(&rig).await;
    let read_models = rig.start_core();
    let appends = async {
        for n in 0..60 {
            let dataset = &datasets[n % datasets.len()];
            rig.add_records(dataset, &[with_emails(1), Sketch::default()])
                .await;
        }
    };
    let [first, second, third] = rig.projections();
    tokio::join!(
        appends,
        rebuild_again_and_again(&rig, first.as_ref()),
        rebuild_again_and_again(&rig, second.as_ref()),
        rebuild_again_and_again(&rig, third.as_ref()),
    );
    rig.add_records(&datasets[0], &[Sketch::default()]).await;
    let last = rig.log.last_position().await.expect("the last position");
    assert!(
        read_models.wait_for(last, PATIENCE).await,
        "projectors are behind"
    );
    let found = rig.all_rows().await;
    assert_eq!(found, rig.expected_rows().await);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_rebuild_that_fails_leaves_the_rows_that_served(owner: PgPool) {
    let rig = Rig::new(owner);
    tell(&rig).await;
    rig.project().await;
    let (before, state) = (
        rig.all_rows().await,
        rig.state("datasets").await.expect("a state"),
    );
    crate::poison::insert(&rig, "dataset", "dataset.created", 1, r#"{"name":"in clear"}"#).await;
    let [datasets, ..] = rig.projections();
    let error = rebuild(datasets.as_ref(), &rig.database, |_| {})
        .await
        .expect_err("a poisoned log");
    assert!(error.is_poison());
    assert_eq!(rig.all_rows().await, before);
    assert_eq!(
        rig.state("datasets").await.expect("a state").position,
        state.position
    );
}
