//! Commands of operators: the schema, the projections, the accounts, the OpenAPI document.

pub mod users;

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use vault_event_store::Database;
use vault_projections::{CORE_PROJECTIONS, Opener, core_projections, projection_states, rebuild};

use crate::{
    config::Config,
    dev_postgres::DevPostgres,
    parts::Parts,
    router,
    serve::{database, settings},
};

/// Applies the migrations that are missing.
///
/// # Errors
/// When the database cannot be reached, or a migration fails.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let database = Database::new(&database(config)?)?;
    database
        .migrate()
        .await
        .context("the schema cannot be brought up to date")
}

/// Prints the OpenAPI document of the API.
#[derive(Debug, Args)]
#[command(after_help = "Example: vault-server openapi > openapi.json")]
pub struct OpenApiArgs {
    /// YAML instead of JSON.
    #[arg(long)]
    pub yaml: bool,
}

/// Prints the OpenAPI document of the API.
///
/// # Errors
/// When standard output is closed.
pub fn openapi(args: &OpenApiArgs) -> anyhow::Result<()> {
    let document = router::openapi();
    let text = if args.yaml {
        document.to_yaml()?
    } else {
        document.to_pretty_json()?
    };
    writeln!(std::io::stdout().lock(), "{}", text.trim_end())?;
    Ok(())
}

/// Prints the AsyncAPI document of what is published to Kafka.
#[derive(Debug, Args)]
#[command(after_help = "Example: vault-server asyncapi > asyncapi.json")]
pub struct AsyncApiArgs {
    /// YAML instead of JSON.
    #[arg(long)]
    pub yaml: bool,
}

/// Prints the AsyncAPI document of what is published to Kafka.
///
/// # Errors
/// When standard output is closed.
pub fn asyncapi(args: &AsyncApiArgs) -> anyhow::Result<()> {
    let document = vault_publishing::asyncapi::document();
    let text = if args.yaml {
        yaml_serde::to_string(&document)?
    } else {
        serde_json::to_string_pretty(&document)?
    };
    writeln!(std::io::stdout().lock(), "{}", text.trim_end())?;
    Ok(())
}

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
    /// Builds one, or all, anew from the log, and swaps it in. Readers notice nothing.
    Rebuild {
        /// Which one; all when none is named.
        name: Option<String>,
    },
}

/// Runs a command about read models.
///
/// # Errors
/// When the database cannot be reached, or a read model cannot be rebuilt.
pub async fn projections(config: &Config, args: &ProjectionsArgs) -> anyhow::Result<()> {
    let parts = Parts::new(settings_of(config, args.data_dir.as_deref())?)?;
    let done = match &args.command {
        ProjectionsCommand::Status { json } => status(&parts, *json).await,
        ProjectionsCommand::Rebuild { name } => rebuild_named(&parts, name.as_deref()).await,
    };
    parts.stop().await;
    done
}

/// What the parts are made from: a development vault that runs, or the configuration.
pub(crate) fn settings_of(
    config: &Config,
    data_dir: Option<&Path>,
) -> anyhow::Result<crate::parts::Settings> {
    match data_dir {
        Some(data_dir) => {
            let data_dir = data_dir
                .canonicalize()
                .context("there is no such data directory")?;
            let url = DevPostgres::running_url(&data_dir)?.context("no vault runs in this data directory")?;
            crate::dev::settings(config, &data_dir, &url)
        }
        None => settings(config),
    }
}

async fn status(parts: &Parts, json: bool) -> anyhow::Result<()> {
    let head = parts.queries.log.last_position().await?;
    let mut out = std::io::stdout().lock();
    for state in projection_states(&parts.database().writer).await? {
        if json {
            let line = serde_json::json!({
                "projection": state.projection, "position": state.position, "head": head,
                "updated_at": state.updated_at, "stopped_position": state.stopped_position,
                "stopped_reason": state.stopped_reason,
            });
            writeln!(out, "{line}")?;
        } else {
            let stopped = state
                .stopped_position
                .map_or_else(String::new, |at| format!("  STOPPED at {at}"));
            writeln!(
                out,
                "{:<16} {:>12} of {head}{stopped}",
                state.projection, state.position
            )?;
        }
    }
    Ok(())
}

async fn rebuild_named(parts: &Parts, name: Option<&str>) -> anyhow::Result<()> {
    if let Some(unknown) = name.filter(|name| !CORE_PROJECTIONS.contains(name)) {
        bail!(
            "there is no read model {unknown}; there are {}",
            CORE_PROJECTIONS.join(", ")
        );
    }
    for projection in core_projections(&Opener::new(Arc::clone(&parts.keys))) {
        if name.is_some_and(|name| name != projection.name()) {
            continue;
        }
        let bar = ProgressBar::new(0).with_message(projection.name());
        bar.set_style(ProgressStyle::with_template(
            "{msg:16} {bar:40} {pos}/{len} events, {per_sec}, {eta}",
        )?);
        let events = rebuild(projection.as_ref(), parts.database(), |progress| {
            bar.set_length(progress.head);
            bar.set_position(progress.position);
        })
        .await
        .with_context(|| {
            format!(
                "{} could not be rebuilt; the old rows go on serving",
                projection.name()
            )
        })?;
        bar.finish_and_clear();
        writeln!(
            std::io::stdout().lock(),
            "{}: rebuilt from {events} events",
            projection.name()
        )?;
    }
    Ok(())
}
