//! Taking down that API keys have expired. Nobody gets in with one meanwhile: its row says when its time is over.

use vault_domain::{
    Aggregate, ApiKeyId, Operation, TenantId,
    api_key::{ApiKey, ApiKeyCommand},
};
use vault_event_store::{ApiKeyRow, AppendError};

use super::{certificate::ended, stream};
use crate::{dataset::encode, error::CommandError, request::context, tenant::system_metadata, vault::Vault};

/// Takes down which keys have expired, at most `limit`, and says how many. Of several processes one is first.
///
/// # Errors
/// A fault.
pub async fn expire(vault: &Vault, limit: i64) -> Result<u64, CommandError> {
    let rows = vault.accounts.expired_api_keys(vault.clock.now(), limit).await;
    let mut expired = 0;
    for row in rows.map_err(CommandError::accounts)? {
        expired += u64::from(expire_one(vault, row).await?);
    }
    Ok(expired)
}

async fn expire_one(vault: &Vault, row: ApiKeyRow) -> Result<bool, CommandError> {
    let (tenant, id) = (
        TenantId::from_uuid(row.tenant_id),
        ApiKeyId::from_uuid(row.key_id),
    );
    let loaded = vault.store.load::<ApiKey>(tenant, row.key_id).await?;
    let now = vault.clock.now();
    // somebody else was first
    let events = loaded.aggregate.decide(ApiKeyCommand::Expire, &context(now));
    let Some(events) = events.ok().filter(|events| !events.is_empty()) else {
        return Ok(false);
    };
    let metadata = system_metadata(vault, tenant, Operation::ExpireApiKey);
    let mut append = encode(vault, stream(id), loaded.sequence, &metadata, &events)?;
    append.rows.api_keys.push(ended(row, now));
    match vault.appender.append(append).await {
        Ok(_) => Ok(true),
        Err(AppendError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
