//! `vault-server keys list`

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use futures::{TryStreamExt as _, pin_mut};
use serde_json::json;
use vault_crypto::Scope;
use vault_domain::{DatasetId, KeyId, TenantId};
use vault_event_store::{KeyInventory, KeyRows};
use vault_storage::{ContentPlace, Found, Rewrapped};

use super::{ListArgs, Report};
use crate::parts::Parts;

pub(super) async fn list(parts: &Parts, args: &ListArgs) -> anyhow::Result<Report> {
    let rows = KeyRows::new(parts.database().clone());
    let (mut text, mut roots) = (String::new(), Vec::new());
    for (provider, root_key, wrapped) in rows.root_keys().await? {
        // an ARN ends with the id that may stand for it
        let is_current = provider == parts.kms.provider() && root_key.ends_with(parts.kms.key_id());
        let mark = if is_current { " (configured)" } else { "" };
        writeln!(text, "{provider} {root_key} wraps {wrapped} keys{mark}")?;
        roots.push(json!({
            "provider": provider, "root_key": root_key, "wrapped": wrapped, "configured": is_current,
        }));
    }
    let mut keys = Vec::new();
    if let Some(tenant) = args.tenant {
        let tenant = TenantId::from_uuid(tenant);
        let inventory = rows.inventory(tenant).await?;
        let large = large_contents(parts, tenant, &inventory).await?;
        for key in inventory {
            let chunks = large
                .get(&KeyId::from_uuid(key.key_id))
                .copied()
                .unwrap_or_default();
            let also = if key.seals_values {
                ", and values in the log"
            } else {
                ""
            };
            writeln!(
                text,
                "{} {}: key {} of generation {} sealed {} contents of {} bytes, {} chunks of {} bytes{also}",
                key.scope_type,
                key.scope_id,
                key.key_id,
                key.generation,
                key.contents,
                key.size_bytes,
                chunks.chunks,
                chunks.size_bytes,
            )?;
            keys.push(json!({
                "id": key.key_id, "scope_type": key.scope_type, "scope_id": key.scope_id,
                "generation": key.generation, "contents": key.contents, "size_bytes": key.size_bytes,
                "chunks": chunks.chunks, "chunk_bytes": chunks.size_bytes, "seals_values": key.seals_values,
                "rewrap": key.rewrap,
            }));
        }
    }
    let json = match args.tenant {
        None => json!({ "root_keys": roots }),
        Some(tenant) => json!({ "root_keys": roots, "tenant": tenant, "keys": keys }),
    };
    Ok(Report { text, json })
}

/// What each key sealed of the datasets' large contents.
async fn large_contents(
    parts: &Parts,
    tenant: TenantId,
    inventory: &[KeyInventory],
) -> anyhow::Result<BTreeMap<KeyId, Rewrapped>> {
    let datasets: BTreeSet<_> = inventory
        .iter()
        .filter(|key| key.scope_type == "dataset")
        .map(|key| key.scope_id)
        .collect();
    let mut sealed = BTreeMap::<KeyId, Rewrapped>::new();
    for dataset in datasets {
        let place = ContentPlace {
            tenant,
            scope: Scope::Dataset(DatasetId::from_uuid(dataset)),
        };
        let contents = parts.vault.contents.inventory_of(place);
        pin_mut!(contents);
        while let Some(found) = contents.try_next().await? {
            let Found::Content(content) = found else { continue };
            for (key, chunks) in parts.vault.contents.sealed_by(&content).await? {
                let sum = sealed.entry(key).or_default();
                sum.chunks += chunks.chunks;
                sum.size_bytes += chunks.size_bytes;
            }
        }
    }
    Ok(sealed)
}
