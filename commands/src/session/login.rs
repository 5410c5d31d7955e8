//! Logging in with email and password.

use vault_access::{ClientNetwork, Login, Password, PhcHash, Verdict};
use vault_domain::{
    Operation, SessionId, TenantId, UserId,
    session::{Session, SessionCommand},
};
use vault_event_store::{Access, CredentialRow};

use super::{Tokens, append, attempt::Attempt, fresh_refresh_token, issue, principal, token_row};
use crate::{error::CommandError, request::Request, vault::Vault};

/// The longest email, in bytes (RFC 5321).
const MAX_EMAIL_BYTES: usize = 254;

/// Lets a user in. An unknown email costs as much time as a wrong password, looks the same and is locked alike. The tokens
/// are handed out when the login is durable in the log.
///
/// # Errors
/// `InvalidCredentials`; `NetworkLocked`; `AccountLocked` to whoever knows the password; or a fault.
#[tracing::instrument(name = "commands.session.login", skip_all)]
pub async fn login(
    vault: &Vault,
    request: &Request,
    network: ClientNetwork,
    email: &str,
    password: &Password,
) -> Result<Tokens, CommandError> {
    let email = normalize(email);
    let attempt = Attempt::new(vault, &email, network);
    attempt.check_network(vault).await?;
    let found = vault
        .accounts
        .find_by_email(attempt.account)
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?
        .filter(|_| email.len() <= MAX_EMAIL_BYTES);
    let stored: Option<PhcHash> = found.as_ref().and_then(|row| row.password_hash.parse().ok());
    let credential = match (vault.passwords.verify(password, stored.as_ref()).await?, found) {
        (Verdict::Right | Verdict::RightButOutdated, Some(credential)) => credential,
        (_, found) => {
            attempt.failed(vault).await?;
            return Err(refuse(vault, found.as_ref()).await);
        }
    };
    attempt.check_account(vault).await?;
    attempt.succeeded(vault).await?;

    let now = vault.clock.now();
    let login = Login {
        session: SessionId::from_uuid(vault.ids.next()),
        at_s: now.timestamp(),
        mfa_at_s: None,
    };
    let principal = principal(&credential, login);
    let token = fresh_refresh_token()?;
    let row = token_row(&principal, login, &token, now, now);
    // nobody holds the token of this row until the login is in the log
    vault
        .accounts
        .begin_session(&row)
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?;
    let metadata = request.metadata(&principal, Operation::Login);
    let start = SessionCommand::Start(principal.user);
    append(vault, &metadata, login.session, &Session::default(), 0, start).await?;
    issue(vault, principal, token)
}

/// Counts a refusal, for the user whose password was not given, if there is such a user. Waiting for a place tells
/// nobody which.
async fn refuse(vault: &Vault, found: Option<&CredentialRow>) -> CommandError {
    // one counter for both: metrics must not tell either
    metrics::counter!("logins_refused_total").increment(1);
    match vault.recorder.place().await {
        Ok(place) => {
            if let Some(row) = found {
                let user = UserId::from_uuid(row.user_id);
                place.take(TenantId::from_uuid(row.tenant_id), Access::LoginRefused { user });
            }
            CommandError::InvalidCredentials
        }
        Err(error) => error.into(),
    }
}

/// The one spelling under which an email is hashed.
pub(crate) fn normalize(email: &str) -> String {
    email.trim().to_lowercase()
}
