//! `vault-server audit`: what auditors do with the log.

mod database;
mod remembered;
mod remote;
mod report;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use reqwest::Url;

use self::{remembered::Remembered, remote::Remote};
use super::import;
use crate::config::Config;

/// Verifies the log.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What auditors do.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Checks every event against its hash, every hash against the tree, and the tree against its signed heads.
    Verify(VerifyArgs),
}

/// Checks every event against its hash, every hash against the tree, and the tree against its signed heads.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vault-server audit verify --config /etc/llm-data-vault --state /var/lib/audit/head.json\n  \
    VAULT_EMAIL=auditor@example.com VAULT_PASSWORD_FILE=~/.vault-password \\\n    \
    vault-server audit verify --url https://vault.example.com --public-key 'llm-data-vault/...+...' --state head.json\n\n\
    Exit codes: 0 the log is right, 2 something is wrong with it, 1 it could not be checked.")]
pub struct VerifyArgs {
    /// The folder of vault.toml: the log is read from its database.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR")]
    pub config: PathBuf,
    /// The data directory of a development vault that runs, instead of a configured database.
    #[arg(long, conflicts_with = "url")]
    pub data_dir: Option<PathBuf>,
    /// Where a vault is: the log is read over HTTP, with nothing but a login and the public key.
    #[arg(long, requires = "public_key", requires = "email")]
    pub url: Option<Url>,
    /// A public key of the log, as /audit/public-key shows it; may be repeated.
    #[arg(long = "public-key", value_name = "KEY")]
    pub public_key: Vec<String>,
    /// Who audits, over HTTP.
    #[arg(long, env = "VAULT_EMAIL")]
    pub email: Option<String>,
    /// A file with the password; without it, the variable `VAULT_PASSWORD` holds it.
    #[arg(long, value_name = "FILE", env = "VAULT_PASSWORD_FILE")]
    pub password_file: Option<PathBuf>,
    /// Remembers the last head here, and finds out when the log does not continue it. Without it, nothing tells that the
    /// log was cut off or put back as a whole.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Reports as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the log could not be checked.
pub async fn audit(
    load: impl Fn(&std::path::Path) -> anyhow::Result<Config>,
    args: &AuditArgs,
) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify(args) = &args.command;
    let remembered = args.state.as_deref().map(Remembered::load).transpose()?.flatten();
    let report = match (&args.url, &args.email) {
        (Some(url), Some(email)) => {
            let credentials = import::credentials(email, args.password_file.as_deref())?;
            let remote = Remote::new(url, credentials, &args.public_key)?;
            remote.verify(remembered.as_ref()).await?
        }
        _ => database::verify(&load(&args.config)?, args, remembered.as_ref()).await?,
    };
    // what is wrong is not what is remembered
    if let (Some(path), None, Some(head)) = (&args.state, &report.finding, report.head) {
        Remembered::new(&report.origin, head).store(path)?;
    }
    report.write(args.json)?;
    Ok(report.exit_code())
}
