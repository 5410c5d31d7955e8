//! `vault-server keys rewrap`

use std::{fmt::Write as _, time::Duration};

use anyhow::Context as _;
use serde_json::json;
use vault_commands::key::{order_rewrap, pause_rewrap_as_operator};
use vault_domain::{KeyId, TenantId};
use vault_event_store::ContentsRewrap;

use super::{Report, RewrapArgs};
use crate::{
    cli::progress,
    parts::Parts,
    rewrapping::{RewrapSettings, work_off},
};

/// The pause between two looks at how far it is.
const LOOK_PAUSE: Duration = Duration::from_millis(200);

/// What is done stays done: after a break, the same command, or any server, goes on with the rest.
pub(super) async fn rewrap(
    parts: &Parts,
    settings: RewrapSettings,
    args: &RewrapArgs,
) -> anyhow::Result<Report> {
    let (vault, tenant) = (&parts.vault, TenantId::from_uuid(args.tenant));
    let mut ordered = Vec::new();
    match args.key.map(KeyId::from_uuid) {
        Some(key) if args.pause => ordered.push(pause_rewrap_as_operator(vault, tenant, key).await?),
        Some(key) => ordered.push(order_rewrap(vault, tenant, key).await?),
        None => loop {
            let page = vault.key_rows.old_content_keys(Some(tenant)).await?;
            if page.is_empty() {
                break;
            }
            for (_, key) in page {
                ordered.push(order_rewrap(vault, tenant, KeyId::from_uuid(key)).await?);
            }
        },
    }
    if !args.pause && !args.no_wait {
        let watch = watch(parts, &mut ordered);
        tokio::select! {
            // the other one goes on when this one's work, or right to it, is over
            Err(error) = work_off(vault, parts.database(), settings) => return Err(error),
            watched = watch => watched?,
        }
    }
    Ok(report(&ordered))
}

/// Waits until none of them is running.
async fn watch(parts: &Parts, ordered: &mut [ContentsRewrap]) -> anyhow::Result<()> {
    let bar = progress::of_items("contents");
    loop {
        for rewrap in ordered.iter_mut() {
            let now = parts
                .vault
                .key_rows
                .rewrap_of(rewrap.tenant(), rewrap.key())
                .await?;
            *rewrap = now.context("the order is gone")?;
        }
        let done: i64 = ordered.iter().map(|rewrap| rewrap.contents).sum();
        bar.set_position(done.unsigned_abs());
        if !ordered.iter().any(ContentsRewrap::is_running) {
            bar.finish_and_clear();
            return Ok(());
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
}

fn report(ordered: &[ContentsRewrap]) -> Report {
    let mut text = String::new();
    let mut keys = Vec::new();
    for rewrap in ordered {
        let ContentsRewrap {
            key_id,
            state,
            contents,
            size_bytes,
            ..
        } = rewrap;
        let end = if rewrap.is_finished() {
            "; nothing is left that it sealed"
        } else {
            ""
        };
        // writing to a string does not fail
        let _ = writeln!(
            text,
            "Key {key_id}: {state}, {contents} contents of {size_bytes} bytes were sealed anew{end}."
        );
        keys.push(json!({
            "id": key_id, "dataset_id": rewrap.dataset_id, "state": state, "contents": contents,
            "size_bytes": size_bytes,
        }));
    }
    if keys.is_empty() {
        text.push_str("There is no older content key whose contents are to be sealed anew.");
    }
    Report {
        text,
        json: json!({ "keys": keys }),
    }
}
