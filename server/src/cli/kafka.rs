//! `vault-server kafka`: what operators do with the topics.

use std::{io::Write, path::PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use vault_domain::TenantId;
use vault_event_store::Database;
use vault_publishing::{KafkaConfig, Range, Replayed, replay};

use super::progress;
use crate::{config::Config, operator::settings_of};

/// Commands about what is published to Kafka.
#[derive(Debug, Args)]
#[command(after_help = "Example: vault-server kafka replay --from 1 --to 5000 --topic rebuild-search")]
pub struct KafkaArgs {
    /// The folder of vault.toml.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR")]
    pub config: PathBuf,
    /// The data directory of a development vault, instead of a configured database.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: KafkaCommand,
}

/// What to do with what is published.
#[derive(Debug, Subcommand)]
pub enum KafkaCommand {
    /// Sends a range of the log to a topic of its own, for a consumer that is new or begins again.
    Replay(ReplayArgs),
}

/// Which events, and where to.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The first position.
    #[arg(long, default_value_t = 1)]
    pub from: u64,
    /// The last position; the log's end when not given.
    #[arg(long)]
    pub to: Option<u64>,
    /// The topic, which is made if it is missing. None of those that the vault publishes to.
    #[arg(long)]
    pub topic: String,
    /// This tenant's events alone.
    #[arg(long)]
    pub tenant: Option<TenantId>,
    /// A report for programs.
    #[arg(long)]
    pub json: bool,
}

/// Runs a command about what is published to Kafka.
///
/// # Errors
/// When the configuration names no brokers, or the events could not be sent.
pub async fn kafka(config: &Config, args: &KafkaArgs) -> anyhow::Result<()> {
    let settings = settings_of(config, args.data_dir.as_deref())?;
    let kafka = settings.kafka.context("kafka.brokers is not set")?;
    let database = Database::new(&settings.database)?;
    match &args.command {
        KafkaCommand::Replay(args) => replay_range(&kafka, &database, args).await,
    }
}

async fn replay_range(config: &KafkaConfig, database: &Database, args: &ReplayArgs) -> anyhow::Result<()> {
    let range = Range {
        from: args.from,
        to: args.to,
        topic: args.topic.clone(),
        tenant: args.tenant,
    };
    let bar = progress::of_items("events");
    let mut last: Option<Replayed> = None;
    let done = replay(config, database, &range, |replayed| {
        bar.set_length(replayed.to.saturating_sub(range.from) + 1);
        bar.set_position(replayed.position.saturating_sub(range.from) + 1);
        last = Some(replayed);
    })
    .await;
    bar.finish_and_clear();
    let replayed = done.with_context(|| match last {
        Some(last) => format!(
            "the replay stopped; everything up to position {} is there, go on with --from {}",
            last.position,
            last.position + 1
        ),
        None => "nothing was sent".to_owned(),
    })?;
    let mut out = std::io::stdout().lock();
    if args.json {
        let report = json!({
            "topic": range.topic, "from": range.from, "to": replayed.to, "events": replayed.events,
        });
        writeln!(out, "{report}")?;
    } else {
        writeln!(
            out,
            "{}: {} events of positions {} to {}",
            range.topic, replayed.events, range.from, replayed.to
        )?;
    }
    Ok(())
}
