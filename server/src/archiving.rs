//! The server's own archiving: of all processes one, again and again, what is old enough and fills a bundle.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use vault_domain::Clock;
use vault_event_store::archive::{ArchivePlan, Archived, Archiver, Closing};
use vault_queries::Queries;

use crate::parts::Parts;

/// The pause between two looks at what has become old.
const PERIOD: Duration = Duration::from_mins(1);

/// What archives, trusting the keys of the log that the root key vouches for.
pub(crate) async fn archiver(queries: &Queries, clock: &Arc<dyn Clock>) -> anyhow::Result<Archiver> {
    Ok(Archiver {
        database: queries.database.clone(),
        keys: queries.log_keys.trusted().await?,
        clock: Arc::clone(clock),
    })
}

/// Starts the task.
pub(crate) fn start(parts: &Parts, after_days: u32) {
    let (queries, clock, stop) = (
        Arc::clone(&parts.queries),
        Arc::clone(&parts.clock),
        parts.stopping(),
    );
    parts.spawn(async move {
        loop {
            let turn = async {
                tell(&pass(&queries, &clock, after_days).await);
                tokio::time::sleep(PERIOD).await;
            };
            if stop.run_until_cancelled(turn).await.is_none() {
                return;
            }
        }
    });
}

async fn pass(
    queries: &Queries,
    clock: &Arc<dyn Clock>,
    after_days: u32,
) -> anyhow::Result<Option<Archived>> {
    let plan = ArchivePlan {
        before: clock.now() - TimeDelta::days(i64::from(after_days)),
        closing: Closing::Full,
    };
    Ok(archiver(queries, clock).await?.run(&plan, |_, _| {}).await?)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge need not tell positions beyond 2^52 exactly"
)]
fn tell(outcome: &anyhow::Result<Option<Archived>>) {
    metrics::gauge!("log_archive_failed").set(f64::from(u8::from(outcome.is_err())));
    match outcome {
        Ok(Some(done)) => {
            metrics::gauge!("log_archived_position").set(done.archived_position as f64);
            metrics::gauge!("log_removed_position").set(done.removed_position as f64);
            metrics::counter!("log_archived_events_total").increment(done.events);
            if done.bundles > 0 || done.removed_rows > 0 {
                tracing::info!(
                    bundles = done.bundles,
                    events = done.events,
                    removed_rows = done.removed_rows,
                    archived_position = done.archived_position,
                    "old events were archived"
                );
            }
        }
        Ok(None) => {}
        Err(error) => tracing::error!(error = format!("{error:#}"), "old events cannot be archived"),
    }
}
