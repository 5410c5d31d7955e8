//! The end of a content key that others may have: nobody gets what it sealed.

use vault_crypto::{KeyPurpose, Scope};
use vault_domain::{
    Aggregate, KeyId, Operation, TenantId,
    key::{KeyCommand, Keys},
};
use vault_event_store::{AppendError, KeyRows, StreamId};

use super::{generation::next_generation, rotate::key_scope};
use crate::{
    dataset::{encode, record_created},
    error::CommandError,
    request::context,
    tenant::system_metadata,
    vault::Vault,
};

/// How often it is tried again when others change the scope's keys.
const MAX_ATTEMPTS: u32 = 8;

/// What a revocation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevokedKey {
    /// The key.
    pub key_id: KeyId,
    /// The key that seals in its place, if it sealed until now.
    pub replacement: Option<KeyId>,
}

/// Lets a content key open nothing any more, and puts another in its place if it seals.
///
/// The event comes first, and whoever reads it marks the row: a break between the two is made good by any process.
///
/// # Errors
/// `KeyNotFound`, `KeyNotRotatable` if it seals no content, or a fault.
pub async fn revoke(
    vault: &Vault,
    rows: &KeyRows,
    tenant: TenantId,
    key_id: KeyId,
) -> Result<RevokedKey, CommandError> {
    for _ in 0..MAX_ATTEMPTS {
        match try_revoke(vault, tenant, key_id).await {
            Err(CommandError::Append(AppendError::Conflict { .. }) | CommandError::Contended) => {}
            Err(error) => return Err(error),
            Ok((scope, revoked)) => {
                let marked = rows.apply_revocations().await;
                marked.map_err(|error| CommandError::Load(error.into()))?;
                vault.keys.forget(tenant, scope);
                return Ok(revoked);
            }
        }
    }
    Err(CommandError::Contended)
}

async fn try_revoke(
    vault: &Vault,
    tenant: TenantId,
    key_id: KeyId,
) -> Result<(Scope, RevokedKey), CommandError> {
    let row = vault
        .keys
        .row(tenant, key_id)
        .await?
        .ok_or(CommandError::KeyNotFound)?;
    if row.purpose != KeyPurpose::Content {
        return Err(CommandError::KeyNotRotatable);
    }
    let scope = row.scope;
    if matches!(scope, Scope::Subject(_)) {
        return Err(CommandError::KeyNotRotatable);
    }
    let stream = scope.id().unwrap_or_else(|| tenant.as_uuid());
    let loaded = vault.store.load::<Keys>(tenant, stream).await?;
    let seals = vault.keys.newest_row(tenant, scope).await?.key_id == key_id;
    let replacement = seals.then(|| KeyId::from_uuid(vault.ids.next()));
    let command = KeyCommand::Revoke {
        scope: key_scope(scope),
        key_id,
        replacement,
    };
    let now = vault.clock.now();
    let decided = loaded.aggregate.decide(command, &context(now));
    // somebody rotated it between the two reads
    let events = decided.map_err(|_| CommandError::Contended)?;
    if events.is_empty() {
        let replacement = None;
        return Ok((scope, RevokedKey { key_id, replacement }));
    }
    let metadata = system_metadata(vault, tenant, Operation::RevokeKey);
    let stream = StreamId {
        aggregate_type: Keys::TYPE,
        aggregate_id: stream,
    };
    let mut append = encode(vault, stream, loaded.sequence, &metadata, &events)?;
    if let Some(replacement) = replacement {
        let generation = loaded.aggregate.next_generation();
        append.rows.data_keys = next_generation(vault, tenant, scope, generation, replacement).await?;
    }
    let made: Vec<_> = append
        .rows
        .data_keys
        .iter()
        .map(|row| KeyId::from_uuid(row.key_id))
        .collect();
    vault.appender.append(append).await?;
    record_created(vault, tenant, &made).await?;
    Ok((scope, RevokedKey { key_id, replacement }))
}
