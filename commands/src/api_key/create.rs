//! Making an API key.

use vault_access::{Permit, act};
use vault_crypto::Scope;
use vault_domain::{
    Action, Aggregate, ApiKeyId, Operation,
    api_key::{ApiKey, ApiKeyCommand, ApiKeyCreated},
};
use vault_event_store::{ApiKeyRow, AppendError};

use super::{FreshApiKey, MAX_API_KEYS, NewApiKey, fresh_secret, list::view_named, name_context, stream};
use crate::{
    dataset::encode,
    error::CommandError,
    idempotency::look_up,
    request::{Request, Written, context},
    vault::Vault,
};

const CREATED: u16 = 201;

/// Makes a key in the caller's name.
///
/// # Errors
/// `Invalid` for a bad field, `TooManyApiKeys`, `SecretNotRepeated` for a request that was answered before, or a fault.
#[tracing::instrument(name = "commands.api_key.create", skip_all)]
pub async fn create(
    vault: &Vault,
    permit: &Permit<act::ApiKeyManage>,
    request: &Request,
    new: &NewApiKey,
) -> Result<Written<FreshApiKey>, CommandError> {
    let principal = permit.principal();
    let (tenant, user) = (principal.tenant, principal.user);
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if before.is_some() {
        return Err(CommandError::SecretNotRepeated);
    }
    let now = vault.clock.now();
    let checked = new.check(now)?;
    // two at once may both pass: the limit keeps lists short, and protects nothing
    let count = vault
        .accounts
        .count_api_keys(tenant.as_uuid(), user.as_uuid(), now);
    if count.await.map_err(CommandError::accounts)? >= i64::from(MAX_API_KEYS) {
        return Err(CommandError::TooManyApiKeys);
    }

    let id = ApiKeyId::from_uuid(vault.ids.next());
    let key = vault.keys.content_key(tenant, Scope::User(user)).await?;
    let name = key.seal_value(&name_context(tenant, user, id), checked.name.as_bytes())?;
    let secret = fresh_secret()?;
    let row = ApiKeyRow {
        tenant_id: tenant.as_uuid(),
        key_id: id.as_uuid(),
        user_id: user.as_uuid(),
        secret_hash: secret.hash().as_bytes().to_vec(),
        hint: secret.hint(),
        previous_hash: None,
        previous_until: None,
        name: name.envelope().to_vec(),
        scopes: checked
            .scopes
            .iter()
            .map(|action| Action::name(*action).to_owned())
            .collect(),
        requests_per_s: checked.requests_per_s.map(|limit| limit.get().cast_signed()),
        created_at: now,
        expires_at: checked.expires_at,
        rotated_at: None,
        ended_at: None,
        is_revoked: false,
        last_used_at: None,
    };
    let command = ApiKeyCommand::Create(ApiKeyCreated {
        user_id: user,
        name,
        scopes: checked.scopes,
        expires_at: checked.expires_at,
        requests_per_s: checked.requests_per_s.map(u32::from),
    });
    let events = ApiKey::default().decide(command, &context(now))?;
    let metadata = request.metadata(principal, Operation::CreateApiKey);
    let mut append = encode(vault, stream(id), 0, &metadata, &events)?;
    append.rows.api_keys.push(row.clone());
    append.rows.idempotency = repeatable.map(|repeatable| repeatable.row(vault, CREATED));
    match vault.appender.append(append).await {
        Ok(appended) => {
            let view = view_named(row, checked.name.to_owned());
            Ok(Written::now(FreshApiKey { view, secret }, appended))
        }
        Err(AppendError::AnsweredBefore) => Err(CommandError::SecretNotRepeated),
        Err(error) => Err(error.into()),
    }
}
