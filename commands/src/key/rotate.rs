//! A new content key for a scope: what is sealed from now on is sealed with it, what was sealed before stays readable.

use vault_access::{Permit, act};
use vault_crypto::{KeyPurpose, Scope, WrappedDataKey};
use vault_domain::{
    Aggregate, KeyId, Metadata, Operation, TenantId,
    key::{KeyCommand, KeyEvent, KeyRotated, KeyScope, Keys, RotationReason},
};
use vault_event_store::{Append, AppendError, StoredEvent, StreamId};

use super::generation::next_generation;
use crate::{
    dataset::{encode, record_created},
    error::CommandError,
    idempotency::{Repeatable, look_up},
    request::{Request, Written, context},
    tenant::system_metadata,
    vault::Vault,
};

const OK: u16 = 200;

/// What a rotation made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotatedKey {
    /// Whose key it is.
    pub scope: KeyScope,
    /// The key that seals now.
    pub key_id: KeyId,
    /// The key that sealed before.
    pub previous: KeyId,
    /// The new key's generation.
    pub generation: u32,
}

impl From<KeyRotated> for RotatedKey {
    fn from(event: KeyRotated) -> Self {
        Self {
            scope: event.scope,
            key_id: event.key_id,
            previous: event.previous,
            generation: event.generation,
        }
    }
}

/// Puts a new key in the place of the one that is named.
///
/// # Errors
/// `KeyNotFound`, `KeyNotRotatable` if it does not seal or was rotated already, or a fault.
#[tracing::instrument(name = "commands.key.rotate", skip_all)]
pub async fn rotate(
    vault: &Vault,
    permit: &Permit<act::KeyRotate>,
    request: &Request,
    key_id: KeyId,
) -> Result<Written<RotatedKey>, CommandError> {
    let principal = permit.principal();
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if let Some(event) = before.as_ref().and_then(|events| events.first()) {
        return again(event);
    }
    let rotation = Rotation {
        vault,
        tenant: principal.tenant,
        reason: RotationReason::Asked,
        metadata: request.metadata(principal, Operation::RotateKey),
        repeatable: repeatable.as_ref(),
    };
    match rotation.run(key_id).await {
        // the same request was answered between the look-up and the append
        Err(CommandError::Append(AppendError::AnsweredBefore)) => {
            Box::pin(rotate(vault, permit, request, key_id)).await
        }
        result => result,
    }
}

/// Puts a new key in the place of one that is as old as a key may become.
///
/// # Errors
/// As [`rotate`].
pub async fn rotate_by_age(
    vault: &Vault,
    tenant: TenantId,
    key_id: KeyId,
) -> Result<Written<RotatedKey>, CommandError> {
    rotate_as_system(vault, tenant, key_id, RotationReason::Age).await
}

/// Puts a new key in the place of the one that an operator names. No request reaches it.
///
/// # Errors
/// As [`rotate`].
pub async fn rotate_as_operator(
    vault: &Vault,
    tenant: TenantId,
    key_id: KeyId,
) -> Result<Written<RotatedKey>, CommandError> {
    rotate_as_system(vault, tenant, key_id, RotationReason::Asked).await
}

async fn rotate_as_system(
    vault: &Vault,
    tenant: TenantId,
    key_id: KeyId,
    reason: RotationReason,
) -> Result<Written<RotatedKey>, CommandError> {
    let rotation = Rotation {
        vault,
        tenant,
        reason,
        metadata: system_metadata(vault, tenant, Operation::RotateKey),
        repeatable: None,
    };
    rotation.run(key_id).await
}

fn again(event: &StoredEvent) -> Result<Written<RotatedKey>, CommandError> {
    match event.decode::<KeyEvent>()? {
        KeyEvent::Rotated(rotated) => Ok(Written::again(rotated.into(), event.position)),
        KeyEvent::Revoked(_)
        | KeyEvent::Rewrapped(_)
        | KeyEvent::Retired(_)
        | KeyEvent::ContentsRewrapped(_)
        | KeyEvent::Destroyed(_) => Err(CommandError::IdempotencyKeyReused),
    }
}

struct Rotation<'a> {
    vault: &'a Vault,
    tenant: TenantId,
    reason: RotationReason,
    metadata: Metadata,
    repeatable: Option<&'a Repeatable>,
}

impl Rotation<'_> {
    async fn run(&self, previous: KeyId) -> Result<Written<RotatedKey>, CommandError> {
        let Self { vault, tenant, .. } = *self;
        let scope = self.scope_of(previous).await?;
        let stream = scope.id().unwrap_or_else(|| tenant.as_uuid());
        let loaded = vault.store.load::<Keys>(tenant, stream).await?;
        let key_id = KeyId::from_uuid(vault.ids.next());
        let generation = loaded.aggregate.next_generation();
        let command = KeyCommand::Rotate {
            scope: key_scope(scope),
            previous,
            key_id,
            reason: self.reason,
        };
        let now = vault.clock.now();
        let events = loaded
            .aggregate
            .decide(command, &context(now))
            .map_err(|_| CommandError::KeyNotRotatable)?;
        let rows = next_generation(vault, tenant, scope, generation, key_id).await?;
        let made: Vec<_> = rows.iter().map(|row| KeyId::from_uuid(row.key_id)).collect();
        let stream = StreamId {
            aggregate_type: Keys::TYPE,
            aggregate_id: stream,
        };
        let mut append: Append = encode(vault, stream, loaded.sequence, &self.metadata, &events)?;
        append.rows.data_keys = rows;
        append.rows.idempotency = self.repeatable.map(|repeatable| repeatable.row(vault, OK));
        let appended = match vault.appender.append(append).await {
            // somebody rotated it between the load and the append
            Err(AppendError::Conflict { .. }) => return Err(CommandError::KeyNotRotatable),
            Err(error) => return Err(error.into()),
            Ok(appended) => appended,
        };
        vault.keys.forget(tenant, scope);
        record_created(vault, tenant, &made).await?;
        vault.rewraps.notify_one();
        let rotated = RotatedKey {
            scope: key_scope(scope),
            key_id,
            previous,
            generation,
        };
        Ok(Written::now(rotated, appended))
    }

    /// Whose newest content key it is.
    async fn scope_of(&self, key_id: KeyId) -> Result<Scope, CommandError> {
        let keys = &self.vault.keys;
        let row = keys.row(self.tenant, key_id).await?;
        let WrappedDataKey { scope, purpose, .. } = row.ok_or(CommandError::KeyNotFound)?;
        if purpose != KeyPurpose::Content {
            return Err(CommandError::KeyNotRotatable);
        }
        // it would be wrapped for no epoch; a subject's key is replaced by nothing, and destroyed by an erasure
        if matches!(scope, Scope::Subject(_)) {
            return Err(CommandError::KeyNotRotatable);
        }
        let newest = keys.newest_row(self.tenant, scope).await?;
        if newest.key_id != key_id {
            return Err(CommandError::KeyNotRotatable);
        }
        Ok(scope)
    }
}

pub(super) const fn key_scope(scope: Scope) -> KeyScope {
    match scope {
        Scope::Tenant => KeyScope::Tenant,
        Scope::Dataset(id) => KeyScope::Dataset(id),
        Scope::User(id) => KeyScope::User(id),
        Scope::Subject(id) => KeyScope::Subject(id),
    }
}
