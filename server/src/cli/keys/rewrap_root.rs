//! `vault-server keys rewrap-root`

use serde_json::json;
use vault_commands::key::{rewrap_system_key, rewrap_tenant_key};
use vault_domain::KeyId;
use vault_event_store::KeyRows;

use super::Report;
use crate::{cli::progress, parts::Parts, service_key::context};

/// What is done stays done: after a break, the same command goes on with the rest.
pub(super) async fn rewrap_root(parts: &Parts) -> anyhow::Result<Report> {
    let rows = KeyRows::new(parts.database().clone());
    let kms = &*parts.kms;
    // a root key may be configured by an alias: what it wraps has its full name
    let probe = kms
        .generate(&context(KeyId::from_uuid(parts.ids.next())))
        .await?
        .wrapped;
    let (provider, root_key) = (probe.provider.as_str(), probe.kms_key.as_str());
    let wrapped = rows.root_keys().await?;
    let elsewhere = wrapped
        .iter()
        .filter(|(by, name, _)| (by.as_str(), name.as_str()) != (provider, root_key));
    let progress = progress::of_items("keys");
    progress.set_length(elsewhere.map(|(_, _, keys)| keys.unsigned_abs()).sum());
    let mut rewrapped = 0_u64;
    for key in rows.system_keys_elsewhere(provider, root_key).await? {
        rewrap_system_key(kms, &rows, &key).await?;
        rewrapped += 1;
    }
    let mut after = None;
    loop {
        let page = rows.tenant_keys_elsewhere(provider, root_key, after).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.tenant_id, last.key_id));
        for key in &page {
            rewrap_tenant_key(&parts.vault, kms, &rows, key).await?;
            rewrapped += 1;
            progress.set_position(rewrapped);
        }
    }
    progress.finish_and_clear();
    Ok(Report {
        text: format!("{rewrapped} keys are wrapped by {root_key} now; no other root key is needed."),
        json: json!({ "rewrapped": rewrapped, "root_key": root_key }),
    })
}
