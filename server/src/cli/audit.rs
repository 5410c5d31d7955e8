//! `vault-server audit`: what auditors do with the log.

mod auditor;
mod certificate;
mod database;
mod export;
mod keys;
mod new_origin;
mod remembered;
mod remote;
mod replay;
mod report;
mod shown;
mod source;
mod trust;
mod witnessed;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use reqwest::Url;
use vault_event_store::tree::{HeadVerifier, WitnessKey, WitnessPolicy};

use self::{
    auditor::Auditor,
    certificate::CertificateArgs,
    export::{Export, ExportWriter},
    keys::{KeysArgs, keys},
    new_origin::{NewOriginArgs, new_origin},
    remembered::Remembered,
    remote::Remote,
    report::Report,
    source::Source,
};
use super::import;
use crate::{ambient::SystemClock, config::Config};

/// Verifies the log, or writes it down.
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
    /// Verifies the log over HTTP, and writes the tenant's events into a folder that proves itself.
    Export(ExportArgs),
    /// Checks the certificate of an erasure with nothing but public keys of the log.
    Certificate(CertificateArgs),
    /// Builds the read models as they were at a position or a time, beside those that serve.
    Replay(ReplayArgs),
    /// Shows the keys that sign the log's checkpoints, or lets a new one sign.
    Keys(KeysArgs),
    /// Lets a log that was put back from a backup go on under a new name, which cites the old one.
    NewOrigin(NewOriginArgs),
}

/// Who audits, and whom they trust.
#[derive(Debug, Args)]
pub struct AuditorArgs {
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
    /// The new name of a log that was put back, once you know why; its events are right up to there.
    #[arg(long, value_name = "NAME")]
    pub accept_origin: Option<String>,
    /// The public key of a witness that you trust; may be repeated.
    #[arg(long = "witness", value_name = "KEY")]
    pub witness: Vec<String>,
    /// How many of these witnesses must have cosigned; all of them when not given.
    #[arg(long, value_name = "N", requires = "witness")]
    pub required: Option<usize>,
    /// Reports as JSON.
    #[arg(long)]
    pub json: bool,
}

impl AuditorArgs {
    /// Which witnesses must have cosigned.
    fn witnesses(&self) -> anyhow::Result<WitnessPolicy> {
        let keys: Result<Vec<_>, _> = self.witness.iter().map(|key| WitnessKey::parse(key)).collect();
        let keys = keys.context("--witness")?;
        let required = self.required.unwrap_or(keys.len());
        WitnessPolicy::new(keys, required).context("--witness and --required")
    }
}

/// Verifies the log over HTTP, and writes the tenant's events into a folder that proves itself.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    vault-server audit export --url https://vault.example.com --public-key 'llm-data-vault/...+...' audit-2026-11\n\n\
    The folder can be verified at any time: vault-server audit verify --export audit-2026-11 --public-key ...\n\
    Exit codes: 0 done, 2 something is wrong with the log, 1 it could not be checked or written.")]
pub struct ExportArgs {
    /// The folder, which must not be there or be empty.
    pub folder: PathBuf,
    /// Where the vault is.
    #[arg(long, env = "VAULT_URL", default_value = "http://127.0.0.1:8080")]
    pub url: Url,
    /// Who audits, and whom they trust.
    #[command(flatten)]
    pub auditor: AuditorArgs,
}

/// Checks every event against its hash, every hash against the tree, and the tree against its signed heads.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vault-server audit verify --config /etc/llm-data-vault --state /var/lib/audit/head.json\n  \
    VAULT_EMAIL=auditor@example.com VAULT_PASSWORD_FILE=~/.vault-password \\\n    \
    vault-server audit verify --url https://vault.example.com --public-key 'llm-data-vault/...+...' --state head.json\n\n\
    Exit codes: 0 the log is right, 2 something is wrong with it, 3 it was put back since you saw it, and says so, \
    1 it could not be checked.")]
pub struct VerifyArgs {
    /// The folder of vault.toml: the log is read from its database.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR")]
    pub config: PathBuf,
    /// The data directory of a development vault that runs, instead of a configured database.
    #[arg(long, conflicts_with = "url")]
    pub data_dir: Option<PathBuf>,
    /// Where a vault is: the log is read over HTTP, with nothing but a login and the public key.
    #[arg(long)]
    pub url: Option<Url>,
    /// A folder that `audit export` wrote: nothing else is asked.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["url", "data_dir"])]
    pub export: Option<PathBuf>,
    /// Who audits, and whom they trust.
    #[command(flatten)]
    pub auditor: AuditorArgs,
}

