//! `vault-server users`: the accounts of a deployment, made by its operator.

use std::{fs, io::Write, path::PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use uuid::Uuid;
use vault_access::{CertificateName, Password, Scopes};
use vault_commands::{
    CommandError,
    api_key::{MAX_API_KEY_DAYS, map_certificate, revoke_as_operator},
    tenant::create_tenant,
    totp::remove_as_operator,
    user::{
        Email, UserChange, change_as_operator, list_as_operator, register_as_operator,
        reset_password_as_operator,
    },
};
use vault_domain::{Action, ApiKeyId, Role, TenantId, UserId, tenant::Tenant, user::UserStatus};
use zeroize::Zeroizing;

use super::settings_of;
use crate::{config::Config, parts::Parts};

/// How many users are read at once.
const PAGE: i64 = 100;

/// Commands about accounts.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server users create --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b \
                  --email ana@example.com --role admin --password-file ana.password"
)]
pub struct UsersArgs {
    /// The folder of vault.toml.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR")]
    pub config: PathBuf,
    /// The data directory of a development vault that runs, instead of a configured database.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: UsersCommand,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// Registers a user, and makes the tenant when there is none with that id.
    Create(CreateUserArgs),
    /// Lists the users of a tenant.
    List(ListUsersArgs),
    /// Lets a user log in no more: sessions are over and API keys refused within a second.
    Disable(UserArgs),
    /// Lets a user who was disabled log in again.
    Enable(UserArgs),
    /// Changes what a user may do.
    SetRoles(SetRolesArgs),
    /// Takes a user's password away, and gives an invitation to choose another.
    ResetPassword(UserArgs),
    /// Asks a user who lost app and recovery codes for no second factor any more.
    ResetMfa(UserArgs),
    /// Lets programs with a certificate of this name call in the name of a user.
    MapCertificate(MapCertificateArgs),
    /// Revokes an API key, or the mapping of a certificate, that somebody else has.
    RevokeApiKey(RevokeApiKeyArgs),
}

/// Which user is meant.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server users disable --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b --user 0190a6b3-..."
)]
pub struct UserArgs {
    /// The tenant's id.
    #[arg(long)]
    pub tenant: Uuid,
    /// The user's id.
    #[arg(long)]
    pub user: Uuid,
}

impl UserArgs {
    const fn ids(&self) -> (TenantId, UserId) {
        (TenantId::from_uuid(self.tenant), UserId::from_uuid(self.user))
    }
}

/// Whose users are listed.
#[derive(Debug, Args)]
#[command(after_help = "Example: vault-server users list --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b")]
pub struct ListUsersArgs {
    /// The tenant's id.
    #[arg(long)]
    pub tenant: Uuid,
    /// One JSON object a line instead of sentences.
    #[arg(long)]
    pub json: bool,
}

/// What a user may do from now on.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server users set-roles --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b \
                  --user 0190a6b3-... --role auditor"
)]
pub struct SetRolesArgs {
    /// Which user is meant.
    #[command(flatten)]
    pub user: UserArgs,
    /// What the user may do; may be given several times.
    #[arg(long = "role", required = true)]
    pub roles: Vec<Role>,
}

/// Which API key is revoked.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server users revoke-api-key --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b --key 0190a6b3-..."
)]
pub struct RevokeApiKeyArgs {
    /// The tenant's id.
    #[arg(long)]
    pub tenant: Uuid,
    /// The key's id.
    #[arg(long)]
    pub key: Uuid,
}

/// Which certificate stands for which user.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server users map-certificate --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b \
                  --user 0190a6b3-... --name uri:spiffe://example.com/ingest --scope record:add"
)]
pub struct MapCertificateArgs {
    /// In whose name they call.
    #[command(flatten)]
    pub user: UserArgs,
    /// A name in the certificate: `uri:...`, `dns:...` or `subject:...`; it stands for nobody else, in any tenant.
    #[arg(long, value_parser = CertificateName::parse)]
    pub name: CertificateName,
    /// What they may do, of what the user may; may be given several times.
    #[arg(long = "scope", required = true, value_parser = scope)]
    pub scopes: Vec<Action>,
    /// For how many days.
    #[arg(long, default_value_t = MAX_API_KEY_DAYS, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_API_KEY_DAYS)))]
    pub days: u32,
}

fn scope(name: &str) -> Result<Action, String> {
    let action = Action::named(name).filter(|action| Scopes::may_hold(*action));
    action.ok_or_else(|| "is no action that a program may hold".to_owned())
}

/// Who the new user is.
#[derive(Debug, Args)]
pub struct CreateUserArgs {
    /// The tenant's id.
    #[arg(long)]
    pub tenant: Uuid,
    /// The email that the user logs in with; nobody else may have it, in any tenant.
    #[arg(long)]
    pub email: String,
    /// What the user may do: `admin`, `data_scientist`, `auditor` or `ingest`; may be given several times.
    #[arg(long = "role", required = true)]
    pub roles: Vec<Role>,
    /// The file that holds the password; line breaks at its end are not part of it.
    #[arg(long)]
    pub password_file: PathBuf,
    /// One JSON object instead of a sentence.
    #[arg(long)]
    pub json: bool,
}

