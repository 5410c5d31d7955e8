//! Where the authenticator finds API keys, and what became of users.

use std::{fmt, num::NonZeroU32};

use async_trait::async_trait;
use subtle::ConstantTimeEq;
use vault_access::{
    ApiKeyHash, ApiKeySource, ApiKeysAway, Credential, Principal, Scopes, StoredApiKey, UserStanding,
};
use vault_domain::{Action, ApiKeyId, TenantId, UserId};
use vault_event_store::{Accounts, CredentialRow, FoundApiKey};

/// The rows of API keys.
pub struct StoredApiKeys(Accounts);

impl StoredApiKeys {
    /// Reads through these accounts.
    #[must_use]
    pub const fn new(accounts: Accounts) -> Self {
        Self(accounts)
    }
}

impl fmt::Debug for StoredApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredApiKeys")
    }
}

#[async_trait]
impl ApiKeySource for StoredApiKeys {
    async fn find(&self, hash: &ApiKeyHash) -> Result<Option<StoredApiKey>, ApiKeysAway> {
        let found = self.0.find_api_key(hash.as_bytes()).await;
        Ok(found
            .map_err(ApiKeysAway::new)?
            .and_then(|found| stored(&found, hash)))
    }

    async fn standing(&self, tenant: TenantId, user: UserId) -> Result<UserStanding, ApiKeysAway> {
        let row = self.0.find_by_id(tenant.as_uuid(), user.as_uuid()).await;
        let standing = |row: CredentialRow| UserStanding {
            is_disabled: row.disabled_at.is_some(),
            sessions_ended_at: row.sessions_ended_at,
        };
        Ok(row.map_err(ApiKeysAway::new)?.map(standing).unwrap_or_default())
    }
}

/// What the row says of the secret with this hash.
fn stored(found: &FoundApiKey, hash: &ApiKeyHash) -> Option<StoredApiKey> {
    let row = &found.key;
    let fits = |stored: &[u8]| bool::from(stored.ct_eq(hash.as_bytes()));
    let good_until = if fits(&row.secret_hash) {
        row.expires_at
    } else if row.previous_hash.as_deref().is_some_and(fits) {
        row.previous_until?.min(row.expires_at)
    } else {
        return None;
    };
    let scopes: Scopes = row.scopes.iter().filter_map(|name| Action::named(name)).collect();
    let id = ApiKeyId::from_uuid(row.key_id);
    Some(StoredApiKey {
        principal: Principal {
            tenant: TenantId::from_uuid(row.tenant_id),
            user: UserId::from_uuid(row.user_id),
            credential: Credential::ApiKey { id, scopes },
            roles: found.roles.iter().filter_map(|name| name.parse().ok()).collect(),
            approval: None,
        },
        id,
        good_until,
        is_revoked: row.is_revoked || found.user_is_disabled,
        requests_per_s: row
            .requests_per_s
            .and_then(|limit| u32::try_from(limit).ok())
            .and_then(NonZeroU32::new),
    })
}
