//! `vault-server archive`: what operators do with old events.

mod report;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use vault_event_store::archive::{ArchiveError, ArchivePlan, Archived, Closing, check_archive};

use self::report::Report;
use super::progress;
use crate::{config::Config, operator::settings_of, parts::Parts};

/// Moves old events into bundles, and looks after these.
#[derive(Debug, Args)]
pub struct ArchiveArgs {
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
    pub command: ArchiveCommand,
}

/// What to do with old events.
#[derive(Debug, Subcommand)]
pub enum ArchiveCommand {
    /// Archives events up to a time: they are verified, bundled, and removed from the log's table but for each stream's last.
    Run(RunArgs),
    /// Shows how much of the log is archived.
    #[command(after_help = "Example: vault-server archive status --config /etc/llm-data-vault")]
    Status,
    /// Checks that all bundles are there, and are what was archived.
    #[command(
        after_help = "Example: vault-server archive verify --config /etc/llm-data-vault --json\n\n\
        Exit codes: 0 all bundles are right, 2 something is wrong with some, 1 they could not be checked."
    )]
    Verify,
}

/// Archives events up to a time.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vault-server archive run --keep-days 90 --dry-run\n  \
    vault-server archive run --before 2026-01-01T00:00:00Z --config /etc/llm-data-vault\n\n\
    Exit codes: 0 done, 2 something is wrong with log or archive, 1 it could not be done. It may be broken off at any \
    time; the next run goes on."
)]
pub struct RunArgs {
    /// Archives what was recorded before this time (RFC 3339).
    #[arg(long, value_name = "TIME", conflicts_with = "keep_days")]
    pub before: Option<DateTime<Utc>>,
    /// Archives what is older than so many days; `archive.after_days` if neither is given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=36_500))]
    pub keep_days: Option<u32>,
    /// Says what would be archived, and does nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs the command.
///
/// # Errors
/// When something could not be done or checked.
pub async fn archive(config: &Config, args: &ArchiveArgs) -> anyhow::Result<ExitCode> {
    let parts = Parts::new(settings_of(config, args.data_dir.as_deref())?).await?;
    let report = match &args.command {
        ArchiveCommand::Run(run) => archive_now(config, &parts, run).await,
        ArchiveCommand::Status => status(&parts).await,
        ArchiveCommand::Verify => verify(&parts).await,
    };
    parts.stop().await;
    let report = report?;
    report.write(args.json)?;
    Ok(report.exit_code())
}

async fn archive_now(config: &Config, parts: &Parts, args: &RunArgs) -> anyhow::Result<Report> {
    let days = args.keep_days.or(config.archive.after_days);
    let before = match (args.before, days) {
        (Some(before), _) => before,
        (None, Some(days)) => parts.clock.now() - TimeDelta::days(i64::from(days)),
        (None, None) => bail!("say what is old: --before, --keep-days or archive.after_days"),
    };
    let plan = ArchivePlan {
        before,
        closing: Closing::Any,
    };
    let archiver = parts.archiver().await?;
    if args.dry_run {
        return Ok(Report::Run {
            done: archiver.preview(&plan).await?,
            is_dry: true,
        });
    }
    let bar = progress::of_items("events");
    let done = archiver
        .run(&plan, |position, limit| show(&bar, position, limit))
        .await;
    bar.finish_and_clear();
    report_of(done)
}

fn report_of(done: Result<Option<Archived>, ArchiveError>) -> anyhow::Result<Report> {
    match done {
        Ok(done) => Ok(Report::Run {
            done: done.context("another process archives at this moment")?,
            is_dry: false,
        }),
        Err(error) if error.is_finding() => Ok(Report::Wrong(format!("{:#}", anyhow::Error::from(error)))),
        Err(error) => Err(error).context("nothing more could be archived"),
    }
}

async fn status(parts: &Parts) -> anyhow::Result<Report> {
    let log = &parts.queries.log;
    Ok(Report::Status {
        state: log.archive_state().await?,
        last_position: log.last_position().await?,
    })
}

async fn verify(parts: &Parts) -> anyhow::Result<Report> {
    let bar = progress::of_items("events");
    let checked = check_archive(parts.database(), |position, all| show(&bar, position, all)).await;
    bar.finish_and_clear();
    Ok(Report::Verified(
        checked.context("the archive could not be checked")?,
    ))
}

fn show(bar: &ProgressBar, position: u64, all: u64) {
    bar.set_length(all);
    bar.set_position(position);
}