/// Runs a command about accounts.
///
/// # Errors
/// When the email, the password or the tenant is not acceptable, somebody has that email, or the database cannot be
/// reached.
pub async fn users(config: &Config, args: &UsersArgs) -> anyhow::Result<()> {
    let new = match &args.command {
        UsersCommand::Create(new) => Some((Email::parse(&new.email)?, read_password(new)?)),
        _ => None,
    };
    let parts = Parts::new(settings_of(config, args.data_dir.as_deref())?).await?;
    let done = match (&args.command, &new) {
        (UsersCommand::Create(args), Some((email, password))) => create(&parts, args, email, password).await,
        (command, _) => run(&parts, command).await,
    };
    parts.stop().await;
    say(&done?)
}

/// Does what needs no password, and says what was done.
async fn run(parts: &Parts, command: &UsersCommand) -> anyhow::Result<String> {
    let vault = &parts.vault;
    match command {
        UsersCommand::Create(_) => bail!("a new user has a password"),
        UsersCommand::List(args) => list(parts, args).await,
        UsersCommand::Disable(args) => {
            set(parts, args, None, Some(UserStatus::Disabled)).await?;
            Ok(format!(
                "user {} cannot log in, and is logged out within a second",
                args.user
            ))
        }
        UsersCommand::Enable(args) => {
            set(parts, args, None, Some(UserStatus::Active)).await?;
            Ok(format!("user {} can log in", args.user))
        }
        UsersCommand::SetRoles(SetRolesArgs { user, roles }) => {
            set(parts, user, Some(roles.clone()), None).await?;
            let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
            Ok(format!("user {} is {} from now on", user.user, names.join(", ")))
        }
        UsersCommand::ResetPassword(args) => {
            let (tenant, user) = args.ids();
            let reset = reset_password_as_operator(vault, tenant, user).await;
            let reset = reset.context("the password is not reset")?;
            let invitation = reset.invitation.expose();
            Ok(format!(
                "user {user} chooses a password within three days with {}",
                *invitation
            ))
        }
        UsersCommand::ResetMfa(args) => {
            let (tenant, user) = args.ids();
            let removed = remove_as_operator(vault, tenant, user).await;
            removed.context("the second factor is not removed")?;
            Ok(format!("user {user} is asked for no second factor"))
        }
        UsersCommand::MapCertificate(args) => {
            let (tenant, user) = args.user.ids();
            let mapped = map_certificate(vault, tenant, user, &args.name, &args.scopes, args.days).await;
            let key = mapped.context("the certificate is not mapped")?;
            Ok(format!(
                "a certificate with that name is user {user}, by the API key {key}"
            ))
        }
        UsersCommand::RevokeApiKey(RevokeApiKeyArgs { tenant, key }) => {
            let (tenant, key) = (TenantId::from_uuid(*tenant), ApiKeyId::from_uuid(*key));
            let revoked = revoke_as_operator(vault, tenant, key).await;
            revoked.context("the API key is not revoked")?;
            Ok(format!("API key {key} is refused within a second"))
        }
    }
}

async fn set(
    parts: &Parts,
    args: &UserArgs,
    roles: Option<Vec<Role>>,
    status: Option<UserStatus>,
) -> anyhow::Result<()> {
    let (tenant, user) = args.ids();
    let changed = change_as_operator(&parts.vault, tenant, user, &UserChange { roles, status }).await;
    changed.context("the user is not changed")
}

async fn list(parts: &Parts, args: &ListUsersArgs) -> anyhow::Result<String> {
    let (tenant, mut after) = (TenantId::from_uuid(args.tenant), Uuid::nil());
    let mut lines = Vec::new();
    loop {
        let page = list_as_operator(&parts.vault, tenant, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(lines.join("\n"));
        };
        after = last.id().as_uuid();
        lines.extend(page.iter().map(|user| {
            let (id, status, roles) = (user.id(), user.status(), &user.row.credential.roles);
            if args.json {
                let mfa = user.row.has_second_factor;
                let line = serde_json::json!({
                    "user_id": id.as_uuid(), "email": user.email, "roles": roles, "status": status, "mfa": mfa,
                });
                line.to_string()
            } else {
                format!("{id} {} is {status}: {}", user.email, roles.join(", "))
            }
        }));
    }
}

fn say(sentence: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{sentence}")?;
    Ok(())
}

fn read_password(args: &CreateUserArgs) -> anyhow::Result<Password> {
    let path = &args.password_file;
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = Zeroizing::new(text);
    let password = Password::new(text.trim_end_matches(['\r', '\n']).to_owned())?;
    password.check_rules()?;
    Ok(password)
}

async fn create(
    parts: &Parts,
    args: &CreateUserArgs,
    email: &Email,
    password: &Password,
) -> anyhow::Result<String> {
    let tenant = TenantId::from_uuid(args.tenant);
    let known = parts.vault.store.load::<Tenant>(tenant, args.tenant).await?;
    if known.sequence == 0 {
        create_tenant(&parts.vault, tenant)
            .await
            .context("the tenant cannot be made")?;
    }
    let user = match register_as_operator(&parts.vault, tenant, email, password, &args.roles).await {
        Err(CommandError::EmailTaken) => bail!("somebody has that email already"),
        registered => registered.context("the user cannot be registered")?.as_uuid(),
    };
    let tenant = args.tenant;
    if args.json {
        let roles: Vec<&str> = args.roles.iter().map(|role| role.name()).collect();
        let report = serde_json::json!({ "tenant_id": tenant, "user_id": user, "roles": roles });
        Ok(report.to_string())
    } else {
        Ok(format!("user {user} of tenant {tenant} can log in"))
    }
}
