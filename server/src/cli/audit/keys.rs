//! `vault-server audit keys`: the keys that sign the log's heads.

use std::{io::Write, path::PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use vault_event_store::tree::LogKey;

use crate::{config::Config, operator::settings_of, parts::Parts};

/// The keys that sign the log's checkpoints.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vault-server audit keys list --config /etc/llm-data-vault\n  \
    vault-server audit keys rotate --config /etc/llm-data-vault\n\n\
    Servers that run take the new key up within two seconds. Tell your witnesses the new key."
)]
pub struct KeysArgs {
    /// The folder of vault.toml.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR")]
    pub config: PathBuf,
    /// The data directory of a development vault that runs, instead of a configured database.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Reports as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What to do with keys.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum KeysCommand {
    /// Shows each key, and which trees it signed.
    List,
    /// Lets a new key sign from now on: that of `audit.signing_key_file` if it is set, a random one otherwise. Both sign
    /// the newest checkpoint, so that auditors can take the new key over; the seed of the old one is destroyed.
    Rotate,
}

/// Runs the command.
///
/// # Errors
/// When the database cannot be reached, or no key can be made.
pub(super) async fn keys(config: &Config, args: &KeysArgs) -> anyhow::Result<()> {
    let parts = Parts::new(settings_of(config, args.data_dir.as_deref())?).await?;
    let done = keys_of(&parts, args).await;
    parts.stop().await;
    done
}

async fn keys_of(parts: &Parts, args: &KeysArgs) -> anyhow::Result<()> {
    let keys = &parts.queries.log_keys;
    let shown = match args.command {
        KeysCommand::List => keys.list().await.context("the keys cannot be read")?,
        KeysCommand::Rotate => {
            let rotated = keys.rotate(parts.clock.now()).await;
            vec![rotated.context("the key stays as it is")?]
        }
    };
    let mut out = std::io::stdout().lock();
    for key in shown {
        if args.json {
            writeln!(out, "{}", as_json(&key))?;
        } else {
            let last = key
                .last_size
                .map_or_else(|| "now".to_owned(), |size| size.to_string());
            writeln!(out, "{}", key.verifier)?;
            writeln!(
                out,
                "  {:<6} signs trees of {} to {last}",
                key.source, key.first_size
            )?;
        }
    }
    out.flush()?;
    Ok(())
}

fn as_json(key: &LogKey) -> Value {
    json!({
        "verifier": key.verifier, "source": key.source, "first_size": key.first_size, "last_size": key.last_size,
        "created_at": key.created_at, "retired_at": key.retired_at,
    })
}
