//! `vault-server keys revoke`

use serde_json::json;
use vault_commands::key::revoke;
use vault_domain::{KeyId, TenantId};
use vault_event_store::KeyRows;

use super::{Report, RevokeArgs};
use crate::parts::Parts;

pub(super) async fn revoke_key(parts: &Parts, args: &RevokeArgs) -> anyhow::Result<Report> {
    let rows = KeyRows::new(parts.database().clone());
    let (tenant, key) = (TenantId::from_uuid(args.tenant), KeyId::from_uuid(args.key));
    let revoked = revoke(&parts.vault, &rows, tenant, key).await?;
    let seals = match revoked.replacement {
        Some(replacement) => format!(" Key {replacement} seals in its place."),
        None => String::new(),
    };
    Ok(Report {
        text: format!("Key {key} was revoked: what it sealed is handed to nobody.{seals}"),
        json: json!({ "id": key, "replacement_id": revoked.replacement }),
    })
}
