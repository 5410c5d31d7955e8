//! `vault-server serve`: a process of a deployment.

use std::{
    net::SocketAddr,
    num::{NonZeroU8, NonZeroU32},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::{net::TcpListener, signal::unix::SignalKind};
use tokio_util::sync::CancellationToken;
use vault_commands::Lockout;
use vault_event_store::DatabaseConfig;
use zeroize::Zeroizing;

use crate::{
    config::{Config, ServerConfig},
    listener::{self, ConnectionLimits},
    memory,
    parts::{ArchiveSettings, Parts, Settings},
    reload::{Source, Tunables},
    rewrapping::RewrapSettings,
    root_keys::RootKeys,
    router::{Limits, metrics_router, router},
    telemetry::Traces,
    tls::{Tls, TlsFiles},
    witnesses::WitnessSettings,
};

/// How long a process that starts waits for the database and the KMS.
const START_PATIENCE: Duration = Duration::from_mins(1);
/// How long requests that run may go on when the server closes.
const DRAIN: Duration = Duration::from_secs(20);
/// Buckets of the latency histogram, in seconds.
const LATENCY_BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Runs a process of a deployment.
#[derive(Debug, Args)]
#[command(after_help = "Example: vault-server serve --config /etc/llm-data-vault --role all")]
pub struct ServeArgs {
    /// The folder of vault.toml.
    #[arg(long, default_value = "config", env = "VAULT_CONFIG_DIR")]
    pub config: PathBuf,
    /// What this process does.
    #[arg(long, value_enum, default_value_t = Role::All)]
    pub role: Role,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Serves requests.
    Api,
    /// Moves the read models, seals and audits the log.
    Projector,
    /// Publishes the log to Kafka.
    Publisher,
    /// All of this.
    All,
}

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// When a setting is not usable, or a port is taken.
pub async fn serve(config: &Config, role: Role, traces: Traces, source: Source) -> anyhow::Result<()> {
    memory::protect();
    let metrics = install_metrics()?;
    let settings = Settings {
        patience: START_PATIENCE,
        ..settings(config)?
    };
    if role == Role::Publisher && settings.kafka.is_none() {
        bail!("kafka.brokers is not set: there is nowhere to publish to");
    }
    let parts = Parts::new(settings).await?;
    parts.start_followers();
    if matches!(role, Role::Projector | Role::All) {
        parts.start_projectors();
        parts.start_sealing()?;
        parts.start_archiving();
        parts.start_erasing();
        parts.start_collecting();
        parts.start_rewrapping(RewrapSettings::of(&config.encryption));
        if config.encryption.rotate_after_days > 0 {
            parts.start_rotation(config.encryption.rotate_after_days);
        }
    }
    if matches!(role, Role::Publisher | Role::All) {
        parts.start_publishing();
    }
    let server = &config.server;
    let limits = Limits {
        tiers: Arc::new(config.limits.tiers()?),
        logins_per_min: NonZeroU32::new(config.auth.login_limit_per_min),
        proxies: NonZeroU8::new(server.trusted_proxies),
        https_only: server.https_only || config.tls.is_on(),
        ..limits(server, traces)
    };
    let listeners = Listeners::bind(config, role).await?;
    let tls = TlsFiles::of(&config.tls).map(|files| Tls::open(files, parts.certificate.clone()));
    let tls = tls.transpose().context("tls.cert_file cannot be served with")?;
    run(parts, limits, listeners, tls, metrics, source).await
}

/// How much clients may ask of a process that stands directly before them, and logs nobody in too often.
#[must_use]
pub fn limits(server: &ServerConfig, traces: Traces) -> Limits {
    Limits {
        connections: ConnectionLimits {
            header_timeout: Duration::from_millis(server.header_timeout_ms.into()),
            connections: in_memory(server.max_connections.into()),
        },
        timeout_ms: server.request_timeout_ms.into(),
        body_bytes: in_memory(server.body_bytes),
        requests: in_memory(server.max_requests.into()),
        requests_per_s: at_least_one(server.rate_limit_per_s),
        tiers: Arc::default(),
        logins_per_min: None,
        proxies: None,
        https_only: server.https_only,
        origins: server.origins(),
        traces,
    }
}

fn in_memory(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The ports that a process listens on.
pub(crate) struct Listeners {
    pub(crate) api: Option<TcpListener>,
    pub(crate) metrics: TcpListener,
}

impl Listeners {
    pub(crate) async fn bind(config: &Config, role: Role) -> anyhow::Result<Self> {
        let bind = |port| async move {
            let address = SocketAddr::new(config.server.host, port);
            TcpListener::bind(address)
                .await
                .with_context(|| format!("cannot listen on {address}"))
        };
        let api = match role {
            Role::Projector | Role::Publisher => None,
            Role::Api | Role::All => Some(bind(config.server.port).await?),
        };
        Ok(Self {
            api,
            metrics: bind(config.server.metrics_port).await?,
        })
    }
}

/// Serves until a signal, then lets what runs end, and stops the parts in order.
pub(crate) async fn run(
    parts: Parts,
    limits: Limits,
    listeners: Listeners,
    tls: Option<Tls>,
    metrics: PrometheusHandle,
    source: Source,
) -> anyhow::Result<()> {
    let closing = parts.closing();
    let tunables = Tunables::new(&limits);
    source.follow(tunables.clone(), closing.clone())?;
    let connections = limits.connections;
    let mut servers = tokio::task::JoinSet::new();
    if let Some(api) = listeners.api {
        tracing::info!(address = %api.local_addr()?, "serves the API");
        let routes = router(&parts, &limits, &tunables, &metrics);
        let tls = tls.map(Arc::new);
        if let Some(tls) = &tls {
            parts.spawn(Arc::clone(tls).follow_files(parts.stopping()));
        }
        servers.spawn(listener::serve(api, tls, routes, connections, closing.clone()));
    }
    let routes = metrics_router(metrics);
    servers.spawn(listener::serve(
        listeners.metrics,
        None,
        routes,
        connections,
        closing.clone(),
    ));
    wait_for_signal(&closing).await?;
    tracing::info!("closes");
    closing.cancel();
    let drained = tokio::time::timeout(DRAIN, async {
        while let Some(ended) = servers.join_next().await {
            ended?;
        }
        anyhow::Ok(())
    });
    if let Ok(ended) = drained.await {
        ended?;
    } else {
        tracing::warn!("some requests did not end in time");
    }
    servers.shutdown().await;
    parts.stop().await;
    Ok(())
}

async fn wait_for_signal(closing: &CancellationToken) -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
    let mut interrupt = tokio::signal::unix::signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = closing.cancelled() => {}
    }
    Ok(())
}

