//! The command line of the vault.

use std::{io::Write, path::Path, process::ExitCode};

use clap::{Parser, Subcommand};
use vault_server::{
    cli::{
        archive::{ArchiveArgs, archive},
        audit::{AuditArgs, audit},
        import::{ImportArgs, import},
        kafka::{KafkaArgs, kafka},
        keys::{KeysArgs, keys},
        privacy::{PrivacyArgs, privacy},
        scan::{ScanArgs, scan},
        storage::{StorageArgs, storage},
    },
    config::Config,
    dev::{DevArgs, dev},
    operator::{
        AsyncApiArgs, OpenApiArgs, asyncapi,
        config::{ConfigArgs, config},
        migrate, openapi,
        projections::{ProjectionsArgs, projections},
        users::{UsersArgs, users},
    },
    reload::Source,
    serve::{ServeArgs, serve},
    telemetry::{self, Verbosity},
};

/// Requests allocate on one thread and free on another, which it is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The LLM Data Vault.
#[derive(Parser)]
#[command(name = "vault-server", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Dev(DevArgs),
    Serve(ServeArgs),
    Migrate(MigrateArgs),
    Projections(ProjectionsArgs),
    Users(UsersArgs),
    Config(ConfigArgs),
    Openapi(OpenApiArgs),
    Asyncapi(AsyncApiArgs),
    Audit(AuditArgs),
    Kafka(KafkaArgs),
    Archive(ArchiveArgs),
    Import(ImportArgs),
    Keys(KeysArgs),
    Scan(ScanArgs),
    Storage(StorageArgs),
    Privacy(PrivacyArgs),
}

/// Applies the migrations that are missing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: VAULT_DATABASE_URL=postgres://... vault-server migrate")]
struct MigrateArgs {
    /// The folder of vault.toml.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR")]
    config: std::path::PathBuf,
}

fn load(folder: &Path) -> anyhow::Result<Config> {
    Ok(Config::load(folder, std::env::vars_os())?)
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            // the chain of causes, each on its own line, without a backtrace
            let mut err = std::io::stderr().lock();
            let _ = writeln!(err, "vault-server: {error}");
            for cause in error.chain().skip(1) {
                let _ = writeln!(err, "  because: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Dev(args) => {
            let folder = Path::new("config");
            let config = load(folder)?;
            let telemetry = telemetry::init(&config.log, &config.telemetry, Verbosity::Configured)?;
            let source = Source::new(folder.to_owned(), telemetry.level())?;
            dev(config, &args, telemetry.traces(), source).await?;
        }
        Command::Serve(args) => {
            let config = load(&args.config)?;
            let telemetry = telemetry::init(&config.log, &config.telemetry, Verbosity::Configured)?;
            let source = Source::new(args.config, telemetry.level())?;
            serve(&config, args.role, telemetry.traces(), source).await?;
        }
        Command::Migrate(args) => {
            let config = load(&args.config)?;
            let _telemetry = telemetry::init(&config.log, &config.telemetry, Verbosity::Configured)?;
            migrate(&config).await?;
        }
        Command::Projections(args) => {
            let config = load(&args.config)?;
            let _telemetry = telemetry::init(&config.log, &config.telemetry, Verbosity::Quiet)?;
            return projections(&config, &args).await;
        }
        Command::Users(args) => {
            let config = load(&args.config)?;
            let _telemetry = telemetry::init(&config.log, &config.telemetry, Verbosity::Quiet)?;
            users(&config, &args).await?;
        }
        Command::Config(args) => config(&args)?,
        Command::Openapi(args) => openapi(&args)?,
        Command::Asyncapi(args) => asyncapi(&args)?,
        Command::Archive(args) => {
            let config = load(&args.config)?;
            let _telemetry = telemetry::init(&config.log, &config.telemetry, Verbosity::Quiet)?;
            return archive(&config, &args).await;
        }
        Command::Audit(args) => return audit(load, &args).await,
        Command::Kafka(args) => {
            let config = load(&args.config)?;
            let _telemetry = telemetry::init(&config.log, &config.telemetry, Verbosity::Quiet)?;
            kafka(&config, &args).await?;
        }
        Command::Keys(args) => return keys(load, &args).await,
        Command::Import(args) => return import(args).await,
        Command::Scan(args) => return scan(args),
        Command::Storage(args) => {
            let config = load(&args.config)?;
            let _telemetry = telemetry::init(&config.log, &config.telemetry, Verbosity::Quiet)?;
            return storage(&config, &args).await;
        }
        Command::Privacy(args) => return privacy(&args),
    }
    Ok(ExitCode::SUCCESS)
}
