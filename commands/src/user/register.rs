//! Registering users.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use vault_access::{INVITATION_LIFETIME_S, Invitation, Password, Permit, act};
use vault_crypto::Scope;
use vault_domain::{
    Aggregate, ErrorCode, KeyId, Metadata, Operation, Role, SealedText, TenantId, UserId, field,
    user::{User, UserCommand, UserEvent},
};
use vault_event_store::{AppendError, Appended, CredentialRow, IdempotencyRow, StoredEvent, UserRow};

use super::{
    Email, FreshInvitation, UserView, check_rank,
    email::{MAX_EMAIL_BYTES, context as email_context},
    fresh_invitation, fresh_salt, in_order,
    list::view_of,
    names, stream,
};
use crate::{
    dataset::{encode, key_row, record_created},
    error::CommandError,
    idempotency::look_up,
    request::{Request, Written, context},
    tenant::system_metadata,
    vault::Vault,
};

const CREATED: u16 = 201;
/// What Postgres says of an email that somebody else took at the same moment.
const UNIQUE_VIOLATION: &str = "23505";

/// Who a new user is.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// What it logs in with.
    pub email: &'a str,
    /// What it may do.
    pub roles: &'a [Role],
    /// Its first password; without one it is invited to choose one.
    pub password: Option<&'a Password>,
}

/// A user who was registered.
#[derive(Debug)]
pub enum Created {
    /// Can log in.
    WithPassword(UserView),
    /// Can choose a password.
    Invited(FreshInvitation),
}

/// Registers a user of the caller's tenant.
///
/// # Errors
/// `Invalid` for a bad field, `EmailTaken`, `RolesBeyondOwn`, `SecretNotRepeated` for an invitation that was given before,
/// or a fault.
#[tracing::instrument(name = "commands.user.create", skip_all)]
pub async fn create(
    vault: &Vault,
    permit: &Permit<act::UserManage>,
    request: &Request,
    new: &NewUser<'_>,
) -> Result<Written<Created>, CommandError> {
    let principal = permit.principal();
    let (repeatable, before) = look_up(vault, principal, request.idempotency.as_ref()).await?;
    if let Some(events) = before {
        return again(vault, principal.tenant, new, &events).await;
    }
    let invalid = |_| {
        let message = format!("must have two sides of an @, no blanks and at most {MAX_EMAIL_BYTES} bytes");
        CommandError::invalid("email", ErrorCode::InvalidEmail, message)
    };
    let email = Email::parse(new.email).map_err(invalid)?;
    let refused = |refusal: vault_access::PasswordRefusal| {
        CommandError::invalid("password", refusal.code(), refusal.to_string())
    };
    new.password
        .map_or(Ok(()), Password::check_rules)
        .map_err(refused)?;
    check_rank(principal, new.roles.iter().copied())?;
    let registration = Registration {
        vault,
        metadata: request.metadata(principal, Operation::RegisterUser),
        email: &email,
        roles: in_order(new.roles),
        password: new.password,
        idempotency: repeatable.map(|repeatable| repeatable.row(vault, CREATED)),
    };
    let (created, appended) = registration.run().await?;
    Ok(Written::now(created, appended))
}

/// Registers a user who can log in, for an operator, who sees to it that the password is a good one. No request reaches it.
///
/// # Errors
/// `EmailTaken`, or a fault.
pub async fn register_as_operator(
    vault: &Vault,
    tenant: TenantId,
    email: &Email,
    password: &Password,
    roles: &[Role],
) -> Result<UserId, CommandError> {
    let registration = Registration {
        vault,
        metadata: system_metadata(vault, tenant, Operation::RegisterUser),
        email,
        roles: in_order(roles),
        password: Some(password),
        idempotency: None,
    };
    let (created, _) = registration.run().await?;
    Ok(created.view().id())
}

impl Created {
    const fn view(&self) -> &UserView {
        match self {
            Self::WithPassword(view) | Self::Invited(FreshInvitation { view, .. }) => view,
        }
    }
}

