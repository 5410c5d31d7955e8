//! The rows of a scope's next content key.

use vault_crypto::{KeyPurpose, Scope};
use vault_domain::{KeyId, TenantId};
use vault_event_store::DataKeyRow;

use crate::{dataset::key_row, error::CommandError, vault::Vault};

/// The next content key of a scope. A dataset from before values had a key of their own gets one with it: what the new
/// content key seals can be sealed anew as a whole then, and the key be destroyed.
pub(super) async fn next_generation(
    vault: &Vault,
    tenant: TenantId,
    scope: Scope,
    generation: u32,
    key_id: KeyId,
) -> Result<Vec<DataKeyRow>, CommandError> {
    let now = vault.clock.now();
    let new = vault
        .keys
        .create_content_key(tenant, scope, generation, key_id)
        .await?;
    let mut rows = vec![key_row(tenant, &new.row, now)];
    if let Scope::Dataset(dataset) = scope {
        let known = vault.keys.rows(tenant, scope).await?;
        if !known.iter().any(|row| row.purpose == KeyPurpose::Value) {
            let id = KeyId::from_uuid(vault.ids.next());
            let values = vault
                .keys
                .create_value_key(tenant, dataset, generation, id)
                .await?;
            rows.push(key_row(tenant, &values.row, now));
        }
    }
    Ok(rows)
}
