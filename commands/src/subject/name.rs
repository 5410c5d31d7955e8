//! Who is meant.

use vault_domain::{SubjectId, TenantId, field, subject::Subject};
use vault_event_store::Loaded;

use crate::{error::CommandError, vault::Vault};

/// How a client names a subject.
#[derive(Debug, Clone)]
pub enum SubjectName {
    /// By the minted id.
    Id(SubjectId),
    /// By its own.
    External(String),
}

/// The subject that is meant, and its state.
///
/// # Errors
/// `SubjectNotFound`, or a fault.
pub(super) async fn load(
    vault: &Vault,
    tenant: TenantId,
    name: &SubjectName,
) -> Result<(SubjectId, Loaded<Subject>), CommandError> {
    let id = match name {
        SubjectName::Id(id) => *id,
        SubjectName::External(text) => {
            let names = vault.keys.tenant_lookup(tenant).await?;
            let hash = names.hash(field::SUBJECT_NAME, text.as_bytes());
            let found = vault.subjects.named(tenant, &[hash]).await;
            let found = found.map_err(|error| CommandError::Load(error.into()))?;
            found.get(&hash).copied().ok_or(CommandError::SubjectNotFound)?
        }
    };
    let loaded = vault.store.load::<Subject>(tenant, id.as_uuid()).await?;
    if !loaded.aggregate.is_known() {
        return Err(CommandError::SubjectNotFound);
    }
    Ok((id, loaded))
}
