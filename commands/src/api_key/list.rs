//! The API keys that there are. They are state beside the log, so they are read here.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_access::{Permit, act};
use vault_crypto::envelope;
use vault_domain::{ApiKeyId, TenantId, UserId};
use vault_event_store::ApiKeyRow;

use super::name_context;
use crate::{error::CommandError, vault::Vault};

/// What is known of a key.
#[derive(Debug, Clone)]
pub struct ApiKeyView {
    /// Its row.
    pub row: ApiKeyRow,
    /// What it is called; nothing when its user was erased.
    pub name: Option<String>,
}

impl ApiKeyView {
    /// What has become of it.
    #[must_use]
    pub fn status(&self, now: DateTime<Utc>) -> &'static str {
        if self.row.is_revoked {
            "revoked"
        } else if now >= self.row.expires_at {
            "expired"
        } else {
            "active"
        }
    }
}

/// The caller's keys after one of them, at most `limit`.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "commands.api_key.list", skip_all)]
pub async fn list(
    vault: &Vault,
    permit: &Permit<act::ApiKeyManage>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<ApiKeyView>, CommandError> {
    let principal = permit.principal();
    keys_of(vault, principal.tenant, principal.user, after, limit).await
}

/// The keys of a user of the tenant.
///
/// # Errors
/// `UserNotFound`, or a fault.
#[tracing::instrument(name = "commands.api_key.list_of", skip_all)]
pub async fn list_of(
    vault: &Vault,
    permit: &Permit<act::UserManage>,
    user: UserId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<ApiKeyView>, CommandError> {
    let tenant = permit.principal().tenant;
    let known = vault.accounts.find_by_id(tenant.as_uuid(), user.as_uuid()).await;
    if known.map_err(CommandError::accounts)?.is_none() {
        return Err(CommandError::UserNotFound);
    }
    keys_of(vault, tenant, user, after, limit).await
}

async fn keys_of(
    vault: &Vault,
    tenant: TenantId,
    user: UserId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<ApiKeyView>, CommandError> {
    let rows = vault
        .accounts
        .api_keys(tenant.as_uuid(), Some(user.as_uuid()), after, limit);
    let rows = rows.await.map_err(CommandError::accounts)?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        views.push(view(vault, tenant, row).await?);
    }
    Ok(views)
}

pub(super) const fn view_named(row: ApiKeyRow, name: String) -> ApiKeyView {
    ApiKeyView {
        row,
        name: Some(name),
    }
}

pub(super) async fn view(
    vault: &Vault,
    tenant: TenantId,
    row: ApiKeyRow,
) -> Result<ApiKeyView, CommandError> {
    let (user, id) = (UserId::from_uuid(row.user_id), ApiKeyId::from_uuid(row.key_id));
    let key = vault.keys.data_key(tenant, envelope::key_id(&row.name)?).await?;
    let opened = key.open(&name_context(tenant, user, id), &row.name)?;
    let name = String::from_utf8_lossy(&opened).into_owned();
    Ok(view_named(row, name))
}
