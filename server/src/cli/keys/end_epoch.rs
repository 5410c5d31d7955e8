//! `vault-server keys end-epoch`

use serde_json::json;
use vault_commands::subject::{finish_erasures, turn_epoch};

use super::Report;
use crate::{erasing::end_epochs, parts::Parts};

/// What is done stays done: after a break, the same command, or any server, goes on with the rest.
pub(super) async fn end_epoch(parts: &Parts) -> anyhow::Result<Report> {
    let finished = finish_erasures(&parts.vault).await?;
    turn_epoch(&parts.vault).await?;
    let ended = end_epochs(&parts.vault).await?;
    Ok(Report {
        text: format!(
            "{} epochs have ended. {} keys were moved to the next one. {} erased subjects cannot be opened any more, \
             from any copy of the database.\nMake a backup now: older ones hold no subject that can be opened.",
            ended.epochs, ended.moved_keys, ended.erased_subjects
        ),
        json: json!({
            "epochs": ended.epochs, "moved_keys": ended.moved_keys, "erased_subjects": ended.erased_subjects,
            "unfinished_erasures": finished.failed,
        }),
    })
}
