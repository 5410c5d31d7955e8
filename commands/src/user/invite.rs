//! Taking a user's password away, with an invitation to choose another.

use chrono::{SubsecRound, TimeDelta};
use vault_access::{INVITATION_LIFETIME_S, Invitation, Permit, Principal, act};
use vault_domain::{Operation, TenantId, UserId, user::UserCommand};
use vault_event_store::{AppendError, CredentialRow};

use super::{UserView, change::UserStream, check_rank, fresh_invitation, list::view_of};
use crate::{
    error::CommandError,
    idempotency::look_up,
    request::{Request, Written},
    tenant::system_metadata,
    vault::Vault,
};

const OK: u16 = 200;

/// A user, with the invitation that is shown this once.
#[derive(Debug)]
pub struct FreshInvitation {
    /// What is known of the user.
    pub view: UserView,
    /// The invitation.
    pub invitation: Invitation,
}

/// Takes the password of a user of the caller's tenant away, ends its sessions, and invites it to choose another.
///
/// # Errors
/// `UserNotFound`, `RolesBeyondOwn`, `SecretNotRepeated` for a request that was answered before, or a fault.
#[tracing::instrument(name = "commands.user.reset_password", skip_all)]
pub async fn reset_password(
    vault: &Vault,
    permit: &Permit<act::UserManage>,
    request: &Request,
    user: UserId,
) -> Result<Written<FreshInvitation>, CommandError> {
    let principal = permit.principal();
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if before.is_some() {
        return Err(CommandError::SecretNotRepeated);
    }
    let stream = UserStream {
        vault,
        metadata: request.metadata(principal, Operation::ResetPassword),
        user,
        idempotency: repeatable.map(|repeatable| repeatable.row(vault, OK)),
    };
    match invite(&stream, Some(principal)).await {
        Err(CommandError::Append(AppendError::AnsweredBefore)) => Err(CommandError::SecretNotRepeated),
        invited => invited,
    }
}

/// The same for an operator. No request reaches it.
///
/// # Errors
/// `UserNotFound`, or a fault.
pub async fn reset_password_as_operator(
    vault: &Vault,
    tenant: TenantId,
    user: UserId,
) -> Result<FreshInvitation, CommandError> {
    let stream = UserStream {
        vault,
        metadata: system_metadata(vault, tenant, Operation::ResetPassword),
        user,
        idempotency: None,
    };
    Ok(invite(&stream, None).await?.value)
}

async fn invite(
    stream: &UserStream<'_>,
    principal: Option<&Principal>,
) -> Result<Written<FreshInvitation>, CommandError> {
    let now = stream.vault.clock.now().trunc_subsecs(6);
    let expires_at = now + TimeDelta::seconds(i64::from(INVITATION_LIFETIME_S));
    let invitation = fresh_invitation()?;
    let changed = |row: &CredentialRow| {
        if let Some(principal) = principal {
            check_rank(principal, row.roles.iter().filter_map(|name| name.parse().ok()))?;
        }
        Ok(CredentialRow {
            password_hash: None,
            invitation_hash: Some(invitation.hash().to_vec()),
            invitation_until: Some(expires_at),
            sessions_ended_at: Some(now),
            ..row.clone()
        })
    };
    let appended = stream
        .change(UserCommand::Invite { expires_at }, changed)
        .await?
        .ok_or(CommandError::Contended)?;
    let view = view_of(stream.vault, stream.metadata.tenant_id, stream.user).await?;
    Ok(Written::now(FreshInvitation { view, invitation }, appended))
}
