//! Changing what a user may do, and whether it can log in.

use vault_access::{Permit, Principal, act};
use vault_domain::{
    Aggregate, Metadata, Operation, Role, TenantId, UserId,
    user::{User, UserCommand, UserStatus},
};
use vault_event_store::{AppendError, Appended, CredentialRow, IdempotencyRow, NO_ADMINISTRATOR};

use super::{UserView, check_rank, email::registered, in_order, list::view_of, names, stream};
use crate::{
    dataset::encode,
    error::CommandError,
    idempotency::look_up,
    request::{Request, Written, context},
    tenant::system_metadata,
    vault::Vault,
};

/// How often it is tried again when others change the user.
const MAX_ATTEMPTS: u32 = 8;
const OK: u16 = 200;

/// What shall be different; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What the user may do.
    pub roles: Option<Vec<Role>>,
    /// Whether it can log in.
    pub status: Option<UserStatus>,
}

/// Changes a user of the caller's tenant. Whoever is disabled or loses a role is logged out everywhere within a second; a role
/// that is gained is there from the next refresh on, and for API keys within a second.
///
/// # Errors
/// `UserNotFound`, `RolesBeyondOwn`, `LastAdministrator`, or a fault.
#[tracing::instrument(name = "commands.user.change", skip_all)]
pub async fn change(
    vault: &Vault,
    permit: &Permit<act::UserManage>,
    request: &Request,
    user: UserId,
    change: &UserChange,
) -> Result<Written<UserView>, CommandError> {
    let principal = permit.principal();
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if let Some(last) = before.as_ref().and_then(|events| events.last()) {
        let view = view_of(vault, principal.tenant, user).await?;
        return Ok(Written::again(view, last.position));
    }
    let stream = UserStream {
        vault,
        metadata: request.metadata(principal, Operation::ChangeUser),
        user,
        idempotency: repeatable.map(|repeatable| repeatable.row(vault, OK)),
    };
    let appended = match change_by(&stream, change, Some(principal)).await {
        Err(CommandError::Append(AppendError::AnsweredBefore)) => {
            // the same request was answered at the same moment
            return Box::pin(self::change(vault, permit, request, user, change)).await;
        }
        changed => changed?,
    };
    // where nothing was left to do, the same request may have done it at the same moment
    let before = match appended {
        Some(_) => None,
        None => look_up(vault, principal, request.idempotency.as_ref()).await?.1,
    };
    let last = before.as_ref().and_then(|events| events.last());
    let view = view_of(vault, principal.tenant, user).await?;
    Ok(match (appended, last) {
        (Some(appended), _) => Written::now(view, appended),
        (None, Some(last)) => Written::again(view, last.position),
        (None, None) => Written::nothing(view),
    })
}

/// Changes a user. No request reaches it.
///
/// # Errors
/// `UserNotFound`, `LastAdministrator`, or a fault.
pub async fn change_as_operator(
    vault: &Vault,
    tenant: TenantId,
    user: UserId,
    change: &UserChange,
) -> Result<(), CommandError> {
    let stream = UserStream {
        vault,
        metadata: system_metadata(vault, tenant, Operation::ChangeUser),
        user,
        idempotency: None,
    };
    change_by(&stream, change, None).await?;
    Ok(())
}

async fn change_by(
    stream: &UserStream<'_>,
    change: &UserChange,
    principal: Option<&Principal>,
) -> Result<Option<Appended>, CommandError> {
    let now = stream.vault.clock.now();
    let roles = change.roles.as_deref().map(in_order);
    let command = UserCommand::Change {
        roles: roles.clone(),
        status: change.status,
    };
    let changed = |row: &CredentialRow| {
        if let Some(principal) = principal {
            let had = row.roles.iter().filter_map(|name| name.parse().ok());
            check_rank(principal, had.chain(roles.iter().flatten().copied()))?;
        }
        let mut next = row.clone();
        if let Some(roles) = &roles {
            next.roles = names(roles);
        }
        match change.status {
            Some(UserStatus::Disabled) => next.disabled_at = row.disabled_at.or(Some(now)),
            Some(UserStatus::Active) => next.disabled_at = None,
            None => {}
        }
        let loses = row.roles.iter().any(|role| !next.roles.contains(role));
        if loses || next.disabled_at != row.disabled_at {
            next.sessions_ended_at = Some(now);
        }
        Ok(next)
    };
    stream.change(command, changed).await
}

/// A user who is changed by somebody.
pub(super) struct UserStream<'a> {
    pub(super) vault: &'a Vault,
    pub(super) metadata: Metadata,
    pub(super) user: UserId,
    pub(super) idempotency: Option<IdempotencyRow>,
}

impl UserStream<'_> {
    /// Decides, and commits the row that `changed` makes of the present one with what follows; nothing if nothing follows.
    pub(super) async fn change(
        &self,
        command: UserCommand,
        changed: impl Fn(&CredentialRow) -> Result<CredentialRow, CommandError> + Send + Sync,
    ) -> Result<Option<Appended>, CommandError> {
        let (vault, tenant) = (self.vault, self.metadata.tenant_id);
        for _ in 0..MAX_ATTEMPTS {
            // the stream is read before the row: whoever changes both meanwhile makes this append a conflict
            let loaded = vault.store.load::<User>(tenant, self.user.as_uuid()).await?;
            let row = vault
                .accounts
                .find_by_id(tenant.as_uuid(), self.user.as_uuid())
                .await;
            let row = row.map_err(CommandError::accounts)?;
            let mut next = changed(&row.ok_or(CommandError::UserNotFound)?)?;
            let events = loaded
                .aggregate
                .decide(command.clone(), &context(vault.clock.now()))?;
            if events.is_empty() {
                return Ok(None);
            }
            if next.email.is_none() {
                next.email = Some(registered(vault, tenant, self.user).await?);
            }
            let mut append = encode(vault, stream(self.user), loaded.sequence, &self.metadata, &events)?;
            append.rows.credentials.push(next);
            append.rows.idempotency.clone_from(&self.idempotency);
            match vault.appender.append(append).await {
                Ok(appended) => {
                    vault.tokens.forget_api_keys(&[], &[self.user]);
                    return Ok(Some(appended));
                }
                Err(AppendError::Conflict { .. }) => {}
                Err(AppendError::Rejected { sqlstate }) if sqlstate == NO_ADMINISTRATOR => {
                    return Err(CommandError::LastAdministrator);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommandError::Contended)
    }
}
