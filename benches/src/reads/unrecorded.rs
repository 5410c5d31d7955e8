//! The limit of `reads`: the parts of the real server in another process, with a recorder whose queue is emptied unread.

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::serve::ListenerExt as _;
use clap::Args;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;
use vault_crypto::LocalKms;
use vault_event_store::{DatabaseConfig, Recorder};
use vault_server::{
    config::Config,
    parts::{ArchiveSettings, ChangesOfPolicies, Lockout, Parts, RoleSet, SessionLimits, Settings},
    reload::Tunables,
    root_keys::RootKeys,
    router::{Limits, router},
    serve::limits,
    telemetry::{self, Verbosity},
    witnesses::WitnessSettings,
};

use crate::{Result, get::say};

/// A limit that a load generator does not meet.
const REQUESTS_PER_S: NonZeroU32 = NonZeroU32::MAX;
/// The share of connections that a development vault has for each of its pools.
const POOL_SHARE: u32 = 2;

/// Whose data is served.
#[derive(Args)]
pub(crate) struct UnrecordedServer {
    /// The data directory of a development vault that runs.
    data_dir: PathBuf,
    /// Its database.
    #[arg(long, env = "BENCH_DATABASE_URL", hide_env_values = true)]
    served_url: String,
}

/// Serves what a vault serves, and records nothing, until it is told to end.
pub(crate) async fn serve_unrecorded(options: &UnrecordedServer) -> Result<()> {
    // a folder without a configuration: as the development vault, it has the defaults
    let config = Config::load(&options.data_dir, std::iter::empty())?;
    let telemetry = telemetry::init(&config.log, &config.telemetry, Verbosity::Configured)?;
    let parts = parts(&config, &options.data_dir, &options.served_url).await?;
    let limits = Limits {
        requests_per_s: REQUESTS_PER_S,
        ..limits(&config.server, telemetry.traces())
    };
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let service = router(&parts, &limits, &Tunables::new(&limits), &metrics)
        .into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    say(&format!("http://{}", listener.local_addr()?));
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, service).await?;
    Ok(())
}

async fn parts(config: &Config, data_dir: &Path, url: &str) -> Result<Parts> {
    let mut parts = Parts::new(Settings {
        environment: "dev",
        database: DatabaseConfig {
            url: url.to_owned(),
            reader_url: None,
            migrate_url: None,
            max_connections: config.database.max_connections / POOL_SHARE,
        },
        root_keys: RootKeys::local(LocalKms::open(&data_dir.join("root.key"))?),
        epoch_dir: None,
        patience: Duration::ZERO,
        jwt_secret: None,
        token_key_days: 30,
        sessions: SessionLimits {
            idle_s: None,
            count: NonZeroU32::MAX,
        },
        mfa_roles: RoleSet::EMPTY,
        changes_of_policies: ChangesOfPolicies::ByOne,
        cache_bytes: config.server.cache_bytes,
        redis_url: None,
        password_threads: None,
        lockout: Lockout {
            account: NonZeroU32::MAX,
            network: NonZeroU32::MAX,
        },
        contents: vault_storage::Location::Folder(data_dir.join("contents")),
        log_key_file: None,
        witnesses: WitnessSettings::of(config)?,
        kafka: None,
        archive: ArchiveSettings::default(),
        detection: config.detection.clone(),
    })
    .await?;
    let (recorder, mut queue) = Recorder::new();
    tokio::spawn(async move { while queue.skip().await {} });
    Arc::get_mut(&mut parts.queries)
        .ok_or("somebody reads already")?
        .recorder = recorder;
    parts.start_followers();
    Ok(parts)
}
