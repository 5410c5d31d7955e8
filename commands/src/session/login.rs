//! Logging in with email and password.

use vault_access::{ClientNetwork, Login, Password, PhcHash, Verdict};
use vault_domain::{
    Operation, SessionId, TenantId, UserId,
    session::{SecondFactor, Session, SessionCommand, SessionStarted},
};
use vault_event_store::{Access, CredentialRow};

use super::{
    Tokens, append, attempt::Attempt, factor::Proof, fresh_refresh_token, issue, limits::make_room,
    principal, token_row,
};
use crate::{
    error::CommandError,
    request::Request,
    user::{MAX_EMAIL_BYTES, normalize, password_hash},
    vault::Vault,
};

/// What somebody who wants to be let in gives.
#[derive(Debug)]
pub struct LoginInput<'a> {
    /// Where it comes from.
    pub network: ClientNetwork,
    /// The email.
    pub email: &'a str,
    /// The password.
    pub password: &'a Password,
    /// A code of the second factor.
    pub code: Option<&'a str>,
}

/// Lets a user in. An unknown email costs as much time as a wrong password, looks the same and is locked alike. The tokens
/// are handed out when the login is durable in the log.
///
/// # Errors
/// `InvalidCredentials`; `NetworkLocked`; to whoever knows the password `AccountLocked`, `AccountDisabled`, `MfaRequired`
/// and `InvalidMfaCode`; or a fault.
#[tracing::instrument(name = "commands.session.login", skip_all)]
pub async fn login(vault: &Vault, request: &Request, input: &LoginInput<'_>) -> Result<Tokens, CommandError> {
    let email = normalize(input.email);
    let attempt = Attempt::new(vault, &email, input.network);
    attempt.check_network(vault).await?;
    let found = vault
        .accounts
        .find_by_email(attempt.account)
        .await
        .map_err(CommandError::accounts)?
        .filter(|_| email.len() <= MAX_EMAIL_BYTES);
    let stored: Option<PhcHash> = found.as_ref().and_then(password_hash);
    let verdict = vault.passwords.verify(input.password, stored.as_ref()).await?;
    let credential = match (verdict, found) {
        (Verdict::Right | Verdict::RightButOutdated, Some(credential)) => credential,
        (_, found) => {
            attempt.failed(vault).await?;
            return Err(refuse(vault, found.as_ref(), CommandError::InvalidCredentials).await);
        }
    };
    attempt.check_account(vault).await?;
    if credential.disabled_at.is_some() {
        return Err(refuse(vault, Some(&credential), CommandError::AccountDisabled).await);
    }
    let second_factor = second_factor(vault, request, &attempt, &credential, input.code).await?;
    attempt.succeeded(vault).await?;
    begin(vault, request, &credential, second_factor).await
}

/// What the user gave beside the password; a wrong code counts like a wrong password.
async fn second_factor(
    vault: &Vault,
    request: &Request,
    attempt: &Attempt,
    credential: &CredentialRow,
    code: Option<&str>,
) -> Result<Option<SecondFactor>, CommandError> {
    let proof = Proof {
        vault,
        request,
        tenant: TenantId::from_uuid(credential.tenant_id),
        user: UserId::from_uuid(credential.user_id),
    };
    let Some(row) = proof.factor().await? else {
        return Ok(None);
    };
    let code = code.ok_or(CommandError::MfaRequired)?;
    let taken = proof.take(&row, code).await?;
    if taken.is_none() {
        attempt.failed(vault).await?;
        return Err(refuse(vault, Some(credential), CommandError::InvalidMfaCode).await);
    }
    Ok(taken)
}

async fn begin(
    vault: &Vault,
    request: &Request,
    credential: &CredentialRow,
    second_factor: Option<SecondFactor>,
) -> Result<Tokens, CommandError> {
    let now = vault.clock.now();
    let login = Login {
        session: SessionId::from_uuid(vault.ids.next()),
        at_s: now.timestamp(),
        mfa_at_s: second_factor.map(|_| now.timestamp()),
    };
    let principal = principal(vault, credential, login);
    make_room(vault, request, &principal).await?;
    let token = fresh_refresh_token()?;
    let row = token_row(&principal, login, &token, now, now);
    // nobody holds the token of this row until the login is in the log
    let begun = vault.accounts.begin_session(&row, credential).await;
    if !begun.map_err(CommandError::accounts)? {
        // the user was changed meanwhile
        return Err(CommandError::Contended);
    }
    let metadata = request.metadata(&principal, Operation::Login);
    let start = SessionCommand::Start(SessionStarted {
        user_id: principal.user,
        second_factor,
    });
    append(vault, &metadata, login.session, &Session::default(), 0, start).await?;
    issue(vault, credential, principal, token)
}

/// Counts a refusal, for the user whose password was not given, if there is such a user. Waiting for a place tells
/// nobody which.
async fn refuse(vault: &Vault, found: Option<&CredentialRow>, why: CommandError) -> CommandError {
    // one counter for both: metrics must not tell either
    metrics::counter!("logins_refused_total").increment(1);
    match vault.recorder.place().await {
        Ok(place) => {
            if let Some(row) = found {
                let user = UserId::from_uuid(row.user_id);
                place.take(TenantId::from_uuid(row.tenant_id), Access::LoginRefused { user });
            }
            why
        }
        Err(error) => error.into(),
    }
}