/// Builds the read models as they were at a position or a time, beside those that serve.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vault-server audit replay --until 1200\n  \
    vault-server audit replay --until 2026-11-01T00:00:00Z --data-dir .vault-dev")]
pub struct ReplayArgs {
    /// A position of the log, or a time (RFC 3339).
    #[arg(long)]
    pub until: vault_queries::AsOf,
    /// The folder of vault.toml.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR")]
    pub config: PathBuf,
    /// The data directory of a development vault that runs, instead of a configured database.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Reports as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the log could not be checked.
pub async fn audit(
    load: impl Fn(&Path) -> anyhow::Result<Config>,
    args: &AuditArgs,
) -> anyhow::Result<ExitCode> {
    match &args.command {
        AuditCommand::Verify(args) => {
            let remembered = remembered(&args.auditor)?;
            let report = verify(load, args, remembered.as_ref()).await?;
            finish(&args.auditor, remembered.as_ref(), &report)
        }
        AuditCommand::Export(args) => {
            let remembered = remembered(&args.auditor)?;
            let writer = ExportWriter::create(&args.folder)?;
            let report = over_http(&args.url, &args.auditor, remembered.as_ref(), Some(writer)).await?;
            finish(&args.auditor, remembered.as_ref(), &report)
        }
        AuditCommand::Certificate(args) => certificate::verify(args),
        AuditCommand::Replay(args) => {
            replay::replay(&load(&args.config)?, args).await?;
            Ok(ExitCode::SUCCESS)
        }
        AuditCommand::Keys(args) => {
            keys(&load(&args.config)?, args).await?;
            Ok(ExitCode::SUCCESS)
        }
        AuditCommand::NewOrigin(args) => {
            new_origin(&load(&args.config)?, args).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn remembered(args: &AuditorArgs) -> anyhow::Result<Option<Remembered>> {
    Ok(args.state.as_deref().map(Remembered::load).transpose()?.flatten())
}

/// Remembers what is right, and says what was found.
fn finish(args: &AuditorArgs, before: Option<&Remembered>, report: &Report) -> anyhow::Result<ExitCode> {
    if let (Some(path), true, Some(head)) = (&args.state, report.is_right(), report.head) {
        let mut keys = before.map_or_else(Vec::new, |before| before.keys().to_vec());
        keys.extend_from_slice(&report.taken_over);
        Remembered::new(&report.origin, head, report.checkpoint.clone(), &keys, before).store(path)?;
    }
    report.write(args.json)?;
    Ok(report.exit_code())
}

async fn verify(
    load: impl Fn(&Path) -> anyhow::Result<Config>,
    args: &VerifyArgs,
    remembered: Option<&Remembered>,
) -> anyhow::Result<Report> {
    if let Some(folder) = &args.export {
        let source = Export::open(folder)?;
        return with_keys(&source, &args.auditor, remembered, None).await;
    }
    match &args.url {
        Some(url) => over_http(url, &args.auditor, remembered, None).await,
        None => database::verify(&load(&args.config)?, args, remembered).await,
    }
}

async fn over_http(
    url: &Url,
    args: &AuditorArgs,
    remembered: Option<&Remembered>,
    export: Option<ExportWriter>,
) -> anyhow::Result<Report> {
    trusted(&args.public_key)?;
    let email = args.email.as_deref().context("name who audits: --email")?;
    let credentials = import::credentials(email, args.password_file.as_deref())?;
    let source = Remote::open(url, credentials).await?;
    with_keys(&source, args, remembered, export).await
}

/// Verifies with nothing but public keys.
async fn with_keys(
    source: &dyn Source,
    args: &AuditorArgs,
    remembered: Option<&Remembered>,
    export: Option<ExportWriter>,
) -> anyhow::Result<Report> {
    let auditor = Auditor {
        source,
        keys: &trusted(&args.public_key)?,
        given: &args.public_key,
        remembered,
        witnesses: &args.witnesses()?,
        accepted: args.accept_origin.as_deref(),
        clock: &SystemClock,
    };
    auditor.verify(export).await
}

fn trusted(public_keys: &[String]) -> anyhow::Result<HeadVerifier> {
    HeadVerifier::new(public_keys).context("--public-key names no public key of a log")
}
