//! Erasure epochs: the next begins, survivors move to it, and the key of the one before is destroyed.

use uuid::Uuid;
use vault_crypto::{KeyPurpose, Scope, WrappedDataKey};
use vault_domain::{EpochId, KeyId, Operation, TenantId, subject::SubjectCommand};
use vault_event_store::{DatabaseError, SubjectKeyRow, UnfinishedErasure};

use super::finish::tell;
use crate::{error::CommandError, vault::Vault};

/// How often it is tried again when another process begins an epoch at the same time.
const MAX_ATTEMPTS: u32 = 4;

/// What came of ending epochs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EndedEpochs {
    /// Epochs whose key was destroyed.
    pub epochs: u64,
    /// Keys of subjects that live on.
    pub moved_keys: u64,
    /// Erased subjects of which no copy can be opened any more.
    pub erased_subjects: u64,
}

/// The epoch whose key wraps what is new; the first use begins one.
pub(super) async fn open_epoch(vault: &Vault) -> Result<EpochId, CommandError> {
    for _ in 0..MAX_ATTEMPTS {
        if let Some(open) = vault.key_rows.open_epoch().await.map_err(database)? {
            return Ok(open.id());
        }
        begin(vault, None).await?;
    }
    Err(CommandError::Contended)
}

/// Begins the next epoch; what is new is wrapped with its key from now on.
///
/// # Errors
/// When the key cannot be made, or the database is away.
pub async fn turn_epoch(vault: &Vault) -> Result<(), CommandError> {
    let open = vault.key_rows.open_epoch().await.map_err(database)?;
    // nothing was ever wrapped
    let Some(open) = open else { return Ok(()) };
    begin(vault, Some(open.id())).await
}

/// The key comes before the row that names it: a crash leaves a key that wraps nothing.
async fn begin(vault: &Vault, seen: Option<EpochId>) -> Result<(), CommandError> {
    let next = EpochId::from_uuid(vault.ids.next());
    let keeper = vault.keys.epoch_keeper();
    keeper.create(next).await.map_err(key)?;
    let begun = vault.key_rows.turn_epoch(seen, next, vault.clock.now()).await;
    if !begun.map_err(database)? {
        // another process was first
        keeper.destroy(next).await.map_err(key)?;
    }
    Ok(())
}

/// Moves survivors from closed epochs to the open one, destroys the closed ones' keys, and says so of each erasure.
/// What a crash broke off is gone on with; several processes may do it at once.
///
/// # Errors
/// When a key cannot be had, moved or destroyed, or the database is away.
pub async fn end_closed_epochs(vault: &Vault) -> Result<EndedEpochs, CommandError> {
    let mut ended = EndedEpochs::default();
    // the oldest first: a copy of a subject that has moved may be left in every epoch before
    for epoch in vault.key_rows.closed_epochs().await.map_err(database)? {
        if epoch.ended_at.is_none() {
            // who cannot reach the key could not destroy it either
            vault.keys.epoch_keeper().open(epoch.id()).await.map_err(key)?;
            ended.moved_keys += move_survivors(vault, epoch.id()).await?;
        }
        let is_ended = vault.key_rows.end_epoch(epoch.id(), vault.clock.now()).await;
        if !is_ended.map_err(database)? {
            return Err(CommandError::Contended);
        }
        vault.keys.epoch_keeper().destroy(epoch.id()).await.map_err(key)?;
        vault.keys.forget_epoch(epoch.id());
        ended.epochs += 1;
        ended.erased_subjects += tell_ended(vault, epoch.id()).await?;
    }
    Ok(ended)
}

async fn move_survivors(vault: &Vault, from: EpochId) -> Result<u64, CommandError> {
    let mut moved = 0;
    loop {
        let page = vault.key_rows.keys_of_epoch(from).await.map_err(database)?;
        if page.is_empty() {
            return Ok(moved);
        }
        let to = open_epoch(vault).await?;
        let mut wrapped = Vec::with_capacity(page.len());
        for row in page {
            wrapped.push(move_key(vault, row, from, to).await?);
        }
        let done = vault.key_rows.move_keys(from, to, &wrapped).await;
        moved += done.map_err(database)?;
    }
}

async fn move_key(
    vault: &Vault,
    row: SubjectKeyRow,
    from: EpochId,
    to: EpochId,
) -> Result<(Uuid, KeyId, Vec<u8>), CommandError> {
    let SubjectKeyRow { tenant_id, key } = row;
    let internal = |error| CommandError::Internal(Box::new(error));
    let old = WrappedDataKey {
        tenant: TenantId::from_uuid(tenant_id),
        key_id: KeyId::from_uuid(key.key_id),
        scope: Scope::from_columns(&key.scope_type, Some(key.scope_id)).map_err(internal)?,
        generation: key.generation.unsigned_abs(),
        purpose: KeyPurpose::Content,
        wrapped: key.wrapped,
        epoch: Some(from),
        is_revoked: false,
    };
    let new = vault.keys.move_to_epoch(old, to).await?;
    Ok((tenant_id, new.key_id, new.wrapped))
}

async fn tell_ended(vault: &Vault, epoch: EpochId) -> Result<u64, CommandError> {
    let mut told = 0;
    loop {
        let page = vault.subjects.of_ended_epoch(epoch).await.map_err(database)?;
        if page.is_empty() {
            return Ok(told);
        }
        for erasure in &page {
            tell_end_of(vault, erasure).await?;
            told += 1;
        }
    }
}

async fn tell_end_of(vault: &Vault, erasure: &UnfinishedErasure) -> Result<(), CommandError> {
    let (tenant, subject) = (erasure.tenant(), erasure.subject());
    tell(
        vault,
        tenant,
        subject,
        Operation::EndEpoch,
        SubjectCommand::EndEpoch,
    )
    .await?;
    let noted = vault
        .subjects
        .finish_epoch(tenant, subject, vault.clock.now())
        .await;
    noted.map_err(database)
}

pub(super) fn database(error: DatabaseError) -> CommandError {
    CommandError::Load(error.into())
}

fn key(error: vault_crypto::EpochError) -> CommandError {
    CommandError::Key(error.into())
}
