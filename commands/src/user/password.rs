//! Choosing a password: with the one before, or with an invitation.

use vault_access::{ClientNetwork, Invitation, Password, PasswordRefusal, PhcHash, Principal, Verdict};
use vault_domain::{
    Operation, TenantId, UserId,
    user::{PasswordProof, UserCommand},
};
use vault_event_store::{Appended, CredentialRow};

use super::{change::UserStream, fresh_salt};
use crate::{
    error::CommandError,
    idempotency::look_up,
    request::{Request, Written},
    session::{Attempt, forget_failures},
    vault::Vault,
};

const NO_CONTENT: u16 = 204;

/// Gives the caller another password, and ends all its sessions. A repeat under the same idempotency key is known by the new
/// password, which is the caller's then: what is remembered of the request must not make a password easier to guess than
/// its hash does.
///
/// # Errors
/// `InvalidCredentials` for a wrong password, also a new one that a repeat says differently, `AccountLocked`, `Invalid` for a new one that is not good, or a fault.
#[tracing::instrument(name = "commands.user.change_password", skip_all)]
pub async fn change_password(
    vault: &Vault,
    request: &Request,
    principal: &Principal,
    network: ClientNetwork,
    password: &Password,
    new: &Password,
) -> Result<Written<()>, CommandError> {
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if let Some(last) = before.as_ref().and_then(|events| events.last()) {
        prove(vault, principal, network, new).await?;
        return Ok(Written::again((), last.position));
    }
    let (credential, _) = prove(vault, principal, network, password).await?;
    check_rules("new_password", new)?;
    let proven = credential.password_hash;
    let is_current = |row: &CredentialRow| row.password_hash == proven;
    let stream = UserStream {
        vault,
        metadata: request.metadata(principal, Operation::ChangePassword),
        user: principal.user,
        idempotency: repeatable.map(|repeatable| repeatable.row(vault, NO_CONTENT)),
    };
    let chosen = choose(&stream, new, is_current, PasswordProof::Password).await?;
    Ok(Written::now((), chosen))
}

/// Gives the user who was invited a password. Each invitation is good once.
///
/// # Errors
/// `InvalidInvitation`, `Invalid` for a password that is not good, or a fault.
#[tracing::instrument(name = "commands.user.redeem", skip_all)]
pub async fn redeem(
    vault: &Vault,
    request: &Request,
    invitation: &str,
    password: &Password,
) -> Result<(), CommandError> {
    let invitation = Invitation::parse(invitation).map_err(|_| CommandError::InvalidInvitation)?;
    let hash = invitation.hash();
    let found = vault.accounts.find_by_invitation(&hash).await;
    let now = vault.clock.now();
    let is_good = |row: &CredentialRow| {
        row.disabled_at.is_none()
            && row.invitation_hash.as_deref() == Some(hash.as_slice())
            && row.invitation_until.is_some_and(|until| now < until)
    };
    let credential = found.map_err(CommandError::accounts)?.filter(is_good);
    let credential = credential.ok_or(CommandError::InvalidInvitation)?;
    check_rules("password", password)?;
    let tenant = TenantId::from_uuid(credential.tenant_id);
    let user = UserId::from_uuid(credential.user_id);
    let stream = UserStream {
        vault,
        metadata: request.metadata_of(tenant, user, Operation::ChangePassword),
        user,
        idempotency: None,
    };
    choose(&stream, password, is_good, PasswordProof::Invitation).await?;
    // what others guessed before locks nobody out of a password that they cannot have guessed
    forget_failures(vault, &credential).await
}

fn check_rules(field: &str, password: &Password) -> Result<(), CommandError> {
    let refused =
        |refusal: PasswordRefusal| CommandError::invalid(field, refusal.code(), refusal.to_string());
    password.check_rules().map_err(refused)
}

async fn choose(
    stream: &UserStream<'_>,
    password: &Password,
    is_proven: impl Fn(&CredentialRow) -> bool + Send + Sync,
    with: PasswordProof,
) -> Result<Appended, CommandError> {
    let vault = stream.vault;
    let hash = vault.passwords.hash(password, fresh_salt()?).await?.to_string();
    let now = vault.clock.now();
    let changed = |row: &CredentialRow| {
        // somebody else was first
        if !is_proven(row) {
            return Err(match with {
                PasswordProof::Password => CommandError::InvalidCredentials,
                PasswordProof::Invitation => CommandError::InvalidInvitation,
            });
        }
        Ok(CredentialRow {
            password_hash: Some(hash.clone()),
            invitation_hash: None,
            invitation_until: None,
            sessions_ended_at: Some(now),
            ..row.clone()
        })
    };
    let changed = stream.change(UserCommand::ChangePassword(with), changed).await?;
    changed.ok_or(CommandError::Contended)
}

/// Lets somebody who is logged in prove itself once more. A wrong password counts like one of a login.
pub(crate) async fn prove(
    vault: &Vault,
    principal: &Principal,
    network: ClientNetwork,
    password: &Password,
) -> Result<(CredentialRow, Attempt), CommandError> {
    let (tenant, user) = (principal.tenant.as_uuid(), principal.user.as_uuid());
    let credential = vault.accounts.find_by_id(tenant, user).await;
    let credential = credential
        .map_err(CommandError::accounts)?
        .ok_or(CommandError::InvalidCredentials)?;
    let attempt = Attempt::again(vault, &credential, network).ok_or(CommandError::InvalidCredentials)?;
    attempt.check_network(vault).await?;
    let stored: Option<PhcHash> = password_hash(&credential);
    if vault.passwords.verify(password, stored.as_ref()).await? == Verdict::Wrong {
        attempt.failed(vault).await?;
        return Err(CommandError::InvalidCredentials);
    }
    attempt.check_account(vault).await?;
    Ok((credential, attempt))
}

/// The hash of a user's password, if it has one.
pub(crate) fn password_hash(credential: &CredentialRow) -> Option<PhcHash> {
    credential.password_hash.as_deref()?.parse().ok()
}
