//! `vault-server audit new-origin`: lets a log that was put back go on under a new name, and say so.

use std::{fs, io::Write, path::PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use vault_event_store::tree::{NewOrigin, Restart};

use super::remembered::Remembered;
use crate::{config::Config, operator::settings_of, parts::Parts};

/// What the name of every log begins with.
const NAME: &str = "llm-data-vault/";

/// Lets a log that was put back from a backup go on under a new name, which cites the old one.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  vault-server audit new-origin --config /etc/llm-data-vault --state /var/lib/audit/head.json \\\n    \
    --reason 'disk failure on 22 November; restored the backup of 03:00'\n\n\
    Everybody can read reason and statement at /api/v1/audit/origins. Auditors see that events were lost, and accept the \
    new log with: vault-server audit verify --accept-origin NAME"
)]
pub struct NewOriginArgs {
    /// The newest signed checkpoint of the old log that anybody knows, in a file. If nobody knows a later one,
    /// that of the restored log itself.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "state",
        conflicts_with = "state"
    )]
    pub old_head: Option<PathBuf>,
    /// The state file of `audit verify`, which has that checkpoint.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Why, in your own words, for everybody to read.
    #[arg(long)]
    pub reason: String,
    /// A public key of the old log that was taken up after the backup; may be repeated.
    #[arg(long = "public-key", value_name = "KEY")]
    pub public_key: Vec<String>,
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
/// When the old head is none of the log's, or the database cannot be reached.
pub(super) async fn new_origin(config: &Config, args: &NewOriginArgs) -> anyhow::Result<()> {
    let (old_head, mut more_keys) = old_head(args)?;
    more_keys.extend_from_slice(&args.public_key);
    let parts = Parts::new(settings_of(config, args.data_dir.as_deref())?).await?;
    let name = format!("{NAME}{}", parts.ids.next());
    let new = NewOrigin {
        name: &name,
        old_head: &old_head,
        more_keys: &more_keys,
        reason: &args.reason,
    };
    let queries = &parts.queries;
    let restarted = queries
        .tree
        .restart(&queries.log_keys, &new, parts.clock.now())
        .await;
    parts.stop().await;
    let restart = restarted.context("the log keeps its origin")?;
    report(args, &restart)
}

fn old_head(args: &NewOriginArgs) -> anyhow::Result<(String, Vec<String>)> {
    if let Some(path) = &args.old_head {
        let note = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        return Ok((note, Vec::new()));
    }
    let remembered = args.state.as_deref().map(Remembered::load).transpose()?.flatten();
    let Some(remembered) = remembered else {
        bail!("there is no such state file");
    };
    let note = remembered
        .checkpoint()
        .context("the state file is older than this command: use --old-head")?;
    Ok((note.to_owned(), remembered.keys().to_vec()))
}

fn report(args: &NewOriginArgs, restart: &Restart) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if args.json {
        let report = json!({
            "origin": restart.origin, "number": restart.number, "continues": restart.continued,
            "size": restart.agreed.size, "old_size": restart.old_head.size, "lost": restart.lost(),
        });
        writeln!(out, "{report}")?;
    } else {
        writeln!(out, "origin     {} (number {})", restart.origin, restart.number)?;
        writeln!(
            out,
            "continues  {} up to {}",
            restart.continued, restart.agreed.size
        )?;
        writeln!(out, "void       {} events of it after that", restart.lost())?;
    }
    out.flush()?;
    Ok(())
}
