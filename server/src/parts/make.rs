//! Single parts, from settings.

use std::{num::NonZeroUsize, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use object_store::ObjectStore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vault_access::{AccessTokens, Authenticator, HasherLimits, PasswordHasher, SharedLimits, TokenAudience};
use vault_commands::api_key::StoredApiKeys;
use vault_crypto::{EpochFiles, EpochKeeper, KeyRing, KeyRingConfig, KeyedHasher, Kms, NoEpochs, ServiceKey};
use vault_domain::{Clock, IdSource};
use vault_event_store::{
    Accounts, Appender, AppenderConfig, ArchiveConfig, BatchMacKey, Database, Head, KeyRows, Recorder,
    tree::LogKeys,
};
use vault_projections::StoredKeys;
use vault_storage::{ContentStore, Location};
use zeroize::Zeroizing;

use super::Settings;
use crate::{
    log_seeds::LogSeeds, observer::RecordedKeys, root_keys::RootKeys, service_key::ServiceKeys,
    shared_limits::RedisLimits, token_keys::TokenKeyring,
};

/// How many unwrapped keys of a kind stay in memory.
const MAX_KEYS: NonZeroUsize = NonZeroUsize::new(10_000).expect("10,000 is not zero");
/// How many verified access tokens are remembered.
const CACHED_TOKENS: u64 = 100_000;
/// How many passwords may wait to be hashed, and for how long.
const WAITING_PASSWORDS: usize = 64;
const PASSWORD_PATIENCE_MS: u64 = 5_000;

/// The appender's task, and what ends it.
pub(super) struct Appending {
    pub(super) stop: CancellationToken,
    pub(super) task: JoinHandle<()>,
}

/// What the root keys open.
pub(super) struct HeldKeys {
    pub(super) kms: Arc<dyn Kms>,
    pub(super) service_key: Arc<ServiceKey>,
    key_cache: Duration,
}

pub(super) async fn held_keys(
    root_keys: RootKeys,
    patience: Duration,
    database: &Database,
    clock: &dyn Clock,
    ids: &dyn IdSource,
) -> anyhow::Result<HeldKeys> {
    let key_cache = root_keys.key_cache;
    let root_keys = root_keys.open().await;
    let service_keys = ServiceKeys {
        rows: KeyRows::new(database.clone()),
        root_keys: &root_keys,
        clock,
        ids,
    };
    let service_key = Arc::new(service_keys.find(patience).await?);
    Ok(HeldKeys {
        kms: root_keys.kms,
        service_key,
        key_cache,
    })
}

/// Networks are hashed before they are counted with others.
pub(super) fn shared_limits(
    redis_url: Option<&Zeroizing<String>>,
    root: &HeldKeys,
) -> anyhow::Result<Option<Arc<dyn SharedLimits>>> {
    let Some(url) = redis_url else { return Ok(None) };
    let networks = KeyedHasher::new(&root.service_key.derive("rate-limit-networks"));
    Ok(Some(Arc::new(RedisLimits::new(url, networks)?)))
}

pub(super) fn start_appender(
    database: &Database,
    mac_key: &BatchMacKey,
    clock: &Arc<dyn Clock>,
    head: &Head,
) -> (Appender, Appending) {
    let stop = CancellationToken::new();
    let config = AppenderConfig {
        connect: database.writer_options(),
        mac_key: mac_key.clone(),
        clock: Arc::clone(clock),
        head: head.clone(),
    };
    let (appender, task) = Appender::start(config, stop.clone());
    (appender, Appending { stop, task })
}

pub(super) fn log_keys(
    held: &HeldKeys,
    key_file: Option<PathBuf>,
    database: &Database,
    ids: &Arc<dyn IdSource>,
) -> LogKeys {
    let seeds = LogSeeds::new(Arc::clone(&held.kms), Arc::clone(&held.service_key), key_file);
    LogKeys::new(database.clone(), Arc::new(seeds), Arc::clone(ids))
}

pub(super) fn key_ring(
    held: &HeldKeys,
    database: &Database,
    recorder: Recorder,
    epoch_dir: Option<PathBuf>,
) -> KeyRing {
    let epochs: Arc<dyn EpochKeeper> = match epoch_dir {
        Some(folder) => Arc::new(EpochFiles::new(folder)),
        None => Arc::new(NoEpochs),
    };
    let stored = StoredKeys::new(KeyRows::new(database.clone()));
    let config = KeyRingConfig {
        max_age: held.key_cache,
        max_keys: MAX_KEYS,
    };
    let observer = Arc::new(RecordedKeys(recorder));
    KeyRing::new(Arc::clone(&held.kms), Arc::new(stored), observer, epochs, config)
}

pub(super) fn content_store(place: &Location, keys: &Arc<KeyRing>) -> anyhow::Result<ContentStore> {
    let objects = place
        .open()
        .context("the place of large contents is not usable")?;
    Ok(ContentStore::new(objects, Arc::clone(keys)))
}

pub(super) fn open_database(settings: &Settings) -> anyhow::Result<Database> {
    let database = Database::new(&settings.database).context("the database's URL is not usable")?;
    let archive = &settings.archive;
    let objects: Option<Arc<dyn ObjectStore>> = match &archive.dir {
        Some(dir) => {
            let opened = Location::Folder(dir.clone()).open();
            Some(opened.context("the folder of the archive is not usable")?)
        }
        None => None,
    };
    let config = ArchiveConfig {
        objects,
        archiver_url: archive.archiver_url.clone(),
    };
    database
        .with_archive(config)
        .context("database.archiver_url is not usable")
}

pub(super) async fn authenticator(token_keys: &TokenKeyring, accounts: &Accounts) -> Authenticator {
    // a database that is away at the start is asked again every second
    let keys = token_keys.current().await;
    let keys = keys.unwrap_or_else(|_| token_keys.without_rows());
    let audience = TokenAudience {
        issuer: "vault".into(),
        audience: "vault".into(),
    };
    let tokens = AccessTokens::new(audience, keys, CACHED_TOKENS);
    let api_keys = StoredApiKeys::new(accounts.clone());
    Authenticator::new(tokens).with_api_keys(Arc::new(api_keys))
}

/// Hashes on so many threads, or on half of those that the machine has: a flood of logins leaves the rest to others.
pub(super) fn password_hasher(threads: Option<NonZeroUsize>) -> anyhow::Result<PasswordHasher> {
    let half = || {
        let all = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        NonZeroUsize::new(all / 2).unwrap_or(NonZeroUsize::MIN)
    };
    let parallel = threads.unwrap_or_else(half);
    let limits = HasherLimits {
        parallel,
        waiting: WAITING_PASSWORDS,
        patience_ms: PASSWORD_PATIENCE_MS,
    };
    PasswordHasher::new(limits).context("passwords cannot be hashed")
}
