//! Commands of operators: the schema, the projections, the accounts, the configuration, the OpenAPI document.

pub mod config;
pub mod projections;
pub mod users;

use std::{io::Write, path::Path};

use anyhow::Context;
use clap::Args;
use vault_event_store::Database;

use crate::{
    config::Config,
    dev_postgres::DevPostgres,
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
