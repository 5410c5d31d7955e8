//! `vault-server dev`: everything in one process, with a private PostgreSQL and a key file of its own.

use std::{
    io::Write,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use vault_commands::Lockout;
use vault_crypto::LocalKms;
use vault_event_store::{Database, DatabaseConfig};
use zeroize::Zeroizing;

use crate::{
    config::{Config, Environment},
    dev_postgres::DevPostgres,
    parts::{ArchiveSettings, Parts, Settings},
    reload::Source,
    root_keys::RootKeys,
    router::Limits,
    seed::seed,
    serve::{Listeners, Role, at_least_one, install_metrics, limits, run},
    telemetry::Traces,
    witnesses::WitnessSettings,
};

/// Runs everything in one process with embedded defaults, for development.
#[derive(Debug, Args)]
#[command(after_help = "Example: vault-server dev --data-dir .vault-dev --port 8080")]
pub struct DevArgs {
    /// Where everything is kept between starts.
    #[arg(long, default_value = ".vault-dev", env = "VAULT_DEV_DIR")]
    pub data_dir: PathBuf,
    /// The port of the API; 0 takes a free one.
    #[arg(long)]
    pub port: Option<u16>,
    /// The port of /metrics alone; 0 takes a free one.
    #[arg(long)]
    pub metrics_port: Option<u16>,
}

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// When PostgreSQL cannot be started, or a port is taken.
pub async fn dev(mut config: Config, args: &DevArgs, traces: Traces, source: Source) -> anyhow::Result<()> {
    config.server.port = args.port.unwrap_or(config.server.port);
    config.server.metrics_port = args.metrics_port.unwrap_or(config.server.metrics_port);
    std::fs::create_dir_all(&args.data_dir)
        .with_context(|| format!("cannot make the data directory {}", args.data_dir.display()))?;
    let data_dir = args.data_dir.canonicalize()?;
    // ports first: nothing is started when they are taken
    let listeners = Listeners::bind(&config, Role::All).await?;
    let postgres = DevPostgres::start(&data_dir)
        .await
        .context("the private PostgreSQL cannot be started")?;
    let served = serve(&config, &data_dir, &postgres, listeners, traces, source).await;
    postgres
        .stop()
        .await
        .context("the private PostgreSQL cannot be stopped")?;
    served
}

async fn serve(
    config: &Config,
    data_dir: &Path,
    postgres: &DevPostgres,
    listeners: Listeners,
    traces: Traces,
    source: Source,
) -> anyhow::Result<()> {
    let metrics = install_metrics()?;
    let settings = settings(config, data_dir, postgres.url())?;
    Database::new(&settings.database)?
        .migrate()
        .await
        .context("the schema cannot be brought up to date")?;
    let parts = Parts::new(settings).await?;
    parts.start_followers();
    parts.start_projectors();
    parts.start_sealing()?;
    parts.start_publishing();
    parts.start_archiving();
    parts.start_erasing();
    parts.start_collecting();
    seed(&parts).await?;
    announce(&listeners)?;
    let limits = Limits {
        tiers: Arc::new(config.limits.tiers()?),
        ..limits(&config.server, traces)
    };
    run(parts, limits, listeners, None, metrics, source).await
}

/// What the parts of a development vault are made from.
///
/// # Errors
/// When the key file is not usable.
pub(crate) fn settings(config: &Config, data_dir: &Path, url: &str) -> anyhow::Result<Settings> {
    Ok(Settings {
        database: DatabaseConfig {
            url: url.to_owned(),
            reader_url: None,
            migrate_url: None,
            max_connections: (config.database.max_connections / 2).max(2),
        },
        cache_bytes: config.server.cache_bytes,
        root_keys: RootKeys::local(open_or_create_key(&data_dir.join("root.key"))?),
        epoch_dir: Some(
            config
                .encryption
                .epoch_dir
                .clone()
                .unwrap_or_else(|| data_dir.join("epochs")),
        ),
        patience: Duration::ZERO,
        jwt_secret: None,
        token_key_days: config.auth.token_key_days,
        sessions: config.auth.sessions(),
        mfa_roles: config.auth.require_mfa_roles.iter().copied().collect(),
        changes_of_policies: config.auth.changes_of_policies(),
        redis_url: config
            .server
            .redis_url
            .as_ref()
            .map(|url| Zeroizing::new(url.expose().to_owned())),
        password_threads: config.auth.password_threads(),
        lockout: Lockout {
            account: at_least_one(config.auth.lockout_failures),
            // who develops tries logins in vain more often than others
            network: NonZeroU32::MAX,
        },
        contents: vault_storage::Location::Folder(data_dir.join("contents")),
        log_key_file: config.audit.signing_key_file.clone(),
        witnesses: WitnessSettings::of(config)?,
        kafka: config.kafka.publishing()?,
        environment: Environment::Dev.as_str(),
        archive: ArchiveSettings {
            dir: Some(data_dir.join("archive")),
            archiver_url: None,
            after_days: config.archive.after_days,
        },
        detection: config.detection.clone(),
    })
}

fn open_or_create_key(path: &Path) -> anyhow::Result<LocalKms> {
    let opened = if path.exists() {
        LocalKms::open(path)
    } else {
        LocalKms::create(path)
    };
    opened.with_context(|| format!("the key file {} is not usable", path.display()))
}

fn announce(listeners: &Listeners) -> anyhow::Result<()> {
    let Some(api) = &listeners.api else { return Ok(()) };
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "LLM Data Vault, development mode, at http://{}",
        api.local_addr()?
    )?;
    writeln!(
        out,
        "Tenant demo: admin@example.com / admin123 and test@example.com / password123."
    )?;
    writeln!(
        out,
        "These two are exempt from the password rules and the login limit: never expose this process."
    )?;
    out.flush()?;
    Ok(())
}
