//! Putting the vault together: from its settings to the parts that handlers work with.

mod make;
mod start;

use std::{num::NonZeroUsize, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use reqwest::Url;
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault_access::{Authenticator, Authorizer, SharedLimits};
pub use vault_access::{ChangesOfPolicies, RoleSet};
use vault_commands::{AwaitReadModels, Detectors, StoredRules, Vault};
pub use vault_commands::{Lockout, session::SessionLimits};
use vault_crypto::{KeyRing, KeyedHasher, Kms};
use vault_domain::{Clock, IdSource};
use vault_event_store::{
    AccessQueue, Accounts, Appender, BatchMacKey, CondemnedContents, Database, DatabaseConfig, EventStore,
    Head, Idempotency, KeyRows, Log, RecordWriter, Recorder, Subjects, archive::Archiver, tree::Tree,
};
use vault_projections::ReadModels;
use vault_publishing::{KAFKA, KafkaConfig};
use vault_queries::{Queries, RememberedRows};
use vault_read_api::CertificateState;
use vault_storage::Location;
use zeroize::Zeroizing;

use self::make::Appending;
use crate::{
    ambient::{SystemClock, SystemIds},
    archiving,
    config::DetectionConfig,
    detection,
    root_keys::RootKeys,
    tls,
    token_keys::TokenKeyring,
    witnesses::WitnessSettings,
};

/// How long a write waits for the read models before it answers all the same.
const WRITE_PATIENCE: Duration = Duration::from_secs(1);
/// How long the last accesses may take to be recorded when the server closes.
const ACCESSES_PATIENCE: Duration = Duration::from_secs(10);
/// What the parts are made from.
pub struct Settings {
    /// How to reach Postgres.
    pub database: DatabaseConfig,
    /// Who holds the root key.
    pub root_keys: RootKeys,
    /// The folder of the keys of erasure epochs; without one no record can name a subject.
    pub epoch_dir: Option<PathBuf>,
    /// How long a process that starts waits for the database and the KMS.
    pub patience: Duration,
    /// A secret that others may sign access tokens with.
    pub jwt_secret: Option<Zeroizing<String>>,
    /// After how many days the key that signs access tokens is rotated.
    pub token_key_days: u32,
    /// How many passwords are hashed at once; half as many as the machine has threads if none is said.
    pub password_threads: Option<NonZeroUsize>,
    /// When logins are locked.
    pub lockout: Lockout,
    /// How many sessions there are, and how long.
    pub sessions: SessionLimits,
    /// Roles that nobody has in a session without a second factor.
    pub mfa_roles: RoleSet,
    /// Where rate limits are shared with other processes, if they are.
    pub redis_url: Option<Zeroizing<String>>,
    /// How much memory rows may take that are remembered, in bytes; none are if 0.
    pub cache_bytes: u64,
    /// Who it takes to change a tenant's policies.
    pub changes_of_policies: ChangesOfPolicies,
    /// Where large contents are.
    pub contents: Location,
    /// The file of the key that signs the log's heads, if one shall.
    pub log_key_file: Option<PathBuf>,
    /// Who is asked to cosign them.
    pub witnesses: WitnessSettings,
    /// Where events are published to, if they are.
    pub kafka: Option<KafkaConfig>,
    /// Where old events go.
    pub archive: ArchiveSettings,
    /// Which environment this is, as policies name it.
    pub environment: &'static str,
    /// What is looked for in records and texts.
    pub detection: DetectionConfig,
}

/// Where old events go.
#[derive(Debug, Default)]
pub struct ArchiveSettings {
    /// The folder of bundles.
    pub dir: Option<PathBuf>,
    /// Where events are removed.
    pub archiver_url: Option<String>,
    /// After how many days they are archived by the server itself.
    pub after_days: Option<u32>,
}

/// The parts of a running vault.
pub struct Parts {
    /// For commands.
    pub vault: Arc<Vault>,
    /// For questions.
    pub queries: Arc<Queries>,
    /// Who calls.
    pub authenticator: Arc<Authenticator>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Who may do what.
    pub authorizer: Authorizer,
    /// Where rate limits are shared with other processes, if they are.
    pub(crate) shared_limits: Option<Arc<dyn SharedLimits>>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) kms: Arc<dyn Kms>,
    pub(crate) mac_key: BatchMacKey,
    pub(crate) idempotency: Idempotency,
    pub(crate) token_keys: Arc<TokenKeyring>,
    pub(crate) token_key_days: u32,
    /// How the certificate stands that the process is served with.
    pub(crate) certificate: CertificateState,
    witness_urls: Vec<Url>,
    kafka: Option<KafkaConfig>,
    archive_after_days: Option<u32>,
    tasks: TaskTracker,
    closing: CancellationToken,
    stop_tasks: CancellationToken,
    recording: Recording,
    appending: Appending,
}

/// The task that commits accesses.
struct Recording {
    stop: CancellationToken,
    writer: JoinHandle<()>,
}

impl Recording {
    fn start(
        queue: AccessQueue,
        appender: Appender,
        clock: &Arc<dyn Clock>,
        ids: &Arc<dyn IdSource>,
    ) -> Self {
        let writer = RecordWriter::new(queue, appender, Arc::clone(clock), Arc::clone(ids));
        let stop = CancellationToken::new();
        let writer = tokio::spawn(writer.run(stop.clone()));
        Self { stop, writer }
    }

    /// Lets it commit what is left.
    async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(ACCESSES_PATIENCE, self.writer)
            .await
            .is_err()
        {
            tracing::error!("accesses that were answered could not be recorded in time");
        }
    }
}

struct WaitForReadModels {
    read_models: ReadModels,
    rows: Arc<RememberedRows>,
}

