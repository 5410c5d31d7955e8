//! What follows erasures: what the keys sealed is removed, and the epoch of the keys is ended in time.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use vault_commands::{
    CommandError, Vault,
    subject::{EndedEpochs, end_closed_epochs, finish_erasures, turn_epoch},
};
use vault_event_store::{Database, Lease};

use crate::parts::Parts;

/// The pause between two looks at what is left to do; an erasure in this process is looked at at once.
const PERIOD: Duration = Duration::from_secs(5);
/// How long after the first erasure of an epoch it is ended. Certificates promise a day.
const EPOCH_LASTS: TimeDelta = TimeDelta::hours(12);
/// Keeps this lease apart from other advisory locks.
const LEASE_CLASS: i32 = 0x5652;

/// Starts the task; of all processes one at a time does it.
pub(crate) fn start(parts: &Parts) {
    let (vault, database) = (Arc::clone(&parts.vault), parts.database().clone());
    let stop = parts.stopping();
    parts.spawn(async move {
        let turns = async {
            loop {
                lead(&vault, &database).await;
                tokio::time::sleep(PERIOD).await;
            }
        };
        let _ = stop.run_until_cancelled(Box::pin(turns)).await;
    });
}

async fn lead(vault: &Vault, database: &Database) {
    let lease = match Lease::wait(database, LEASE_CLASS, "erasures").await {
        Ok(lease) => lease,
        Err(error) => {
            tracing::warn!(error = %error, "erasures are not looked at");
            return;
        }
    };
    let work = async {
        loop {
            if let Err(error) = go_on(vault).await {
                tracing::warn!(error = %error, "erasures cannot be gone on with yet");
            }
            let _ = tokio::time::timeout(PERIOD, vault.erasures.notified()).await;
        }
    };
    let _ended: Option<()> = lease.while_held(work).await;
}

/// Goes on with what is left to do.
async fn go_on(vault: &Vault) -> Result<(), CommandError> {
    let finished = finish_erasures(vault).await?;
    metrics::counter!("erasures_purged_total").increment(finished.purged);
    metrics::gauge!("erasures_unfinished").set(f64::from(u32::try_from(finished.failed).unwrap_or(u32::MAX)));
    let oldest = vault.subjects.oldest_reversible().await;
    let oldest = oldest.map_err(|error| CommandError::Load(error.into()))?;
    if oldest.is_some_and(|erased_at| vault.clock.now() - erased_at > EPOCH_LASTS) {
        turn_epoch(vault).await?;
    }
    end_epochs(vault).await?;
    Ok(())
}

/// Ends what is closed, and counts it.
pub(crate) async fn end_epochs(vault: &Vault) -> Result<EndedEpochs, CommandError> {
    let ended = end_closed_epochs(vault).await?;
    metrics::counter!("erasure_epochs_ended_total").increment(ended.epochs);
    Ok(ended)
}
