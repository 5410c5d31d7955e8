//! Exchanging a refresh token for the next pair, and ending a session.

use chrono::TimeDelta;
use uuid::Uuid;
use vault_access::{
    Login, Principal, REFRESH_LIFETIME_S, RefreshDecision, RefreshToken, RefreshTokenRow as Rules,
};
use vault_domain::{
    Actor, Metadata, Operation, SessionId, TenantId, UserId,
    session::{Session, SessionCommand, SessionEnd},
};
use vault_event_store::{Loaded, RefreshTokenRow, SessionRow};

use super::{Tokens, append, fresh_refresh_token, issue, principal, token_row};
use crate::{error::CommandError, request::Request, vault::Vault};

/// Exchanges a refresh token. One that was used before revokes its whole family.
///
/// # Errors
/// `InvalidRefreshToken`, `RefreshTokenExpired`, or a fault.
#[tracing::instrument(name = "commands.session.refresh", skip_all)]
pub async fn refresh(vault: &Vault, request: &Request, token: &RefreshToken) -> Result<Tokens, CommandError> {
    let hash = token.hash();
    let row = vault
        .accounts
        .find_token(hash.as_bytes())
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?;
    let row = row.ok_or(CommandError::InvalidRefreshToken)?;
    let now = vault.clock.now();
    match rules(&row).decide(now) {
        RefreshDecision::Rotate { .. } if vault.sessions.is_idle(row.issued_at, now) => {
            return Err(CommandError::RefreshTokenExpired);
        }
        RefreshDecision::Rotate { .. } => {}
        RefreshDecision::Expired => return Err(CommandError::RefreshTokenExpired),
        // whoever revoked it may not have got as far as the log
        RefreshDecision::Revoked | RefreshDecision::ReuseDetected => {
            return Err(revoke(vault, request, &row).await);
        }
    }
    let credential = vault
        .accounts
        .find_by_id(row.tenant_id, row.user_id)
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?
        .filter(|credential| credential.disabled_at.is_none())
        .ok_or(CommandError::InvalidRefreshToken)?;
    let login = Login {
        session: SessionId::from_uuid(row.session_id),
        at_s: row.session_started_at.timestamp(),
        mfa_at_s: row.mfa_at.map(|at| at.timestamp()),
    };
    let principal = principal(vault, &credential, login);
    let successor = fresh_refresh_token()?;
    let next = token_row(&principal, login, &successor, now, row.session_started_at);
    let rotated = vault
        .accounts
        .rotate(hash.as_bytes(), &next)
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?;
    if !rotated {
        // another request used the same token at the same moment
        return Err(revoke(vault, request, &row).await);
    }
    issue(vault, &credential, principal, successor)
}

/// Ends the caller's session: its refresh tokens at once, its access tokens on this node at once.
///
/// # Errors
/// When the accounts or the log cannot be written.
pub async fn logout(
    vault: &Vault,
    request: &Request,
    principal: &Principal,
    login: Login,
) -> Result<(), CommandError> {
    let metadata = request.metadata(principal, Operation::Logout);
    let end = SessionCommand::End(principal.user, SessionEnd::Logout);
    end_session(vault, &metadata, login.session, end).await
}

/// Ends another session of the caller, or this one.
///
/// # Errors
/// `SessionNotFound`, or a fault.
pub async fn end(
    vault: &Vault,
    request: &Request,
    principal: &Principal,
    session: SessionId,
) -> Result<(), CommandError> {
    let (tenant, user) = (principal.tenant.as_uuid(), principal.user.as_uuid());
    let own = vault.accounts.has_session(tenant, user, session.as_uuid()).await;
    if !own.map_err(|error| CommandError::Accounts(error.into()))? {
        return Err(CommandError::SessionNotFound);
    }
    let metadata = request.metadata(principal, Operation::EndSession);
    let end = SessionCommand::End(principal.user, SessionEnd::EndedElsewhere);
    end_session(vault, &metadata, session, end).await
}

/// The caller's sessions that go on, the last used first.
///
/// # Errors
/// When the accounts cannot be read.
pub async fn list(vault: &Vault, principal: &Principal) -> Result<Vec<SessionRow>, CommandError> {
    running(vault, principal.tenant.as_uuid(), principal.user.as_uuid()).await
}

/// A user's sessions that go on, the last used first.
pub(super) async fn running(
    vault: &Vault,
    tenant: Uuid,
    user: Uuid,
) -> Result<Vec<SessionRow>, CommandError> {
    let now = vault.clock.now();
    let began_after = now - TimeDelta::seconds(i64::from(REFRESH_LIFETIME_S));
    let sessions = vault.accounts.sessions(tenant, user, began_after).await;
    let mut sessions = sessions.map_err(CommandError::accounts)?;
    sessions.retain(|session| !vault.sessions.is_idle(session.refreshed_at, now));
    Ok(sessions)
}

async fn revoke(vault: &Vault, request: &Request, row: &RefreshTokenRow) -> CommandError {
    tracing::warn!(session = %row.session_id, "a token of a session that is over was used, or one twice");
    let user = UserId::from_uuid(row.user_id);
    let metadata = Metadata {
        // which of the two holders is the user, nobody knows
        actor: Actor::System,
        ..request.metadata_of(TenantId::from_uuid(row.tenant_id), user, Operation::Refresh)
    };
    let end = SessionCommand::End(user, SessionEnd::RefreshTokenReused);
    match end_session(vault, &metadata, SessionId::from_uuid(row.session_id), end).await {
        Ok(()) => CommandError::InvalidRefreshToken,
        Err(error) => error,
    }
}

/// Each step can be repeated; the last one, after which the client cannot ask again, comes last.
pub(super) async fn end_session(
    vault: &Vault,
    metadata: &Metadata,
    id: SessionId,
    end: SessionCommand,
) -> Result<(), CommandError> {
    let now = vault.clock.now();
    vault
        .accounts
        .revoke_session(id.as_uuid(), now)
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?;
    let Loaded { aggregate, sequence } = vault
        .store
        .load::<Session>(metadata.tenant_id, id.as_uuid())
        .await?;
    match append(vault, metadata, id, &aggregate, sequence, end).await {
        // another request has ended it meanwhile
        Ok(()) | Err(CommandError::Contended) => {}
        Err(error) => return Err(error),
    }
    vault.tokens.end_session(id, now);
    Ok(())
}

fn rules(row: &RefreshTokenRow) -> Rules {
    Rules {
        tenant: TenantId::from_uuid(row.tenant_id),
        user: UserId::from_uuid(row.user_id),
        session: SessionId::from_uuid(row.session_id),
        session_started_at: row.session_started_at,
        used_at: row.used_at,
        session_revoked_at: row.revoked_at,
    }
}
