//! Exchanging a refresh token for the next pair, and ending a session.

use vault_access::{Principal, RefreshDecision, RefreshToken, RefreshTokenRow as Rules};
use vault_domain::{SessionId, TenantId, UserId};
use vault_event_store::RefreshTokenRow;

use super::{Tokens, fresh_refresh_token, issue, principal, token_row};
use crate::{error::CommandError, vault::Vault};

/// Exchanges a refresh token. One that was used before revokes its whole family.
///
/// # Errors
/// `InvalidRefreshToken`, `RefreshTokenExpired`, or a fault.
#[tracing::instrument(name = "commands.session.refresh", skip_all)]
pub async fn refresh(vault: &Vault, token: &RefreshToken) -> Result<Tokens, CommandError> {
    let hash = token.hash();
    let row = vault
        .accounts
        .find_token(hash.as_bytes())
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?;
    let row = row.ok_or(CommandError::InvalidRefreshToken)?;
    let now = vault.clock.now();
    match rules(&row).decide(now) {
        RefreshDecision::Rotate { .. } => {}
        RefreshDecision::Expired => return Err(CommandError::RefreshTokenExpired),
        RefreshDecision::Revoked => return Err(CommandError::InvalidRefreshToken),
        RefreshDecision::ReuseDetected => return Err(revoke(vault, &row).await),
    }
    let credential = vault
        .accounts
        .find_by_id(row.tenant_id, row.user_id)
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?
        .ok_or(CommandError::InvalidRefreshToken)?;
    let principal = principal(&credential, SessionId::from_uuid(row.session_id));
    let successor = fresh_refresh_token()?;
    let next = token_row(&principal, &successor, now, row.session_started_at);
    let rotated = vault
        .accounts
        .rotate(hash.as_bytes(), &next)
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?;
    if !rotated {
        // another request used the same token at the same moment
        return Err(revoke(vault, &row).await);
    }
    issue(vault, principal, successor)
}

/// Ends the caller's session: its refresh tokens at once, its access tokens on this node at once.
///
/// # Errors
/// When the accounts cannot be written.
pub async fn logout(vault: &Vault, principal: &Principal) -> Result<(), CommandError> {
    end(vault, principal.session).await
}

async fn revoke(vault: &Vault, row: &RefreshTokenRow) -> CommandError {
    tracing::warn!(session = %row.session_id, "a refresh token was used twice, its session is revoked");
    match end(vault, SessionId::from_uuid(row.session_id)).await {
        Ok(()) => CommandError::InvalidRefreshToken,
        Err(error) => error,
    }
}

async fn end(vault: &Vault, session: SessionId) -> Result<(), CommandError> {
    let now = vault.clock.now();
    vault
        .accounts
        .revoke_session(session.as_uuid(), now)
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?;
    vault.tokens.end_session(session, now);
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
