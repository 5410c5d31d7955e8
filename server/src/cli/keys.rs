//! `vault-server keys`: the root key, and the keys below it.

mod destroy;
mod end_epoch;
mod list;
mod revoke;
mod rewrap;
mod rewrap_root;
mod rotate;
mod rotate_tokens;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use uuid::Uuid;
use vault_crypto::{Kms, LocalKms};

use crate::{
    config::Config, operator::settings_of, parts::Parts, rewrapping::RewrapSettings,
    root_keys::read_passphrase,
};

/// Commands about keys.
#[derive(Debug, Args)]
#[command(after_help = "Example: vault-server keys create-root /etc/llm-data-vault/root.key")]
pub struct KeysArgs {
    /// The folder of vault.toml.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR")]
    pub config: PathBuf,
    /// The data directory of a development vault that runs, instead of a configured database.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// One JSON object instead of sentences.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Makes a key file for encryption.provider = "local"; replaces none.
    CreateRoot(CreateRootArgs),
    /// Shows what each root key wraps, and with --tenant what each content key of a tenant seals.
    List(ListArgs),
    /// Rotates one content key of a tenant, or all that are old.
    Rotate(RotateArgs),
    /// Lets a content key open nothing any more, at once and everywhere, because others may have it.
    Revoke(RevokeArgs),
    /// Seals anew, with the newest key, what older content keys of a tenant sealed, so that these can be destroyed.
    Rewrap(RewrapArgs),
    /// Destroys an older content key that nothing needs any more.
    Destroy(DestroyArgs),
    /// Wraps by the configured root key what earlier ones wrapped.
    RewrapRoot,
    /// Signs access tokens with a new key, in some seconds.
    RotateTokens(RotateTokensArgs),
    /// Ends the erasure epoch: subjects that live on move to the next one, and the key of the one before is destroyed.
    EndEpoch,
}

/// What becomes of tokens that earlier keys signed.
#[derive(Debug, Args)]
#[command(after_help = "Example: vault-server keys rotate-tokens --refuse-earlier")]
pub struct RotateTokensArgs {
    /// Refuse them at once, because others may have a key: whoever has one gets another by its refresh token.
    #[arg(long)]
    pub refuse_earlier: bool,
}

/// Where the new key goes.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server keys create-root /etc/llm-data-vault/root.key --passphrase-file /run/secrets/passphrase"
)]
pub struct CreateRootArgs {
    /// The file to make, for its owner alone.
    pub path: PathBuf,
    /// The file of a passphrase of 12 characters or more; the key is sealed under it (Argon2id).
    #[arg(long)]
    pub passphrase_file: Option<PathBuf>,
}

/// What is shown.
#[derive(Debug, Args)]
#[command(after_help = "Example: vault-server keys list --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b")]
pub struct ListArgs {
    /// The tenant whose content keys are counted; reads a few bytes of each of its contents, also of large ones.
    #[arg(long)]
    pub tenant: Option<Uuid>,
}

/// What is rotated.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server keys rotate --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b --key 0190a6b3-..."
)]
pub struct RotateArgs {
    /// The tenant of the key.
    #[arg(long, requires = "key", required_unless_present = "older_than_days")]
    pub tenant: Option<Uuid>,
    /// The content key that seals now.
    #[arg(long, requires = "tenant")]
    pub key: Option<Uuid>,
    /// All keys of datasets and tenants that seal and are older.
    #[arg(long, conflicts_with_all = ["tenant", "key"])]
    pub older_than_days: Option<u32>,
}

/// What is revoked.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server keys revoke --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b --key 0190a6b3-..."
)]
pub struct RevokeArgs {
    /// The tenant of the key.
    #[arg(long)]
    pub tenant: Uuid,
    /// The content key.
    #[arg(long)]
    pub key: Uuid,
}

/// What is sealed anew.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server keys rewrap --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b --key 0190a6b3-...\n\n\
    It is done by a server that runs, or else by this command. After a break, run it again: what is done stays done."
)]
pub struct RewrapArgs {
    /// The tenant of the key.
    #[arg(long)]
    pub tenant: Uuid,
    /// The older content key.
    #[arg(long, required_unless_present = "all")]
    pub key: Option<Uuid>,
    /// All older content keys of the tenant's datasets of which nobody has asked this.
    #[arg(long, conflicts_with_all = ["key", "pause"])]
    pub all: bool,
    /// Leaves it be, until it is asked for again.
    #[arg(long)]
    pub pause: bool,
    /// Does not wait for the end: a server does it.
    #[arg(long)]
    pub no_wait: bool,
}

/// What is destroyed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server keys destroy --tenant 0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b --key 0190a6b3-..."
)]
pub struct DestroyArgs {
    /// The tenant of the key.
    #[arg(long)]
    pub tenant: Uuid,
    /// The older content key, of which nothing is left: `keys rewrap` came to its end.
    #[arg(long)]
    pub key: Uuid,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be made, or the database or a key service is away.
pub async fn keys(
    load: impl Fn(&Path) -> anyhow::Result<Config>,
    args: &KeysArgs,
) -> anyhow::Result<ExitCode> {
    let report = match &args.command {
        KeysCommand::CreateRoot(new) => create_root(new)?,
        command => {
            let config = load(&args.config)?;
            let parts = Parts::new(settings_of(&config, args.data_dir.as_deref())?).await?;
            let done = run(&parts, RewrapSettings::of(&config.encryption), command).await;
            parts.stop().await;
            done?
        }
    };
    let text = if args.json {
        report.json.to_string()
    } else {
        report.text
    };
    writeln!(std::io::stdout().lock(), "{}", text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// What a command tells, for people and for programs.
struct Report {
    text: String,
    json: serde_json::Value,
}

async fn run(parts: &Parts, rewrapping: RewrapSettings, command: &KeysCommand) -> anyhow::Result<Report> {
    match command {
        KeysCommand::CreateRoot(new) => create_root(new),
        KeysCommand::List(args) => list::list(parts, args).await,
        KeysCommand::Rotate(args) => rotate::rotate(parts, args).await,
        KeysCommand::Revoke(args) => revoke::revoke_key(parts, args).await,
        KeysCommand::Rewrap(args) => rewrap::rewrap(parts, rewrapping, args).await,
        KeysCommand::Destroy(args) => destroy::destroy_key(parts, args).await,
        KeysCommand::RewrapRoot => rewrap_root::rewrap_root(parts).await,
        KeysCommand::RotateTokens(args) => rotate_tokens::rotate_tokens(parts, args).await,
        KeysCommand::EndEpoch => end_epoch::end_epoch(parts).await,
    }
}

fn create_root(args: &CreateRootArgs) -> anyhow::Result<Report> {
    let made = match &args.passphrase_file {
        None => LocalKms::create(&args.path),
        Some(file) => LocalKms::create_with_passphrase(&args.path, &read_passphrase(file)?),
    };
    let kms = made.context("the root key is not made")?;
    let (name, path) = (kms.key_id(), &args.path);
    Ok(Report {
        text: format!(
            "Root key {name} stands in {}.\nKeep a copy apart from the database: without it nothing that is stored \
             can be read.",
            path.display()
        ),
        json: serde_json::json!({ "path": path, "root_key": name }),
    })
}
