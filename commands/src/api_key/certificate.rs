//! Certificates of clients, each mapped to a user like an API key whose secret is the name in the certificate.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use vault_access::CertificateName;
use vault_crypto::Scope;
use vault_domain::{
    Action, Aggregate, ApiKeyId, Operation, TenantId, UserId,
    api_key::{ApiKey, ApiKeyCommand, ApiKeyCreated},
};
use vault_event_store::{ApiKeyRow, AppendError};

use super::{MAX_API_KEY_DAYS, name_context, stream};
use crate::{dataset::encode, error::CommandError, request::context, tenant::system_metadata, vault::Vault};

/// What stands in place of the first characters of a secret.
pub const CERTIFICATE_HINT: &str = "certificate";
/// What Postgres says of a name that is mapped already.
const UNIQUE_VIOLATION: &str = "23505";

/// Lets programs with a certificate of this name call in the name of a user. No request reaches it: whoever maps a name
/// decides whose it is, for all tenants.
///
/// # Errors
/// `UserNotFound`, `CertificateMapped`, or a fault.
pub async fn map_certificate(
    vault: &Vault,
    tenant: TenantId,
    user: UserId,
    name: &CertificateName,
    scopes: &[Action],
    days: u32,
) -> Result<ApiKeyId, CommandError> {
    let known = vault.accounts.find_by_id(tenant.as_uuid(), user.as_uuid()).await;
    if known.map_err(CommandError::accounts)?.is_none() {
        return Err(CommandError::UserNotFound);
    }
    let now = vault.clock.now();
    let expires_at = now + TimeDelta::days(i64::from(days.min(MAX_API_KEY_DAYS)));
    let id = ApiKeyId::from_uuid(vault.ids.next());
    let key = vault.keys.content_key(tenant, Scope::User(user)).await?;
    let sealed = key.seal_value(&name_context(tenant, user, id), name.as_str().as_bytes())?;
    let row = ApiKeyRow {
        tenant_id: tenant.as_uuid(),
        key_id: id.as_uuid(),
        user_id: user.as_uuid(),
        secret_hash: name.hash().as_bytes().to_vec(),
        hint: CERTIFICATE_HINT.to_owned(),
        previous_hash: None,
        previous_until: None,
        name: sealed.envelope().to_vec(),
        scopes: scopes
            .iter()
            .map(|action| Action::name(*action).to_owned())
            .collect(),
        requests_per_s: None,
        created_at: now,
        expires_at,
        rotated_at: None,
        ended_at: None,
        is_revoked: false,
        last_used_at: None,
    };
    let command = ApiKeyCommand::Create(ApiKeyCreated {
        user_id: user,
        name: sealed,
        scopes: scopes.to_vec(),
        expires_at,
        requests_per_s: None,
    });
    let events = ApiKey::default().decide(command, &context(now))?;
    let metadata = system_metadata(vault, tenant, Operation::CreateApiKey);
    let mut append = encode(vault, stream(id), 0, &metadata, &events)?;
    append.rows.api_keys.push(row);
    match vault.appender.append(append).await {
        Ok(_) => Ok(id),
        Err(AppendError::Rejected { sqlstate }) if sqlstate == UNIQUE_VIOLATION => {
            Err(CommandError::CertificateMapped)
        }
        Err(error) => Err(error.into()),
    }
}

/// The row of a key that is over. The name of a certificate can be mapped again then.
pub(super) fn ended(row: ApiKeyRow, at: DateTime<Utc>) -> ApiKeyRow {
    let secret_hash = if row.hint == CERTIFICATE_HINT {
        Sha256::digest(row.key_id.as_bytes()).to_vec()
    } else {
        row.secret_hash
    };
    ApiKeyRow {
        secret_hash,
        ended_at: Some(at),
        ..row
    }
}
