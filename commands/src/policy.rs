//! Use cases of a tenant's own policies.

mod change;

pub use change::{PolicyInput, create, delete, replace};

use vault_crypto::{KeyRing, Label, Scope, SealContext, envelope};
use vault_domain::{PolicyId, Sealed, TenantId, field, policy::PolicyContent};

use crate::error::CommandError;

/// Opens a policy's texts.
pub(crate) async fn open(
    keys: &KeyRing,
    tenant: TenantId,
    id: PolicyId,
    content: &Sealed,
) -> Result<PolicyContent, CommandError> {
    let key = keys
        .upkeep_key(tenant, envelope::key_id(content.envelope())?)
        .await?;
    let opened = key.open_value(&context(tenant, id), content)?;
    serde_json::from_slice(&opened).map_err(|error| CommandError::Internal(Box::new(error)))
}

const fn context(tenant: TenantId, id: PolicyId) -> SealContext {
    SealContext {
        tenant,
        scope: Scope::Tenant,
        label: Label::FieldOf(field::POLICY, id.as_uuid()),
    }
}