/// The answer once more, unless it held an invitation.
async fn again(
    vault: &Vault,
    tenant: TenantId,
    new: &NewUser<'_>,
    events: &[StoredEvent],
) -> Result<Written<Created>, CommandError> {
    let first = events.first().filter(|_| new.password.is_some());
    let first = first.ok_or(CommandError::SecretNotRepeated)?;
    let user = first
        .aggregate_id
        .parse()
        .map_err(|_| CommandError::UserNotFound)?;
    let view = view_of(vault, tenant, user).await?;
    Ok(Written::again(Created::WithPassword(view), first.position))
}

/// A user who is about to be registered.
struct Registration<'a> {
    vault: &'a Vault,
    metadata: Metadata,
    email: &'a Email,
    roles: Vec<Role>,
    password: Option<&'a Password>,
    idempotency: Option<IdempotencyRow>,
}

impl Registration<'_> {
    async fn run(self) -> Result<(Created, Appended), CommandError> {
        let (vault, tenant) = (self.vault, self.metadata.tenant_id);
        let email = self.email.as_str();
        let hash = vault.email_hasher.hash(field::USER_EMAIL, email.as_bytes());
        let known = vault.accounts.find_by_email(hash).await;
        if known.map_err(CommandError::accounts)?.is_some() {
            return Err(CommandError::EmailTaken);
        }
        let now = vault.clock.now().trunc_subsecs(6);
        let id = UserId::from_uuid(vault.ids.next());
        let key_id = KeyId::from_uuid(vault.ids.next());
        let scope = Scope::User(id);
        let new_key = vault.keys.create_content_key(tenant, scope, 1, key_id).await?;
        let sealed = new_key
            .key
            .seal_value(&email_context(tenant, id), email.as_bytes())?;
        let mut row = CredentialRow {
            tenant_id: tenant.as_uuid(),
            user_id: id.as_uuid(),
            email_hash: hash.as_bytes().to_vec(),
            password_hash: None,
            roles: names(&self.roles),
            created_at: now,
            email: Some(sealed.envelope().to_vec()),
            disabled_at: None,
            invitation_hash: None,
            invitation_until: None,
            sessions_ended_at: None,
        };
        let invitation: Option<Invitation> = if let Some(password) = self.password {
            row.password_hash = Some(vault.passwords.hash(password, fresh_salt()?).await?.to_string());
            None
        } else {
            let invitation = fresh_invitation()?;
            row.invitation_hash = Some(invitation.hash().to_vec());
            row.invitation_until = Some(now + TimeDelta::seconds(i64::from(INVITATION_LIFETIME_S)));
            Some(invitation)
        };
        let events = registered(SealedText { sealed, hash }, self.roles, row.invitation_until, now)?;
        let mut append = encode(vault, stream(id), 0, &self.metadata, &events)?;
        append.rows.data_keys.push(key_row(tenant, &new_key.row, now));
        append.rows.credentials.push(row.clone());
        append.rows.idempotency = self.idempotency;
        let appended = match vault.appender.append(append).await {
            Ok(appended) => appended,
            Err(AppendError::Rejected { sqlstate }) if sqlstate == UNIQUE_VIOLATION => {
                return Err(CommandError::EmailTaken);
            }
            Err(AppendError::AnsweredBefore) => return Err(CommandError::SecretNotRepeated),
            Err(error) => return Err(error.into()),
        };
        record_created(vault, tenant, &[new_key.row.key_id]).await?;
        let view = UserView {
            row: UserRow {
                credential: row,
                has_second_factor: false,
            },
            email: email.to_owned(),
        };
        let created = match invitation {
            Some(invitation) => Created::Invited(FreshInvitation { view, invitation }),
            None => Created::WithPassword(view),
        };
        Ok((created, appended))
    }
}

/// What becomes of a user who is registered, and invited if it has no password.
fn registered(
    email: SealedText,
    roles: Vec<Role>,
    invitation_until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Vec<UserEvent>, CommandError> {
    let mut user = User::default();
    let mut events = user.decide(UserCommand::Register { email, roles }, &context(now))?;
    for event in &events {
        user.evolve(event);
    }
    if let Some(expires_at) = invitation_until {
        events.extend(user.decide(UserCommand::Invite { expires_at }, &context(now))?);
    }
    Ok(events)
}
