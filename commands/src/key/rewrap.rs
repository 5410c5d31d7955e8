//! Wrapping by the present root key what an earlier one wrapped. The keys themselves stay.

use vault_crypto::{EncryptionContext, Kms, WrappedKey};
use vault_domain::{
    Aggregate, KeyId, Operation, TenantId,
    key::{KeyCommand, KeyRewrapped, Keys, RootKeyHolder},
};
use vault_event_store::{AppendError, KeyRows, RootWrapped, StreamId};

use crate::{dataset::encode, error::CommandError, request::context, tenant::system_metadata, vault::Vault};

/// How often it is tried again when others write to the same stream.
const MAX_ATTEMPTS: u32 = 8;

/// What came of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewrapped {
    /// The present root key wraps it.
    Now,
    /// Somebody else did it meanwhile.
    Meanwhile,
}

/// Wraps a tenant key anew. Its event comes first: a crash leaves a key that is done again, and none without an event.
///
/// # Errors
/// When the KMS is away or refuses, or a fault.
pub async fn rewrap_tenant_key(
    vault: &Vault,
    kms: &dyn Kms,
    rows: &KeyRows,
    old: &RootWrapped,
) -> Result<Rewrapped, CommandError> {
    let new = wrapped_anew(kms, old).await?;
    let tenant = TenantId::from_uuid(old.tenant_id);
    let fact = KeyRewrapped {
        key_id: KeyId::from_uuid(old.key_id),
        from: holder(&old.kms_provider),
        to: holder(&new.kms_provider),
    };
    tell(vault, tenant, fact).await?;
    replace(rows, old, &new).await
}

/// Wraps the service key, or a seed of the log, anew; it is no tenant's, and stands in no tenant's log.
///
/// # Errors
/// As [`rewrap_tenant_key`].
pub async fn rewrap_system_key(
    kms: &dyn Kms,
    rows: &KeyRows,
    old: &RootWrapped,
) -> Result<Rewrapped, CommandError> {
    let new = wrapped_anew(kms, old).await?;
    replace(rows, old, &new).await
}

async fn wrapped_anew(kms: &dyn Kms, old: &RootWrapped) -> Result<RootWrapped, CommandError> {
    let wrapped = WrappedKey {
        provider: old.kms_provider.clone(),
        kms_key: old.kms_key.clone(),
        bytes: old.wrapped.clone(),
    };
    let context = EncryptionContext {
        tenant: TenantId::from_uuid(old.tenant_id),
        key_id: KeyId::from_uuid(old.key_id),
    };
    let new = kms
        .rewrap(&wrapped, &context)
        .await
        .map_err(|error| CommandError::Key(error.into()))?;
    Ok(RootWrapped {
        kms_provider: new.provider,
        kms_key: new.kms_key,
        wrapped: new.bytes,
        ..*old
    })
}

async fn replace(rows: &KeyRows, old: &RootWrapped, new: &RootWrapped) -> Result<Rewrapped, CommandError> {
    let replaced = rows.replace_wrapping(old, new).await;
    let replaced = replaced.map_err(|error| CommandError::Load(error.into()))?;
    Ok(if replaced {
        Rewrapped::Now
    } else {
        Rewrapped::Meanwhile
    })
}

async fn tell(vault: &Vault, tenant: TenantId, fact: KeyRewrapped) -> Result<(), CommandError> {
    let metadata = system_metadata(vault, tenant, Operation::RewrapKeys);
    let stream = StreamId {
        aggregate_type: Keys::TYPE,
        aggregate_id: tenant.as_uuid(),
    };
    for _ in 0..MAX_ATTEMPTS {
        let loaded = vault.store.load::<Keys>(tenant, tenant.as_uuid()).await?;
        let command = KeyCommand::Rewrap(fact.clone());
        let events = loaded
            .aggregate
            .decide(command, &context(vault.clock.now()))
            .map_err(|refusal| CommandError::Internal(Box::new(refusal)))?;
        let append = encode(vault, stream, loaded.sequence, &metadata, &events)?;
        match vault.appender.append(append).await {
            Ok(_) => return Ok(()),
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::Contended)
}

fn holder(provider: &str) -> RootKeyHolder {
    match provider {
        "aws" => RootKeyHolder::Aws,
        "vault" => RootKeyHolder::Vault,
        _ => RootKeyHolder::Local,
    }
}
