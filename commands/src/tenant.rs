//! Use cases of the vault itself: tenants and their first users. No request reaches them.

use vault_access::{Password, PasswordSalt};
use vault_crypto::{Label, Scope, SealContext, TenantKeyIds};
use vault_domain::{
    Actor, Aggregate, EventId, KeyId, Metadata, Operation, Role, SealedText, TenantId, UserId, field,
    tenant::{Tenant, TenantCommand, TenantRefusal},
    user::{User, UserCommand},
};
use vault_event_store::{Append, CredentialRow, StreamId, TenantKeyRow, TenantRow};

use crate::{
    dataset::{key_row, record_created},
    error::CommandError,
    request::context,
    session::normalize,
    vault::Vault,
};

/// Makes a tenant with its keys.
///
/// # Errors
/// A fault.
pub async fn create_tenant(vault: &Vault, tenant: TenantId) -> Result<(), CommandError> {
    let now = vault.clock.now();
    let key = || KeyId::from_uuid(vault.ids.next());
    let ids = TenantKeyIds {
        tenant_key: key(),
        content: key(),
        lookup: key(),
    };
    let keys = vault.keys.create_tenant_keys(tenant, ids).await?;
    let events = Tenant::default()
        .decide(TenantCommand::Create, &context(now))
        .map_err(|refusal: TenantRefusal| CommandError::Internal(Box::new(refusal)))?;
    let metadata = system_metadata(vault, tenant, Operation::CreateTenant);
    let stream = StreamId {
        aggregate_type: Tenant::TYPE,
        aggregate_id: tenant.as_uuid(),
    };
    let mut append = Append::new(stream, 0, &metadata, &events, || {
        EventId::from_uuid(vault.ids.next())
    })?;
    append.rows.tenants.push(TenantRow { created_at: now });
    append.rows.tenant_keys.push(TenantKeyRow {
        key_id: keys.tenant_key.key_id.as_uuid(),
        kms_provider: keys.tenant_key.provider.clone(),
        kms_key: keys.tenant_key.kms_key.clone(),
        wrapped: keys.tenant_key.wrapped.clone(),
        created_at: now,
    });
    append.rows.data_keys = keys.rows.iter().map(|row| key_row(tenant, row, now)).collect();
    vault.appender.append(append).await?;
    record_created(vault, tenant, &[ids.tenant_key, ids.content, ids.lookup]).await
}

/// Registers a user who can log in, unless somebody has that email: `None` then.
///
/// # Errors
/// A fault.
pub async fn register_user(
    vault: &Vault,
    tenant: TenantId,
    email: &str,
    password: &Password,
    roles: Vec<Role>,
) -> Result<Option<UserId>, CommandError> {
    let email = normalize(email);
    let hash = vault.email_hasher.hash(field::USER_EMAIL, email.as_bytes());
    let known = vault
        .accounts
        .find_by_email(hash)
        .await
        .map_err(|error| CommandError::Accounts(error.into()))?;
    if known.is_some() {
        return Ok(None);
    }
    let now = vault.clock.now();
    let id = UserId::from_uuid(vault.ids.next());
    let scope = Scope::User(id);
    let new_key = vault
        .keys
        .create_content_key(tenant, scope, 1, KeyId::from_uuid(vault.ids.next()))
        .await?;
    let seal_context = SealContext {
        tenant,
        scope,
        label: Label::Field(field::USER_EMAIL),
    };
    let sealed = new_key.key.seal_value(&seal_context, email.as_bytes())?;
    let role_names = roles.iter().map(|role| role.name().to_owned()).collect();
    let command = UserCommand::Register {
        email: SealedText { sealed, hash },
        roles,
    };
    let events = User::default().decide(command, &context(now))?;
    let metadata = system_metadata(vault, tenant, Operation::RegisterUser);
    let stream = StreamId {
        aggregate_type: User::TYPE,
        aggregate_id: id.as_uuid(),
    };
    let mut append = Append::new(stream, 0, &metadata, &events, || {
        EventId::from_uuid(vault.ids.next())
    })?;
    append.rows.data_keys.push(key_row(tenant, &new_key.row, now));
    append.rows.credentials.push(CredentialRow {
        tenant_id: tenant.as_uuid(),
        user_id: id.as_uuid(),
        email_hash: hash.as_bytes().to_vec(),
        password_hash: vault.passwords.hash(password, fresh_salt()?).await?.to_string(),
        roles: role_names,
        created_at: now,
    });
    vault.appender.append(append).await?;
    record_created(vault, tenant, &[new_key.row.key_id]).await?;
    Ok(Some(id))
}

fn fresh_salt() -> Result<PasswordSalt, CommandError> {
    let mut salt = PasswordSalt::default();
    getrandom::fill(&mut salt).map_err(|error| CommandError::Internal(Box::new(error)))?;
    Ok(salt)
}

pub(crate) fn system_metadata(vault: &Vault, tenant: TenantId, operation: Operation) -> Metadata {
    Metadata {
        tenant_id: tenant,
        actor: Actor::System,
        operation,
        correlation_id: EventId::from_uuid(vault.ids.next()),
        causation_id: None,
        approval_id: None,
        trace: None,
        client: None,
    }
}
