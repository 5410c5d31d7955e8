//! An approval as the log has it, to answer a write with.

use vault_crypto::envelope;
use vault_domain::{
    ApprovalId, Sealed, TenantId,
    approval::{ApprovalView, Approvals},
    field,
};

use super::context;
use crate::{error::CommandError, vault::Vault};

pub(super) async fn view(
    vault: &Vault,
    tenant: TenantId,
    id: ApprovalId,
) -> Result<ApprovalView, CommandError> {
    let loaded = vault.store.load::<Approvals>(tenant, tenant.as_uuid()).await?;
    let approval = loaded.aggregate.get(id).ok_or(CommandError::ApprovalNotFound)?;
    let reason = open(vault, tenant, field::APPROVAL_REASON, id, &approval.wish.reason).await?;
    let note = match approval.note() {
        Some(note) => Some(open(vault, tenant, field::APPROVAL_NOTE, id, note).await?),
        None => None,
    };
    Ok(ApprovalView {
        approval: approval.clone(),
        reason,
        note,
        now: vault.clock.now(),
    })
}

async fn open(
    vault: &Vault,
    tenant: TenantId,
    name: &'static str,
    id: ApprovalId,
    text: &Sealed,
) -> Result<String, CommandError> {
    let key_id = envelope::key_id(text.envelope())?;
    let key = vault.keys.upkeep_key(tenant, key_id).await?;
    let opened = key.open_value(&context(tenant, name, id), text)?;
    Ok(String::from_utf8_lossy(&opened).into_owned())
}
