//! Use cases of sessions: a session is the family of refresh tokens that began with one login.

mod attempt;
mod factor;
mod limits;
mod login;
mod refresh;

use chrono::{DateTime, Utc};
use vault_access::{AccessToken, Credential, Login, Principal, RefreshToken, RoleSet};
use vault_domain::{
    Aggregate, EventId, Metadata, Role, SessionId, TenantId, UserId,
    session::{Session, SessionCommand},
};
use vault_event_store::{Append, CredentialRow, RefreshTokenRow, StreamId};

pub use attempt::LOCKOUT_S;
pub(crate) use attempt::{Attempt, forget_failures};
pub(crate) use factor::{Proof, secret_context, stream as totp_stream};
pub use limits::SessionLimits;
pub use login::{LoginInput, login};
pub use refresh::{end, list, logout, refresh};

use crate::{error::CommandError, request::context, vault::Vault};

/// What a client is given to prove itself with.
#[derive(Debug)]
pub struct Tokens {
    /// For requests.
    pub access: AccessToken,
    /// For the next pair.
    pub refresh: RefreshToken,
    /// Who was let in.
    pub principal: Principal,
    /// Whether the user has roles that are withheld until a second factor is given.
    pub roles_are_withheld: bool,
}

fn roles_of(credential: &CredentialRow) -> RoleSet {
    credential
        .roles
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect()
}

fn fresh_refresh_token() -> Result<RefreshToken, CommandError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| CommandError::Internal(Box::new(error)))?;
    Ok(RefreshToken::from_random(random))
}

/// Who logged in. Roles that want a second factor are withheld from a session without one.
fn principal(vault: &Vault, credential: &CredentialRow, login: Login) -> Principal {
    let given = |role: &Role| login.mfa_at_s.is_some() || !vault.mfa_roles.contains(*role);
    let roles: RoleSet = roles_of(credential).iter().filter(given).collect();
    Principal {
        tenant: TenantId::from_uuid(credential.tenant_id),
        user: UserId::from_uuid(credential.user_id),
        credential: Credential::Session(login),
        roles,
        approval: None,
    }
}

fn token_row(
    principal: &Principal,
    login: Login,
    token: &RefreshToken,
    now: DateTime<Utc>,
    session_started_at: DateTime<Utc>,
) -> RefreshTokenRow {
    RefreshTokenRow {
        tenant_id: principal.tenant.as_uuid(),
        token_hash: token.hash().as_bytes().to_vec(),
        session_id: login.session.as_uuid(),
        user_id: principal.user.as_uuid(),
        issued_at: now,
        session_started_at,
        used_at: None,
        revoked_at: None,
        mfa_at: login.mfa_at_s.and_then(|at_s| DateTime::from_timestamp(at_s, 0)),
    }
}

fn issue(
    vault: &Vault,
    credential: &CredentialRow,
    principal: Principal,
    refresh: RefreshToken,
) -> Result<Tokens, CommandError> {
    let access = vault
        .access_tokens()
        .issue(&principal, vault.clock.now(), vault.ids.next())?;
    Ok(Tokens {
        access,
        refresh,
        principal,
        roles_are_withheld: principal.roles != roles_of(credential),
    })
}

/// Writes down what becomes of a session that stands at this sequence, if anything does.
async fn append(
    vault: &Vault,
    metadata: &Metadata,
    id: SessionId,
    session: &Session,
    sequence: u64,
    command: SessionCommand,
) -> Result<(), CommandError> {
    let events = session.decide(command, &context(vault.clock.now()))?;
    if events.is_empty() {
        return Ok(());
    }
    let stream = StreamId {
        aggregate_type: Session::TYPE,
        aggregate_id: id.as_uuid(),
    };
    let append = Append::new(stream, sequence, metadata, &events, || {
        EventId::from_uuid(vault.ids.next())
    })?;
    vault.appender.append(append).await?;
    Ok(())
}
