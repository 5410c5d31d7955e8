//! `vault-server projections`: how far the read models are, and building them anew.

mod report;
mod skip;

use std::{io::Write, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use vault_projections::{
    CORE_PROJECTIONS, OnDifferences, Opener, Projection, RebuildProgress, core_projections, drop_old,
    projection_states, rebuild, roll_back,
};

use super::settings_of;
use crate::{config::Config, parts::Parts};

/// The exit code of a rebuild whose rows are not those that serve, and do not serve therefore.
const DIFFERENT: u8 = 3;

/// Commands about read models.
#[derive(Debug, Args)]
#[command(after_help = "Example: vault-server projections rebuild records")]
pub struct ProjectionsArgs {
    /// The folder of vault.toml.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR")]
    pub config: PathBuf,
    /// The data directory of a development vault, instead of a configured database.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: ProjectionsCommand,
}

/// What to do with read models.
#[derive(Debug, Subcommand)]
pub enum ProjectionsCommand {
    /// Shows how far each one is.
    Status {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Builds one, or all, anew from the log, compares, and lets the new rows serve. Readers notice nothing.
    #[command(
        after_help = "Example: vault-server projections rebuild records --accept-differences\n\n\
                            Exit code 3: the new rows differ from the old ones, which go on serving."
    )]
    Rebuild {
        /// Which one; all when none is named.
        name: Option<String>,
        /// Let the new rows serve though they differ: the old ones are wrong.
        #[arg(long)]
        accept_differences: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Lets the copy serve again that served before the last rebuild, brought up to the present.
    #[command(after_help = "Example: vault-server projections rollback records")]
    Rollback {
        /// Which one.
        name: String,
    },
    /// Removes the copy that served before the last rebuild.
    #[command(after_help = "Example: vault-server projections drop-old records")]
    DropOld {
        /// Which one.
        name: String,
    },
    /// Lets one that stopped at an event pass over it. The reason becomes part of the log, sealed.
    #[command(
        after_help = "Example: vault-server projections skip records --position 4711 --reason 'ticket 88: bad import'"
    )]
    Skip(skip::SkipArgs),
}

/// Runs a command about read models.
///
/// # Errors
/// When the database cannot be reached, or it cannot be done.
pub async fn projections(config: &Config, args: &ProjectionsArgs) -> anyhow::Result<ExitCode> {
    let parts = Parts::new(settings_of(config, args.data_dir.as_deref())?).await?;
    let done = run(&parts, &args.command).await;
    parts.stop().await;
    done
}

async fn run(parts: &Parts, command: &ProjectionsCommand) -> anyhow::Result<ExitCode> {
    match command {
        ProjectionsCommand::Status { json } => status(parts, *json).await?,
        ProjectionsCommand::Rebuild {
            name,
            accept_differences,
            json,
        } => {
            let differences = if *accept_differences {
                OnDifferences::Switch
            } else {
                OnDifferences::Keep
            };
            return rebuild_all(parts, &named(parts, name.as_deref())?, differences, *json).await;
        }
        ProjectionsCommand::Rollback { name } => {
            for projection in named(parts, Some(name))? {
                let bar = progress_bar(projection.name())?;
                let position = roll_back(projection.as_ref(), parts.database(), |progress| {
                    show(&bar, progress);
                })
                .await
                .with_context(|| format!("{name} could not be rolled back; what served goes on serving"))?;
                bar.finish_and_clear();
                say(&format!(
                    "{name}: the copy before the last switch serves again, from position {position}"
                ))?;
            }
        }
        ProjectionsCommand::DropOld { name } => {
            for projection in named(parts, Some(name))? {
                let dropped = drop_old(projection.as_ref(), parts.database()).await?;
                let what = if dropped {
                    "the old copy is removed"
                } else {
                    "no old copy was kept"
                };
                say(&format!("{name}: {what}"))?;
            }
        }
        ProjectionsCommand::Skip(args) => skip::skip(parts, args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

async fn status(parts: &Parts, json: bool) -> anyhow::Result<()> {
    for state in projection_states(&parts.database().writer).await? {
        say(&report::status(&state, json))?;
    }
    Ok(())
}

/// The read model of a name, or all of them.
fn named(parts: &Parts, name: Option<&str>) -> anyhow::Result<Vec<Arc<dyn Projection>>> {
    let mut all = core_projections(&Opener::new(Arc::clone(&parts.keys)));
    all.retain(|projection| name.is_none_or(|name| name == projection.name()));
    if all.is_empty() {
        bail!(
            "there is no read model {}; there are {}",
            name.unwrap_or_default(),
            CORE_PROJECTIONS.join(", ")
        );
    }
    Ok(all)
}

async fn rebuild_all(
    parts: &Parts,
    projections: &[Arc<dyn Projection>],
    differences: OnDifferences,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for projection in projections {
        let name = projection.name();
        let bar = progress_bar(name)?;
        let rebuilt = rebuild(projection.as_ref(), parts.database(), differences, |progress| {
            show(&bar, progress);
        })
        .await
        .with_context(|| format!("{name} could not be rebuilt; the old rows go on serving"))?;
        bar.finish_and_clear();
        say(&report::rebuilt(name, &rebuilt, json))?;
        if rebuilt.switched_at.is_none() {
            code = ExitCode::from(DIFFERENT);
        }
    }
    Ok(code)
}

fn progress_bar(name: &'static str) -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new(0).with_message(name);
    bar.set_style(ProgressStyle::with_template(
        "{msg:16} {bar:40} {pos}/{len} events, {per_sec}, {eta}",
    )?);
    Ok(bar)
}

fn show(bar: &ProgressBar, progress: RebuildProgress) {
    bar.set_length(progress.head);
    bar.set_position(progress.position);
}
