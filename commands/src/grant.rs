//! Use cases of rights to one dataset that are given for a time.

mod change;

pub use change::{GrantInput, give, revoke};

use vault_crypto::{KeyRing, Label, Scope, SealContext, envelope};
use vault_domain::{GrantId, Sealed, TenantId, field};

use crate::error::CommandError;

async fn open(
    keys: &KeyRing,
    tenant: TenantId,
    id: GrantId,
    reason: &Sealed,
) -> Result<String, CommandError> {
    let key = keys
        .upkeep_key(tenant, envelope::key_id(reason.envelope())?)
        .await?;
    let opened = key.open_value(&context(tenant, id), reason)?;
    Ok(String::from_utf8_lossy(&opened).into_owned())
}

const fn context(tenant: TenantId, id: GrantId) -> SealContext {
    SealContext {
        tenant,
        scope: Scope::Tenant,
        label: Label::FieldOf(field::GRANT_REASON, id.as_uuid()),
    }
}
