//! Use cases of second factors. Each but the confirmation wants the password once more: a stolen access token must not be
//! able to lock its user out.

use vault_access::{
    ClientNetwork, Login, Password, Permit, Principal, RECOVERY_CODES, RecoveryCode, TotpSecret, act,
};
use vault_crypto::Scope;
use vault_domain::{
    Aggregate, Metadata, Operation, TenantId, UserId,
    totp::{Totp, TotpCommand, TotpConfirmed, TotpRemoval},
};
use vault_event_store::{Loaded, SecondFactorRow};
use zeroize::Zeroizing;

use crate::{
    dataset::encode,
    error::CommandError,
    request::{Request, context},
    session::{Proof, secret_context, totp_stream},
    tenant::system_metadata,
    user::{check_rank_of, open_email, prove},
    vault::Vault,
};

/// Begins with a second factor: codes are asked for once the user has shown one.
///
/// # Errors
/// `InvalidCredentials` for a wrong password, `MfaActive`, or a fault.
#[tracing::instrument(name = "commands.totp.enroll", skip_all)]
pub async fn enroll(
    vault: &Vault,
    request: &Request,
    principal: &Principal,
    network: ClientNetwork,
    password: &Password,
) -> Result<TotpSecret, CommandError> {
    let (tenant, user) = (principal.tenant, principal.user);
    let (credential, _) = prove(vault, principal, network, password).await?;
    let loaded = load(vault, tenant, user).await?;
    let mut random = Zeroizing::new([0; 20]);
    getrandom::fill(random.as_mut()).map_err(|error| CommandError::Internal(Box::new(error)))?;
    let key = vault.keys.content_key(tenant, Scope::User(user)).await?;
    let row = SecondFactorRow {
        tenant_id: tenant.as_uuid(),
        user_id: user.as_uuid(),
        secret: Some(key.seal(&secret_context(tenant, user), random.as_ref())?),
        confirmed_at: None,
        last_step: 0,
        recovery_codes: Vec::new(),
    };
    let email = open_email(vault, tenant, user, credential.email.as_deref()).await?;
    let secret = TotpSecret::new(&random, &email)?;
    let metadata = request.metadata(principal, Operation::EnrollTotp);
    change(vault, &metadata, loaded, TotpCommand::Enroll, row).await?;
    Ok(secret)
}

/// Asks for codes from now on, when the user shows one. The session counts as begun with it from its next refresh on.
///
/// # Errors
/// `InvalidMfaCode`, `MfaNotEnrolled`, `MfaActive`, or a fault.
#[tracing::instrument(name = "commands.totp.confirm", skip_all)]
pub async fn confirm(
    vault: &Vault,
    request: &Request,
    principal: &Principal,
    login: Login,
    code: &str,
) -> Result<Vec<RecoveryCode>, CommandError> {
    let (tenant, user) = (principal.tenant, principal.user);
    let loaded = load(vault, tenant, user).await?;
    let row = vault
        .accounts
        .second_factor(tenant.as_uuid(), user.as_uuid())
        .await;
    let row = row
        .map_err(CommandError::accounts)?
        .ok_or(CommandError::MfaNotEnrolled)?;
    if row.confirmed_at.is_some() {
        return Err(CommandError::MfaActive);
    }
    let proof = Proof {
        vault,
        request,
        tenant,
        user,
    };
    if proof.take_step(&row, code).await?.is_none() {
        return Err(CommandError::InvalidMfaCode);
    }
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let mut random = [0; 10];
        getrandom::fill(&mut random).map_err(|error| CommandError::Internal(Box::new(error)))?;
        codes.push(RecoveryCode::from_random(random));
    }
    let now = vault.clock.now();
    let row = SecondFactorRow {
        confirmed_at: Some(now),
        recovery_codes: codes.iter().map(|code| code.hash(user).to_vec()).collect(),
        ..row
    };
    let confirmed = TotpConfirmed {
        recovery_codes: u32::try_from(codes.len()).unwrap_or(u32::MAX),
    };
    let metadata = request.metadata(principal, Operation::ConfirmTotp);
    change(vault, &metadata, loaded, TotpCommand::Confirm(confirmed), row).await?;
    let raised = vault.accounts.raise_session(login.session.as_uuid(), now).await;
    raised.map_err(CommandError::accounts)?;
    Ok(codes)
}

