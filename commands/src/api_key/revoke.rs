//! The end of an API key before its time.

use vault_access::{Permit, act};
use vault_domain::{
    Aggregate, ApiKeyId, Metadata, Operation, TenantId, UserId,
    api_key::{ApiKey, ApiKeyCommand, ApiKeyRevocation},
};
use vault_event_store::{ApiKeyRow, AppendError};

use super::{certificate::ended, own_row, stream};
use crate::{
    dataset::encode,
    error::CommandError,
    request::{Request, context},
    tenant::system_metadata,
    vault::Vault,
};

/// How often it is tried again when others change the key.
const MAX_ATTEMPTS: u32 = 8;

/// Revokes one of the caller's keys: every node refuses it within a second. One that is over stays as it is.
///
/// # Errors
/// `ApiKeyNotFound`, or a fault.
#[tracing::instrument(name = "commands.api_key.revoke", skip_all)]
pub async fn revoke(
    vault: &Vault,
    permit: &Permit<act::ApiKeyManage>,
    request: &Request,
    id: ApiKeyId,
) -> Result<(), CommandError> {
    let principal = permit.principal();
    let metadata = request.metadata(principal, Operation::RevokeApiKey);
    end(vault, &metadata, principal.user, id, ApiKeyRevocation::ByOwner).await
}

/// Revokes a key of a user of the tenant.
///
/// # Errors
/// As [`revoke`].
#[tracing::instrument(name = "commands.api_key.revoke_of", skip_all)]
pub async fn revoke_of(
    vault: &Vault,
    permit: &Permit<act::UserManage>,
    request: &Request,
    user: UserId,
    id: ApiKeyId,
) -> Result<(), CommandError> {
    let metadata = request.metadata(permit.principal(), Operation::RevokeApiKey);
    end(vault, &metadata, user, id, ApiKeyRevocation::ByAdministrator).await
}

/// Revokes a key that an operator names, such as one that was found in public. No request reaches it.
///
/// # Errors
/// As [`revoke`].
pub async fn revoke_as_operator(vault: &Vault, tenant: TenantId, id: ApiKeyId) -> Result<(), CommandError> {
    let row = vault.accounts.api_key(tenant.as_uuid(), id.as_uuid()).await;
    let row = row
        .map_err(CommandError::accounts)?
        .ok_or(CommandError::ApiKeyNotFound)?;
    let metadata = system_metadata(vault, tenant, Operation::RevokeApiKey);
    let user = UserId::from_uuid(row.user_id);
    end(vault, &metadata, user, id, ApiKeyRevocation::ByOperator).await
}

async fn end(
    vault: &Vault,
    metadata: &Metadata,
    user: UserId,
    id: ApiKeyId,
    reason: ApiKeyRevocation,
) -> Result<(), CommandError> {
    let tenant = metadata.tenant_id;
    for _ in 0..MAX_ATTEMPTS {
        let loaded = vault.store.load::<ApiKey>(tenant, id.as_uuid()).await?;
        let row = own_row(vault, tenant, user, id).await?;
        let now = vault.clock.now();
        let events = loaded
            .aggregate
            .decide(ApiKeyCommand::Revoke(reason), &context(now))?;
        if events.is_empty() {
            return Ok(());
        }
        let mut append = encode(vault, stream(id), loaded.sequence, metadata, &events)?;
        append.rows.api_keys.push(ApiKeyRow {
            is_revoked: true,
            ..ended(row, now)
        });
        match vault.appender.append(append).await {
            Ok(_) => {
                vault.tokens.forget_api_keys(&[id], &[]);
                return Ok(());
            }
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::Contended)
}
