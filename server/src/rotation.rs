//! Rotation of keys by age: of all processes that try, one is first, and the others find it done.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use vault_commands::{CommandError, Vault, key::rotate_by_age};
use vault_event_store::KeyRows;

use crate::parts::Parts;

/// The pause between two looks at what has become old.
const PERIOD: Duration = Duration::from_mins(10);
/// How many keys are looked at together.
const PAGE: i64 = 100;

/// Starts the task.
pub(crate) fn start(parts: &Parts, after_days: u32) {
    let (vault, rows) = (Arc::clone(&parts.vault), KeyRows::new(parts.database().clone()));
    let stop = parts.stopping();
    parts.spawn(async move {
        loop {
            let turn = async {
                let before = vault.clock.now() - TimeDelta::days(i64::from(after_days));
                match rotate_old(&vault, &rows, before).await {
                    Ok(0) => {}
                    Ok(rotated) => tracing::info!(rotated, "old keys were rotated"),
                    Err(error) => tracing::error!(error = format!("{error:#}"), "old keys cannot be rotated"),
                }
                tokio::time::sleep(PERIOD).await;
            };
            if stop.run_until_cancelled(turn).await.is_none() {
                return;
            }
        }
    });
}

/// Rotates every key that seals and was made before a time. One that fails keeps none of the others.
pub(crate) async fn rotate_old(vault: &Vault, rows: &KeyRows, before: DateTime<Utc>) -> anyhow::Result<u64> {
    let (mut rotated, mut after) = (0, None);
    loop {
        let page = rows.old_keys(before, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(rotated);
        };
        after = Some(*last);
        for key in &page {
            match rotate_by_age(vault, key.tenant(), key.key()).await {
                Ok(_) => {
                    rotated += 1;
                    metrics::counter!("keys_rotated_total").increment(1);
                }
                Err(CommandError::KeyNotRotatable) => {}
                Err(CommandError::Key(error)) if !error.is_outage() => {
                    tracing::error!(error = %error, key = %key.key(), "a key cannot be rotated");
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