#[async_trait]
impl AwaitReadModels for WaitForReadModels {
    async fn wait(&self, position: u64) -> bool {
        let (passed, known) = tokio::join!(
            self.read_models.wait_for(position, WRITE_PATIENCE),
            self.rows.tail().wait_for(position, WRITE_PATIENCE),
        );
        passed && known
    }
}

impl Parts {
    /// Puts the parts together. Nothing runs yet but the appender.
    ///
    /// # Errors
    /// When a setting is not usable.
    pub async fn new(settings: Settings) -> anyhow::Result<Self> {
        // the futures of a KMS client are large, and every command waits for this one
        Box::pin(Self::open(settings)).await
    }

    #[expect(
        clippy::too_many_lines,
        reason = "each part is made once, in the order in which they need each other"
    )]
    async fn open(settings: Settings) -> anyhow::Result<Self> {
        tls::install();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
        let database = make::open_database(&settings)?;
        let root = make::held_keys(settings.root_keys, settings.patience, &database, &*clock, &*ids).await?;
        let accounts = Accounts::new(database.clone());
        let token_keys = TokenKeyring::new(
            accounts.clone(),
            &root.service_key,
            settings.jwt_secret.as_ref(),
            Arc::clone(&clock),
            Arc::clone(&ids),
        )?;
        let shared_limits = make::shared_limits(settings.redis_url.as_ref(), &root)?;
        let authenticator = Arc::new(make::authenticator(&token_keys, &accounts).await);
        let mac_key = BatchMacKey::new(*root.service_key.derive("batch-mac").expose());
        let (recorder, accesses) = Recorder::new();
        let log_keys = make::log_keys(&root, settings.log_key_file, &database, &ids);
        let keys = Arc::new(make::key_ring(
            &root,
            &database,
            recorder.clone(),
            settings.epoch_dir,
        ));
        let contents = Arc::new(make::content_store(&settings.contents, &keys)?);

        let head = Head::default();
        let (appender, appending) = make::start_appender(&database, &mac_key, &clock, &head);
        let read_models = ReadModels::default();
        let rows = Arc::new(RememberedRows::new(Arc::default(), settings.cache_bytes));
        let (closing, stop_tasks) = (CancellationToken::new(), CancellationToken::new());
        let idempotency = Idempotency::new(database.clone());
        let vault = Vault {
            appender,
            store: EventStore::new(database.clone()),
            recorder: recorder.clone(),
            idempotency: idempotency.clone(),
            accounts,
            subjects: Subjects::new(database.clone()),
            key_rows: KeyRows::new(database.clone()),
            erasures: Arc::default(),
            rewraps: Arc::default(),
            keys: Arc::clone(&keys),
            email_hasher: KeyedHasher::new(&root.service_key.derive("email-lookup")),
            contents: Arc::clone(&contents),
            condemned: CondemnedContents::new(database.clone()),
            detectors: Detectors::new(Arc::new(detection::detector(&settings.detection)?)),
            rules: Arc::new(StoredRules::new(
                EventStore::new(database.clone()),
                Arc::clone(&keys),
            )),
            passwords: make::password_hasher(settings.password_threads)?,
            lockout: settings.lockout,
            sessions: settings.sessions,
            mfa_roles: settings.mfa_roles,
            tokens: Arc::clone(&authenticator),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            read_models: Arc::new(WaitForReadModels {
                read_models: read_models.clone(),
                rows: Arc::clone(&rows),
            }),
        };
        let recording = Recording::start(accesses, vault.appender.clone(), &clock, &ids);
        let queries = Queries {
            store: EventStore::new(database.clone()),
            log: Log::new(database.clone()),
            tree: Tree::new(database.clone()),
            log_keys,
            witnesses: settings.witnesses.policy,
            publisher: settings.kafka.as_ref().map(|_| KAFKA),
            database,
            head,
            read_models,
            rows,
            keys: Arc::clone(&keys),
            shared_limits: shared_limits.clone(),
            contents,
            clock: Arc::clone(&clock),
            recorder,
            closing: closing.clone(),
        };
        let authorizer = Authorizer::new(
            Arc::<StoredRules>::clone(&vault.rules),
            settings.environment,
            settings.changes_of_policies,
        );
        Ok(Self {
            vault: Arc::new(vault),
            queries: Arc::new(queries),
            authenticator,
            clock,
            ids,
            authorizer,
            shared_limits,
            keys,
            kms: root.kms,
            mac_key,
            idempotency,
            token_keys: Arc::new(token_keys),
            token_key_days: settings.token_key_days,
            certificate: CertificateState::default(),
            witness_urls: settings.witnesses.urls,
            kafka: settings.kafka,
            archive_after_days: settings.archive.after_days,
            tasks: TaskTracker::new(),
            closing,
            stop_tasks,
            recording,
            appending,
        })
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.queries.database
    }

    /// What archives old events, trusting the keys of the log that the root key vouches for.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn archiver(&self) -> anyhow::Result<Archiver> {
        archiving::archiver(&self.queries, &self.clock).await
    }

    /// Runs a task until the parts are stopped.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Cancelled when no more requests are taken: endless answers end then. What answers the others still runs.
    #[must_use]
    pub fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }

    /// Cancelled when the parts are to stop.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stop_tasks.clone()
    }

    /// Stops everything in order: first what derives, then what writes accesses down, then the appender, which
    /// commits what waits.
    pub async fn stop(self) {
        self.closing.cancel();
        self.stop_tasks.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.recording.stop().await;
        self.appending.stop.cancel();
        if let Err(error) = self.appending.task.await {
            tracing::error!(error = %error, "the appender did not end by itself");
        }
    }
}
