//! `vault-server storage`: what operators do with the object store.

mod report;

use std::{path::PathBuf, process::ExitCode};

use chrono::TimeDelta;
use clap::{Args, Subcommand};

use self::report::Report;
use super::progress;
use crate::{
    config::Config,
    contents::{Shelves, check, collect},
    operator::settings_of,
    parts::Parts,
};

/// Looks after large contents in the object store.
#[derive(Debug, Args)]
pub struct StorageArgs {
    /// The folder of vault.toml.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR", global = true)]
    pub config: PathBuf,
    /// The data directory of a development vault that runs, instead of a configured database.
    #[arg(long, global = true)]
    pub data_dir: Option<PathBuf>,
    /// Reports as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: StorageCommand,
}

/// What to do with the object store.
#[derive(Debug, Subcommand)]
pub enum StorageCommand {
    /// Checks that every large content that a record names is there and whole. Changes nothing.
    Fsck(FsckArgs),
    /// Removes large contents that no record names: condemns them first, and removes them after a grace.
    Gc(GcArgs),
}

/// How closely is looked.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server storage fsck --deep --config /etc/llm-data-vault\n\n\
    Exit codes: 0 all that records name can be read, 2 something cannot, 1 it could not be checked."
)]
pub struct FsckArgs {
    /// Reads and opens every content, as a reader would.
    #[arg(long)]
    pub deep: bool,
}

/// What is removed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vault-server storage gc --dry-run --config /etc/llm-data-vault\n\n\
    A server does the same by itself, every six hours with a grace of a day. A content goes with the first run that comes \
    a grace after the run that condemned it."
)]
pub struct GcArgs {
    /// How long a content must have been unnamed, in hours.
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=8_760))]
    pub grace_hours: u32,
    /// Says what would be removed, and does nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs the command.
///
/// # Errors
/// When database, object store or keys are away.
pub async fn storage(config: &Config, args: &StorageArgs) -> anyhow::Result<ExitCode> {
    let parts = Parts::new(settings_of(config, args.data_dir.as_deref())?).await?;
    let report = run(&parts, &args.command).await;
    parts.stop().await;
    let report = report?;
    report.write(args.json)?;
    Ok(report.exit_code())
}

async fn run(parts: &Parts, command: &StorageCommand) -> anyhow::Result<Report> {
    let shelves = Shelves::of(parts);
    match command {
        StorageCommand::Fsck(fsck) => {
            let bar = progress::of_items("contents");
            let checked = check(&shelves, fsck.deep, || bar.inc(1)).await;
            bar.finish_and_clear();
            Ok(Report::Checked(checked?))
        }
        StorageCommand::Gc(gc) => {
            let grace = TimeDelta::hours(i64::from(gc.grace_hours));
            let collected = collect(&shelves, grace, gc.dry_run).await?;
            Ok(Report::Collected {
                collected,
                is_dry: gc.dry_run,
            })
        }
    }
}
