//! The users that there are. What they log in with is state beside the log, so they are read here.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_access::{Permit, act};
use vault_domain::{TenantId, UserId};
use vault_event_store::UserRow;

use super::open_email;
use crate::{error::CommandError, vault::Vault};

/// What is known of a user.
#[derive(Debug, Clone)]
pub struct UserView {
    /// Its row.
    pub row: UserRow,
    /// What it logs in with.
    pub email: String,
}

impl UserView {
    /// The user.
    #[must_use]
    pub const fn id(&self) -> UserId {
        UserId::from_uuid(self.row.credential.user_id)
    }

    /// What has become of it.
    #[must_use]
    pub fn status(&self) -> &'static str {
        let credential = &self.row.credential;
        if credential.disabled_at.is_some() {
            "disabled"
        } else if credential.invitation_hash.is_some() {
            "invited"
        } else {
            "active"
        }
    }

    /// Until when the user may choose a password with an invitation, if it was invited.
    #[must_use]
    pub const fn invitation_until(&self) -> Option<DateTime<Utc>> {
        self.row.credential.invitation_until
    }
}

/// The users of the caller's tenant after one of them, at most `limit`.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "commands.user.list", skip_all)]
pub async fn list(
    vault: &Vault,
    permit: &Permit<act::UserManage>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<UserView>, CommandError> {
    list_as_operator(vault, permit.principal().tenant, after, limit).await
}

/// The users of a tenant. No request reaches it.
///
/// # Errors
/// A fault.
pub async fn list_as_operator(
    vault: &Vault,
    tenant: TenantId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<UserView>, CommandError> {
    let rows = vault.accounts.users(tenant.as_uuid(), after, limit).await;
    let rows = rows.map_err(CommandError::accounts)?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        views.push(opened(vault, tenant, row).await?);
    }
    Ok(views)
}

/// One user of the caller's tenant.
///
/// # Errors
/// `UserNotFound`, or a fault.
#[tracing::instrument(name = "commands.user.get", skip_all)]
pub async fn get(
    vault: &Vault,
    permit: &Permit<act::UserManage>,
    user: UserId,
) -> Result<UserView, CommandError> {
    view_of(vault, permit.principal().tenant, user).await
}

pub(super) async fn view_of(vault: &Vault, tenant: TenantId, user: UserId) -> Result<UserView, CommandError> {
    let row = vault.accounts.user(tenant.as_uuid(), user.as_uuid()).await;
    let row = row
        .map_err(CommandError::accounts)?
        .ok_or(CommandError::UserNotFound)?;
    opened(vault, tenant, row).await
}

async fn opened(vault: &Vault, tenant: TenantId, row: UserRow) -> Result<UserView, CommandError> {
    let user = UserId::from_uuid(row.credential.user_id);
    let email = open_email(vault, tenant, user, row.credential.email.as_deref()).await?;
    Ok(UserView { row, email })
}
