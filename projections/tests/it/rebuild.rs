//! A rebuilt read model is the one that served, row by row.

use sqlx::PgPool;
use vault_projections::{
    Checkpoint, DifferenceKind, OnDifferences, Projection, ProjectionError, RebuildProgress, drop_old,
    rebuild, roll_back,
};

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
        let rebuilt = rebuild(
            projection.as_ref(),
            &rig.database,
            OnDifferences::Keep,
            |progress| {
                reported.push(progress);
            },
        )
        .await
        .expect("rebuilt");
        assert!(rebuilt.comparison.is_same(), "{rebuilt:?}");
        assert_eq!(rebuilt.comparison.position, last);
        assert_eq!(rebuilt.comparison.rows, rig.rows(table).await.len() as u64);
        assert_eq!(rebuilt.switched_at, Some(last));
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
        let rebuilt = switch(&rig, projection.as_ref()).await.expect("rebuilt");
        assert!(rebuilt.switched_at.is_some());
    }
    assert_eq!(rig.all_rows().await, before);
}

async fn switch(
    rig: &Rig,
    projection: &dyn Projection,
) -> Result<vault_projections::Rebuilt, ProjectionError> {
    rebuild(projection, &rig.database, OnDifferences::Switch, |_| {}).await
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn rows_that_differ_are_named_and_go_on_serving_unless_that_is_accepted(owner: PgPool) {
    let rig = Rig::new(owner);
    tell(&rig).await;
    rig.project().await;
    let right = rig.rows("records").await;
    rig.execute(
        "UPDATE read_models.records SET record_id = '00000000-0000-0000-0000-000000000001' \
         WHERE record_id = (SELECT min(record_id::text)::uuid FROM read_models.records); \
         UPDATE read_models.records SET size_bytes = -1 \
         WHERE record_id = (SELECT max(record_id::text)::uuid FROM read_models.records)",
    )
    .await;
    let wrong = rig.rows("records").await;
    let [_, records, ..] = rig.projections();
    let rebuilt = rebuild(records.as_ref(), &rig.database, OnDifferences::Keep, |_| {})
        .await
        .expect("rebuilt");
    assert_eq!(rebuilt.switched_at, None);
    let found = &rebuilt.comparison;
    assert_eq!(
        (found.missing, found.extra, found.changed),
        (1, 1, 1),
        "{found:?}"
    );
    let missing = found
        .examples
        .iter()
        .find(|row| row.kind == DifferenceKind::Missing)
        .expect("named");
    assert!(
        missing.key.ends_with("/00000000-0000-0000-0000-000000000001"),
        "{missing:?}"
    );
    assert_eq!(rig.rows("records").await, wrong, "the old rows serve");
    let left: bool = sqlx::query_scalar("SELECT to_regclass('read_models_next.records') IS NOT NULL")
        .fetch_one(&rig.owner)
        .await
        .expect("an answer");
    assert!(!left, "the copy is thrown away");

    assert!(
        switch(&rig, records.as_ref())
            .await
            .expect("rebuilt")
            .switched_at
            .is_some()
    );
    assert_eq!(rig.rows("records").await, right);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_rollback_brings_the_old_copy_up_and_switches_back_and_forth(owner: PgPool) {
    let rig = Rig::new(owner);
    let datasets = tell(&rig).await;
    rig.project().await;
    let [_, records, ..] = rig.projections();
    let nothing = roll_back(records.as_ref(), &rig.database, |_| {}).await;
    assert!(matches!(nothing, Err(ProjectionError::NothingKept)));
    assert!(
        !drop_old(records.as_ref(), &rig.database)
            .await
            .expect("an answer")
    );

    rig.execute("UPDATE read_models.records SET size_bytes = size_bytes + 1")
        .await;
    let marked = rig.rows("records").await;
    switch(&rig, records.as_ref()).await.expect("rebuilt");
    assert_ne!(rig.rows("records").await, marked);
    rig.add_records(&datasets[0], &[with_emails(1)]).await;
    rig.project().await;
    let fresh = rig.rows("records").await;
    let state = rig.state("records").await.expect("a state");
    assert!(state.kept_position.is_some_and(|kept| kept < state.position));

    let last = rig.log.last_position().await.expect("the last position");
    let back = roll_back(records.as_ref(), &rig.database, |_| {}).await;
    assert_eq!(back.expect("rolled back"), last);
    let rows = rig.rows("records").await;
    assert_eq!(rows.len(), marked.len() + 1, "the old copy with what came later");
    assert!(marked.iter().all(|row| rows.contains(row)));
    roll_back(records.as_ref(), &rig.database, |_| {})
        .await
        .expect("and again");
    assert_eq!(rig.rows("records").await, fresh);

    assert!(drop_old(records.as_ref(), &rig.database).await.expect("dropped"));
    let state = rig.state("records").await.expect("a state");
    assert_eq!((state.kept_position, state.kept_since), (None, None));
    let nothing = roll_back(records.as_ref(), &rig.database, |_| {}).await;
    assert!(matches!(nothing, Err(ProjectionError::NothingKept)));
    assert_eq!(rig.rows("records").await, fresh);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_reader_that_began_before_the_switch_reads_one_copy_to_its_end(owner: PgPool) {
    let rig = Rig::new(owner);
    let datasets = tell(&rig).await;
    rig.project().await;
    rig.execute("DELETE FROM read_models.records").await;
    let [_, records, ..] = rig.projections();
    let mut reader = rig
        .database
        .begin_tenant(datasets[0].tenant)
        .await
        .expect("a transaction");
    let count = "SELECT count(*) FROM read_models.records";
    let first: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut *reader)
        .await
        .expect("a count");
    let database = rig.database.clone();
    let rebuilding =
        tokio::spawn(
            async move { rebuild(records.as_ref(), &database, OnDifferences::Switch, |_| {}).await },
        );
    let waits = "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'records' \
                 AND NOT l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
    let asked = async {
        while !sqlx::query_scalar::<_, bool>(waits)
            .fetch_one(&rig.owner)
            .await
            .expect("an answer")
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asked)
        .await
        .expect("the switch waits for the reader");
    let second: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut *reader)
        .await
        .expect("a count");
    assert_eq!((first, second), (0, 0), "the same copy");
    assert!(!rebuilding.is_finished());
    reader.commit().await.expect("committed");
    rebuilding.await.expect("the task").expect("rebuilt");
    let mut reader = rig
        .database
        .begin_tenant(datasets[0].tenant)
        .await
        .expect("a transaction");
    let now: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut *reader)
        .await
        .expect("a count");
    assert!(now > 0);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn what_tells_others_of_events_is_not_moved_by_a_rebuild(owner: PgPool) {
    let rig = Rig::new(owner);
    tell(&rig).await;
    rig.project().await;
    let publisher = Checkpoint::new("publisher");
    assert_eq!(publisher.load(&rig.database.writer).await.expect("made"), 0);
    let mut connection = rig.database.writer.acquire().await.expect("a connection");
    publisher.advance(&mut connection, 3).await.expect("moved");
    for projection in rig.projections() {
        switch(&rig, projection.as_ref()).await.expect("rebuilt");
        roll_back(projection.as_ref(), &rig.database, |_| {})
            .await
            .expect("rolled back");
    }
    publisher.advance(&mut connection, 2).await.expect("asked");
    assert_eq!(
        publisher.load(&rig.database.writer).await.expect("read"),
        3,
        "never back"
    );
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn an_empty_log_is_rebuilt_to_no_rows(owner: PgPool) {
    let rig = Rig::new(owner);
    for projection in rig.projections() {
        let rebuilt = switch(&rig, projection.as_ref()).await;
        assert_eq!(rebuilt.expect("rebuilt").switched_at, Some(0));
    }
    assert_eq!(rig.all_rows().await, [[""; 0]; TABLES.len()]);
}

async fn rebuild_again_and_again(rig: &Rig, projection: &dyn Projection) {
    for _ in 0..3 {
        let rebuilt = rebuild(projection, &rig.database, OnDifferences::Keep, |_| {})
            .await
            .expect("rebuilt");
        assert!(rebuilt.comparison.is_same(), "{rebuilt:?}");
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
    let [first, second, third, _] = rig.projections();
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
    let bad = crate::poison::insert(&rig, "dataset", "dataset.created", 1, r#"{"name":"in clear"}"#).await;
    let [datasets, ..] = rig.projections();
    // the old copy stands before the event: the new one need not come to it
    let rebuilt = switch(&rig, datasets.as_ref()).await.expect("rebuilt");
    assert_eq!(rebuilt.switched_at, Some(state.position.unsigned_abs()));
    rig.execute(&format!(
        "UPDATE projection_checkpoints SET position = {bad} WHERE projection = 'datasets'"
    ))
    .await;
    let error = switch(&rig, datasets.as_ref()).await.expect_err("a poisoned log");
    assert!(error.is_poison());
    assert!(error.to_string().contains(&format!("position {bad} ")), "{error}");
    assert_eq!(rig.all_rows().await, before);
    assert_eq!(rig.state("datasets").await.expect("a state").position, bad);
}
