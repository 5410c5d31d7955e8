//! The end of a content key that nothing needs any more.

use vault_access::{Permit, act};
use vault_crypto::{KeyPurpose, Scope, WrappedDataKey};
use vault_domain::{
    Aggregate, DatasetId, KeyId, Metadata, Operation, TenantId,
    key::{KeyCommand, KeyDestroyed, KeyRefusal, KeyScope, Keys},
};
use vault_event_store::{AppendError, KEY_NEEDED};

use super::rewrap_contents::stream_of;
use crate::{
    dataset::encode,
    error::{CommandError, KeyNeed},
    idempotency::{Repeatable, look_up},
    request::{Request, Written, context},
    tenant::system_metadata,
    vault::Vault,
};

const OK: u16 = 200;
/// How often it is tried again when others write to the same stream.
const MAX_ATTEMPTS: u32 = 8;

/// A key that is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DestroyedKey {
    /// The key.
    pub key_id: KeyId,
}

/// Destroys an older content key of a dataset, if nothing needs it: that is checked in the transaction that deletes it.
///
/// # Errors
/// `KeyNotFound`, `KeyNeeded` with the reason, or a fault.
#[tracing::instrument(name = "commands.key.destroy", skip_all)]
pub async fn destroy(
    vault: &Vault,
    permit: &Permit<act::KeyRotate>,
    request: &Request,
    key_id: KeyId,
) -> Result<Written<DestroyedKey>, CommandError> {
    let principal = permit.principal();
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if let Some(event) = before.as_ref().and_then(|events| events.first()) {
        return Ok(Written::again(DestroyedKey { key_id }, event.position));
    }
    let destruction = Destruction {
        vault,
        tenant: principal.tenant,
        metadata: request.metadata(principal, Operation::DestroyKey),
        repeatable: repeatable.as_ref(),
    };
    match destruction.run(key_id).await {
        // the same request was answered between the look-up and the append
        Err(CommandError::Append(AppendError::AnsweredBefore)) => {
            Box::pin(destroy(vault, permit, request, key_id)).await
        }
        result => result,
    }
}

/// As [`destroy`], by an operator.
///
/// # Errors
/// As [`destroy`].
pub async fn destroy_as_operator(
    vault: &Vault,
    tenant: TenantId,
    key_id: KeyId,
) -> Result<DestroyedKey, CommandError> {
    let destruction = Destruction {
        vault,
        tenant,
        metadata: system_metadata(vault, tenant, Operation::DestroyKey),
        repeatable: None,
    };
    Ok(destruction.run(key_id).await?.value)
}

struct Destruction<'a> {
    vault: &'a Vault,
    tenant: TenantId,
    metadata: Metadata,
    repeatable: Option<&'a Repeatable>,
}

impl Destruction<'_> {
    async fn run(&self, key_id: KeyId) -> Result<Written<DestroyedKey>, CommandError> {
        let Self { vault, tenant, .. } = *self;
        let row = vault.keys.row(tenant, key_id).await?;
        let dataset = self.checked(row.ok_or(CommandError::KeyNotFound)?).await?;
        let stream = stream_of(dataset);
        for _ in 0..MAX_ATTEMPTS {
            let loaded = vault.store.load::<Keys>(tenant, stream.aggregate_id).await?;
            let destroy = KeyCommand::Destroy(KeyDestroyed {
                scope: KeyScope::Dataset(dataset),
                key_ids: vec![key_id],
            });
            let decided = loaded.aggregate.decide(destroy, &context(vault.clock.now()));
            let events = match decided {
                Ok(events) if events.is_empty() => return Err(CommandError::KeyNotFound),
                Ok(events) => events,
                Err(KeyRefusal::NotRewrapped) => {
                    return Err(CommandError::KeyNeeded(KeyNeed::NotRewrapped));
                }
                Err(KeyRefusal::NotNewest | KeyRefusal::Seals) => {
                    return Err(CommandError::KeyNeeded(KeyNeed::Seals));
                }
            };
            let mut append = encode(vault, stream, loaded.sequence, &self.metadata, &events)?;
            append.rows.destroyed_key = Some(key_id);
            append.rows.idempotency = self.repeatable.map(|repeatable| repeatable.row(vault, OK));
            match vault.appender.append(append).await {
                Ok(appended) => {
                    vault.keys.forget(tenant, Scope::Dataset(dataset));
                    return Ok(Written::now(DestroyedKey { key_id }, appended));
                }
                Err(AppendError::Conflict { .. }) => {}
                // the log says that it was done, and its row does not say so yet
                Err(AppendError::Rejected { sqlstate }) if sqlstate == KEY_NEEDED => {
                    return Err(CommandError::KeyNeeded(KeyNeed::NotRewrapped));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommandError::Contended)
    }

    /// Whose key it is, unless something needs it that no sealing anew changes.
    async fn checked(&self, row: WrappedDataKey) -> Result<DatasetId, CommandError> {
        let (Scope::Dataset(dataset), KeyPurpose::Content) = (row.scope, row.purpose) else {
            return Err(CommandError::KeyNeeded(KeyNeed::NoContents));
        };
        let keys = self.vault.keys.rows(self.tenant, row.scope).await?;
        let newer =
            |key: &WrappedDataKey| key.purpose == KeyPurpose::Content && key.generation > row.generation;
        if !keys.iter().any(newer) {
            return Err(CommandError::KeyNeeded(KeyNeed::Seals));
        }
        let values_apart =
            |key: &WrappedDataKey| key.purpose == KeyPurpose::Value && key.generation <= row.generation;
        if !keys.iter().any(values_apart) {
            return Err(CommandError::KeyNeeded(KeyNeed::SealsValues));
        }
        Ok(dataset)
    }
}