/// Counts from now on; before the parts are made, which count what they do.
pub(crate) fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCY_BUCKETS)?
        .install_recorder()
        .context("the metrics recorder cannot be installed")
}

/// What the parts are made from, by the configuration.
///
/// # Errors
/// When a setting is missing or not usable.
pub fn settings(config: &Config) -> anyhow::Result<Settings> {
    Ok(Settings {
        database: database(config)?,
        root_keys: RootKeys::of(&config.encryption)?,
        epoch_dir: config.encryption.epoch_folder(),
        patience: Duration::ZERO,
        jwt_secret: config
            .auth
            .jwt_secret
            .as_ref()
            .map(|secret| Zeroizing::new(secret.expose().to_owned())),
        token_key_days: config.auth.token_key_days,
        sessions: config.auth.sessions(),
        mfa_roles: config.auth.require_mfa_roles.iter().copied().collect(),
        cache_bytes: config.server.cache_bytes,
        changes_of_policies: config.auth.changes_of_policies(),
        redis_url: config
            .server
            .redis_url
            .as_ref()
            .map(|url| Zeroizing::new(url.expose().to_owned())),
        password_threads: config.auth.password_threads(),
        lockout: Lockout {
            account: at_least_one(config.auth.lockout_failures),
            network: at_least_one(config.auth.lockout_network_failures),
        },
        contents: config.storage.place()?,
        log_key_file: config.audit.signing_key_file.clone(),
        witnesses: WitnessSettings::of(config)?,
        kafka: config.kafka.publishing()?,
        environment: config.environment.as_str(),
        archive: archive(config)?,
        detection: config.detection.clone(),
    })
}

pub(crate) fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

fn archive(config: &Config) -> anyhow::Result<ArchiveSettings> {
    let archive = &config.archive;
    if archive.after_days.is_some() && archive.dir.is_none() {
        bail!("archive.after_days is set and archive.dir is not: the folder of bundles");
    }
    let archiver_url = config.database.archiver_url.as_ref();
    Ok(ArchiveSettings {
        dir: archive.dir.clone(),
        archiver_url: archiver_url.map(|url| url.expose().to_owned()),
        after_days: archive.after_days,
    })
}

/// How to reach Postgres, by the configuration.
///
/// # Errors
/// When no URL is set.
pub fn database(config: &Config) -> anyhow::Result<DatabaseConfig> {
    let database = &config.database;
    let url = database
        .url
        .as_ref()
        .context("database.url is not set (VAULT_DATABASE_URL)")?;
    Ok(DatabaseConfig {
        url: url.expose().to_owned(),
        reader_url: database.reader_url.as_ref().map(|url| url.expose().to_owned()),
        migrate_url: database.migrate_url.as_ref().map(|url| url.expose().to_owned()),
        // two pools share them, and a few connections that tasks hold for themselves
        max_connections: (database.max_connections / 2).max(2),
    })
}
