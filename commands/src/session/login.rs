//! Logging in with email and password.

use vault_access::{Password, PhcHash, Verdict};
use vault_domain::{SessionId, field};

use super::{Tokens, fresh_refresh_token, issue, principal, token_row};
use crate::{error::CommandError, vault::Vault};

/// The longest email, in bytes (RFC 5321).
const MAX_EMAIL_BYTES: usize = 254;

/// Lets a user in. An unknown email costs as much time as a wrong password, and looks the same.
///
/// # Errors
/// `InvalidCredentials`, or a fault.
#[tracing::instrument(name = "commands.session.login", skip_all)]
pub async fn login(vault: &Vault, email: &str, password: &Password) -> Result<Tokens, CommandError> {
    let email = normalize(email);
    let hash = vault.email_hasher.hash(field::USER_EMAIL, email.as_bytes());
    let found = vault
        .accounts
        .find_by_email(hash)
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?;
    let stored: Option<PhcHash> = found.as_ref().and_then(|row| row.password_hash.parse().ok());
    let verdict = vault.passwords.verify(password, stored.as_ref()).await?;
    let credential = match verdict {
        Verdict::Right | Verdict::RightButOutdated => found,
        Verdict::Wrong => None,
    };
    let credential = credential
        .filter(|_| email.len() <= MAX_EMAIL_BYTES)
        .ok_or(CommandError::InvalidCredentials)?;

    let principal = principal(&credential, SessionId::from_uuid(vault.ids.next()));
    let token = fresh_refresh_token()?;
    let now = vault.clock.now();
    let row = token_row(&principal, &token, now, now);
    vault
        .accounts
        .begin_session(&row)
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?;
    issue(vault, principal, token)
}

/// The one spelling under which an email is hashed.
pub(crate) fn normalize(email: &str) -> String {
    email.trim().to_lowercase()
}
