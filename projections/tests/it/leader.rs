//! One instance of a projector is active, and rows move with the checkpoint.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use sqlx::{PgConnection, PgPool};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use vault_event_store::StoredEvent;
use vault_projections::{DatasetStatsProjection, Projection, ProjectionError, ReadModels};

use crate::{
    story::{Sketch, with_emails},
    support::{PATIENCE, Rig},
};

/// Stats, and a word to the test whenever a batch was applied.
struct Telling {
    who: &'static str,
    tell: mpsc::UnboundedSender<&'static str>,
}

#[async_trait]
impl Projection for Telling {
    fn name(&self) -> &'static str {
        DatasetStatsProjection.name()
    }

    async fn apply(
        &self,
        events: &[StoredEvent],
        connection: &mut PgConnection,
    ) -> Result<(), ProjectionError> {
        DatasetStatsProjection.apply(events, connection).await?;
        // the test may have ended
        let _ = self.tell.send(self.who);
        Ok(())
    }
}

/// Stats that fail after they were written, so many times.
struct Failing {
    failures: AtomicUsize,
    tell: mpsc::UnboundedSender<()>,
}

#[async_trait]
impl Projection for Failing {
    fn name(&self) -> &'static str {
        DatasetStatsProjection.name()
    }

    async fn apply(
        &self,
        events: &[StoredEvent],
        connection: &mut PgConnection,
    ) -> Result<(), ProjectionError> {
        DatasetStatsProjection.apply(events, connection).await?;
        let again = |left: usize| left.checked_sub(1);
        if self
            .failures
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, again)
            .is_ok()
        {
            let _ = self.tell.send(());
            return Err(sqlx::Error::PoolTimedOut.into());
        }
        Ok(())
    }
}

async fn heard<T>(from: &mut mpsc::UnboundedReceiver<T>) -> T {
    tokio::time::timeout(PATIENCE, from.recv())
        .await
        .expect("nothing was heard")
        .expect("a projector lives")
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn one_instance_leads_and_the_other_takes_over_when_it_is_gone(owner: PgPool) {
    let rig = Rig::new(owner);
    let (tell, mut hear) = mpsc::unbounded_channel();
    let (read_models, stop) = (ReadModels::default(), CancellationToken::new());
    let start = |who| {
        rig.start(
            Arc::new(Telling {
                who,
                tell: tell.clone(),
            }),
            &read_models,
            &stop,
        )
    };
    let told = rig
        .create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;

    let first = start("first");
    assert_eq!(heard(&mut hear).await, "first");
    let _second = start("second");
    for _ in 0..20 {
        rig.add_records(&told, &[with_emails(1)]).await;
    }
    let last = rig
        .log
        .last_position()
        .await
        .expect("the last position")
        .cast_signed();
    rig.until("dataset_stats", |state| state.position == last).await;
    while let Ok(who) = hear.try_recv() {
        assert_eq!(who, "first");
    }

    first.abort();
    assert!(first.await.is_err_and(|ended| ended.is_cancelled()));
    rig.add_records(&told, &[Sketch::default()]).await;
    assert_eq!(heard(&mut hear).await, "second");
    let last = rig
        .log
        .last_position()
        .await
        .expect("the last position")
        .cast_signed();
    rig.until("dataset_stats", |state| state.position == last).await;
    let counted: i64 = sqlx::query_scalar("SELECT record_count FROM read_models.dataset_stats")
        .fetch_one(&rig.owner)
        .await
        .expect("a row");
    assert_eq!(counted, 21);
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn a_batch_that_fails_leaves_neither_rows_nor_checkpoint_and_is_tried_again(owner: PgPool) {
    let rig = Rig::new(owner);
    let told = rig
        .create_dataset(rig.create_tenant().await, "Chats", |_, _| {})
        .await;
    rig.add_records(&told, &[with_emails(1), Sketch::default()]).await;
    let (tell, mut hear) = mpsc::unbounded_channel();
    let (read_models, stop) = (ReadModels::default(), CancellationToken::new());
    let task = rig.start(
        Arc::new(Failing {
            failures: AtomicUsize::new(usize::MAX),
            tell,
        }),
        &read_models,
        &stop,
    );
    // the second failure comes after the first batch's transaction has ended
    for _ in 0..2 {
        heard(&mut hear).await;
    }
    assert_eq!(rig.rows("dataset_stats").await, [""; 0]);
    let state = rig.state("dataset_stats").await.expect("a state");
    assert_eq!((state.position, state.stopped_position), (0, None));
    stop.cancel();
    task.await.expect("the projector's task");

    let (tell, _hear) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    rig.start(
        Arc::new(Failing {
            failures: AtomicUsize::new(1),
            tell,
        }),
        &read_models,
        &stop,
    );
    let last = rig
        .log
        .last_position()
        .await
        .expect("the last position")
        .cast_signed();
    rig.until("dataset_stats", |state| state.position == last).await;
    let counted: i64 = sqlx::query_scalar("SELECT record_count FROM read_models.dataset_stats")
        .fetch_one(&rig.owner)
        .await
        .expect("a row");
    assert_eq!(counted, 2, "once, though it was tried twice");
}
