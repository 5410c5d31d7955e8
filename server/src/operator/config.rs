//! `vault-server config`: what a start would refuse, and what the settings are.

use std::{io::Write, path::PathBuf};

use clap::{Args, Subcommand};

use crate::{config::Config, detection, serve::settings};

/// Checks and shows the configuration.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Reads and checks it as a start does, without connecting anywhere.
    #[command(after_help = "Example: VAULT_ENV=prod vault-server config check --config /etc/llm-data-vault")]
    Check(Place),
    /// Shows every setting and where it comes from. Secrets are not shown.
    #[command(after_help = "Example: VAULT_ENV=prod vault-server config show --json")]
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct Place {
    /// The folder of vault.toml.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR")]
    config: PathBuf,
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    place: Place,
    /// One JSON array for programs.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// What a start would refuse, with the name of the setting.
pub fn config(args: &ConfigArgs) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match &args.command {
        ConfigCommand::Check(place) => {
            let config = Config::load(&place.config, std::env::vars_os())?;
            let _ = settings(&config)?;
            let _ = detection::detector(&config.detection)?;
            writeln!(out, "a server may start with it: {}", config.environment.as_str())?;
        }
        ConfigCommand::Show(args) => {
            let shown = Config::show(&args.place.config, std::env::vars_os())?;
            if args.json {
                serde_json::to_writer_pretty(&mut out, &shown)?;
                writeln!(out)?;
                return Ok(());
            }
            for row in shown {
                let value = row
                    .value
                    .map_or_else(|| "-".to_owned(), |value| value.to_string());
                writeln!(out, "{:<32} {value:<40} {}", row.setting, row.source)?;
            }
        }
    }
    Ok(())
}
