//! Another secret for an API key. The one before is good for a while, so that programs can be told one after the other.

use vault_access::{Permit, act};
use vault_domain::{
    Aggregate, ApiKeyId, Operation,
    api_key::{ApiKey, ApiKeyCommand, ApiKeyRefusal, ApiKeyRotated},
};
use vault_event_store::{ApiKeyRow, AppendError};

use super::{CERTIFICATE_HINT, FreshApiKey, fresh_secret, input::overlap, list::view, own_row, stream};
use crate::{
    dataset::encode,
    error::CommandError,
    idempotency::look_up,
    request::{Request, Written, context},
    vault::Vault,
};

const OK: u16 = 200;

/// Gives one of the caller's keys another secret; the present one is good for so many seconds more, one day by default.
/// One from before the present one is good no more.
///
/// # Errors
/// `ApiKeyNotFound`, also for a key that is over, `Invalid`, `SecretNotRepeated`, or a fault.
#[tracing::instrument(name = "commands.api_key.rotate", skip_all)]
pub async fn rotate(
    vault: &Vault,
    permit: &Permit<act::ApiKeyManage>,
    request: &Request,
    id: ApiKeyId,
    overlap_s: Option<u32>,
) -> Result<Written<FreshApiKey>, CommandError> {
    let principal = permit.principal();
    let tenant = principal.tenant;
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if before.is_some() {
        return Err(CommandError::SecretNotRepeated);
    }
    let now = vault.clock.now();
    let previous_until = now + overlap(overlap_s)?;
    // the stream is read before the row: whoever changes both meanwhile makes this append a conflict
    let loaded = vault.store.load::<ApiKey>(tenant, id.as_uuid()).await?;
    let row = own_row(vault, tenant, principal.user, id).await?;
    if row.hint == CERTIFICATE_HINT {
        return Err(CommandError::ApiKeyNotFound);
    }
    let previous_until = previous_until.min(row.expires_at);
    let rotate = ApiKeyCommand::Rotate(ApiKeyRotated { previous_until });
    let events = match loaded.aggregate.decide(rotate, &context(now)) {
        Err(ApiKeyRefusal::NotActive) => return Err(CommandError::ApiKeyNotFound),
        decided => decided?,
    };
    let secret = fresh_secret()?;
    let row = ApiKeyRow {
        previous_hash: Some(row.secret_hash),
        previous_until: Some(previous_until),
        secret_hash: secret.hash().as_bytes().to_vec(),
        hint: secret.hint(),
        rotated_at: Some(now),
        ..row
    };
    let metadata = request.metadata(principal, Operation::RotateApiKey);
    let mut append = encode(vault, stream(id), loaded.sequence, &metadata, &events)?;
    append.rows.api_keys.push(row.clone());
    append.rows.idempotency = repeatable.map(|repeatable| repeatable.row(vault, OK));
    match vault.appender.append(append).await {
        Ok(appended) => {
            vault.tokens.forget_api_keys(&[id], &[]);
            let view = view(vault, tenant, row).await?;
            Ok(Written::now(FreshApiKey { view, secret }, appended))
        }
        Err(AppendError::AnsweredBefore) => Err(CommandError::SecretNotRepeated),
        Err(error) => Err(error.into()),
    }
}
