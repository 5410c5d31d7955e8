//! `vault-server users`: the accounts of a deployment, made by its operator.

use std::{fs, io::Write, path::PathBuf};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use uuid::Uuid;
use vault_access::Password;
use vault_commands::{
    api_key::revoke_as_operator,
    tenant::{create_tenant, register_user},
    totp::remove_as_operator,
};
use vault_domain::{ApiKeyId, Role, TenantId, UserId, tenant::Tenant};
use zeroize::Zeroizing;

use super::settings_of;
use crate::{config::Config, parts::Parts};

/// The longest email, in bytes (RFC 5321).
const MAX_EMAIL_BYTES: usize = 254;

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
    /// Asks a user who lost app and recovery codes for no second factor any more.
    ResetMfa(ResetMfaArgs),
    /// Revokes an API key that somebody else has.
    RevokeApiKey(RevokeApiKeyArgs),
}

/// Whose second factor is removed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server users reset-mfa --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b --user 0190a6b3-..."
)]
pub struct ResetMfaArgs {
    /// The tenant's id.
    #[arg(long)]
    pub tenant: Uuid,
    /// The user's id.
    #[arg(long)]
    pub user: Uuid,
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
    let settings = || settings_of(config, args.data_dir.as_deref());
    match &args.command {
        UsersCommand::Create(new) => {
            check_email(&new.email)?;
            let password = read_password(new)?;
            let parts = Parts::new(settings()?).await?;
            let created = create(&parts, new, &password).await;
            parts.stop().await;
            report(new, created?)
        }
        UsersCommand::ResetMfa(ResetMfaArgs { tenant, user }) => {
            let parts = Parts::new(settings()?).await?;
            let (tenant, user) = (TenantId::from_uuid(*tenant), UserId::from_uuid(*user));
            let removed = remove_as_operator(&parts.vault, tenant, user).await;
            parts.stop().await;
            removed.context("the second factor is not removed")?;
            say(&format!("user {user} is asked for no second factor"))
        }
        UsersCommand::RevokeApiKey(RevokeApiKeyArgs { tenant, key }) => {
            let parts = Parts::new(settings()?).await?;
            let (tenant, key) = (TenantId::from_uuid(*tenant), ApiKeyId::from_uuid(*key));
            let revoked = revoke_as_operator(&parts.vault, tenant, key).await;
            parts.stop().await;
            revoked.context("the API key is not revoked")?;
            say(&format!("API key {key} is refused within a second"))
        }
    }
}

fn say(sentence: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{sentence}")?;
    Ok(())
}

/// Whether it can be an email at all. Whether mail reaches it, only mail can tell.
fn check_email(email: &str) -> anyhow::Result<()> {
    ensure!(
        email.len() <= MAX_EMAIL_BYTES,
        "the email is longer than {MAX_EMAIL_BYTES} bytes"
    );
    let is_email = email
        .rsplit_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    let is_plain = !email
        .chars()
        .any(|character| character.is_whitespace() || character.is_control());
    ensure!(is_email && is_plain, "that is no email");
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

async fn create(parts: &Parts, args: &CreateUserArgs, password: &Password) -> anyhow::Result<UserId> {
    let tenant = TenantId::from_uuid(args.tenant);
    let known = parts.vault.store.load::<Tenant>(tenant, args.tenant).await?;
    if known.sequence == 0 {
        create_tenant(&parts.vault, tenant)
            .await
            .context("the tenant cannot be made")?;
    }
    let registered = register_user(&parts.vault, tenant, &args.email, password, args.roles.clone()).await;
    match registered.context("the user cannot be registered")? {
        Some(user) => Ok(user),
        None => bail!("somebody has that email already"),
    }
}

fn report(args: &CreateUserArgs, user: UserId) -> anyhow::Result<()> {
    let (tenant, user) = (args.tenant, user.as_uuid());
    let mut out = std::io::stdout().lock();
    if args.json {
        let roles: Vec<&str> = args.roles.iter().map(|role| role.name()).collect();
        writeln!(
            out,
            "{}",
            serde_json::json!({ "tenant_id": tenant, "user_id": user, "roles": roles })
        )?;
    } else {
        writeln!(out, "user {user} of tenant {tenant} can log in")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_has_two_sides_and_no_blanks() {
        for good in ["a@b", "ana+test@example.com", "\"odd@local\"@example.com"] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ana",
            "@example.com",
            "ana@",
            "ana @example.com",
            "ana@example.com\n",
            "a@\u{7}b",
        ] {
            assert!(check_email(bad).is_err(), "{bad:?}");
        }
        assert!(check_email(&format!("{}@example.com", "a".repeat(250))).is_err());
    }
}
