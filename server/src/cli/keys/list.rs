//! `vault-server keys list`

use std::fmt::Write;

use serde_json::json;
use vault_domain::TenantId;
use vault_event_store::KeyRows;

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
        for key in rows.inventory(TenantId::from_uuid(tenant)).await? {
            writeln!(
                text,
                "{} {}: key {} of generation {} sealed {} contents",
                key.scope_type, key.scope_id, key.key_id, key.generation, key.contents
            )?;
            keys.push(json!({
                "id": key.key_id, "scope_type": key.scope_type, "scope_id": key.scope_id,
                "generation": key.generation, "contents": key.contents,
            }));
        }
    }
    let json = match args.tenant {
        None => json!({ "root_keys": roots }),
        Some(tenant) => json!({ "root_keys": roots, "tenant": tenant, "keys": keys }),
    };
    Ok(Report { text, json })
}