/// Asks for no codes any more. Wants the password and a code, which counts like one of a login.
///
/// # Errors
/// `InvalidCredentials`, `AccountLocked`, `InvalidMfaCode`, `MfaNotEnrolled`, or a fault.
#[tracing::instrument(name = "commands.totp.remove", skip_all)]
pub async fn remove(
    vault: &Vault,
    request: &Request,
    principal: &Principal,
    network: ClientNetwork,
    password: &Password,
    code: &str,
) -> Result<(), CommandError> {
    let (tenant, user) = (principal.tenant, principal.user);
    let (_, attempt) = prove(vault, principal, network, password).await?;
    let proof = Proof {
        vault,
        request,
        tenant,
        user,
    };
    let row = proof.factor().await?.ok_or(CommandError::MfaNotEnrolled)?;
    if proof.take(&row, code).await?.is_none() {
        attempt.failed(vault).await?;
        return Err(CommandError::InvalidMfaCode);
    }
    let metadata = request.metadata(principal, Operation::RemoveTotp);
    let loaded = load(vault, tenant, user).await?;
    let remove = TotpCommand::Remove(TotpRemoval::ByUser);
    change(vault, &metadata, loaded, remove, removed(&row)).await
}

/// Asks a user of the caller's tenant who lost app and codes for none any more. One who has none stays so.
///
/// # Errors
/// `UserNotFound`, `RolesBeyondOwn`, or a fault.
#[tracing::instrument(name = "commands.totp.remove_of", skip_all)]
pub async fn remove_of(
    vault: &Vault,
    permit: &Permit<act::UserManage>,
    request: &Request,
    user: UserId,
) -> Result<(), CommandError> {
    let principal = permit.principal();
    check_rank_of(vault, principal, user).await?;
    let metadata = request.metadata(principal, Operation::RemoveTotp);
    match remove_for(vault, &metadata, user, TotpRemoval::ByAdministrator).await {
        Err(CommandError::MfaNotEnrolled) => Ok(()),
        done => done,
    }
}

/// Asks a user who lost app and codes for none any more. No request reaches it.
///
/// # Errors
/// `MfaNotEnrolled`, or a fault.
pub async fn remove_as_operator(vault: &Vault, tenant: TenantId, user: UserId) -> Result<(), CommandError> {
    let metadata = system_metadata(vault, tenant, Operation::RemoveTotp);
    remove_for(vault, &metadata, user, TotpRemoval::ByOperator).await
}

async fn remove_for(
    vault: &Vault,
    metadata: &Metadata,
    user: UserId,
    removal: TotpRemoval,
) -> Result<(), CommandError> {
    let tenant = metadata.tenant_id;
    let loaded = load(vault, tenant, user).await?;
    let row = vault
        .accounts
        .second_factor(tenant.as_uuid(), user.as_uuid())
        .await;
    let row = row
        .map_err(CommandError::accounts)?
        .ok_or(CommandError::MfaNotEnrolled)?;
    change(
        vault,
        metadata,
        loaded,
        TotpCommand::Remove(removal),
        removed(&row),
    )
    .await
}

/// Before the row is read: whoever changes both meanwhile makes the append a conflict.
async fn load(vault: &Vault, tenant: TenantId, user: UserId) -> Result<Loaded<Totp>, CommandError> {
    Ok(vault.store.load::<Totp>(tenant, user.as_uuid()).await?)
}

fn removed(row: &SecondFactorRow) -> SecondFactorRow {
    SecondFactorRow {
        secret: None,
        confirmed_at: None,
        recovery_codes: Vec::new(),
        ..*row
    }
}

/// Decides, and commits the row with what follows. Who changes it at the same moment is told to try again.
async fn change(
    vault: &Vault,
    metadata: &Metadata,
    loaded: Loaded<Totp>,
    command: TotpCommand,
    row: SecondFactorRow,
) -> Result<(), CommandError> {
    let events = loaded.aggregate.decide(command, &context(vault.clock.now()))?;
    if events.is_empty() {
        return Ok(());
    }
    let mut append = encode(
        vault,
        totp_stream(UserId::from_uuid(row.user_id)),
        loaded.sequence,
        metadata,
        &events,
    )?;
    append.rows.second_factors.push(row);
    vault.appender.append(append).await?;
    Ok(())
}
