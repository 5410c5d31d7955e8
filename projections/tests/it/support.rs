//! What every test needs: a log with its appender, keys, projectors, and ways to look at rows.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use sqlx::{ConnectOptions as _, PgPool};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vault_crypto::{KeyRing, KeyRingConfig, LocalKms, NoEpochs};
use vault_domain::{Clock, EventId};
use vault_event_store::{
    Appender, AppenderConfig, BatchMacKey, Database, DatabaseConfig, Head, KeyRows, Log, StoredEvent,
};
use vault_projections::{
    DatasetStatsProjection, DatasetsProjection, Opener, Projection, ProjectionError, ProjectionState,
    Projector, ReadModels, RecordsProjection, StoredKeys, SubjectsProjection, core_projections,
    projection_states,
};

/// How long a test waits for what should come soon.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Every read model.
pub(crate) const TABLES: [&str; 4] = ["datasets", "records", "dataset_stats", "subjects"];

struct TickingClock(AtomicI64);

impl Clock for TickingClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.fetch_add(1, Ordering::Relaxed))
            .expect("within chrono's range")
    }
}

/// A new id, greater than those before.
pub(crate) fn new_id() -> Uuid {
    static IDS: AtomicU64 = AtomicU64::new(1);
    let mut tail = [0; 10];
    tail[2..].copy_from_slice(&IDS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(1_780_000_000_000, &tail).into_uuid()
}

pub(crate) fn new_event_id() -> EventId {
    EventId::from_uuid(new_id())
}

/// A log, an appender into it, and keys.
pub(crate) struct Rig {
    /// The schema's owner, who is a superuser.
    pub(crate) owner: PgPool,
    pub(crate) database: Database,
    pub(crate) appender: Appender,
    pub(crate) head: Head,
    pub(crate) log: Log,
    pub(crate) keys: Arc<KeyRing>,
}

impl Rig {
    pub(crate) fn new(owner: PgPool) -> Self {
        let url = owner.connect_options().to_url_lossy().to_string();
        let config = DatabaseConfig {
            url,
            reader_url: None,
            migrate_url: None,
            max_connections: 8,
        };
        let database = Database::new(&config).expect("a URL");
        let head = Head::default();
        let config = AppenderConfig {
            connect: database.writer_options(),
            mac_key: BatchMacKey::new([42; 32]),
            clock: Arc::new(TickingClock(AtomicI64::new(1_780_000_000_000_000))),
            head: head.clone(),
        };
        let store = StoredKeys::new(KeyRows::new(database.clone()));
        let limits = KeyRingConfig {
            max_age: Duration::from_mins(5),
            max_keys: NonZeroUsize::new(100).expect("not 0"),
        };
        Self {
            appender: Appender::start(config, CancellationToken::new()).0,
            keys: Arc::new(KeyRing::new(
                Arc::new(local_kms()),
                Arc::new(store),
                Arc::new(()),
                Arc::new(NoEpochs),
                limits,
            )),
            log: Log::new(database.clone()),
            owner,
            database,
            head,
        }
    }

    pub(crate) fn opener(&self) -> Opener {
        Opener::new(Arc::clone(&self.keys))
    }

    /// The projections of [`TABLES`], in their order.
    pub(crate) fn projections(&self) -> [Box<dyn Projection>; 4] {
        [
            Box::new(DatasetsProjection::new(self.opener())),
            Box::new(RecordsProjection::new(self.opener())),
            Box::new(DatasetStatsProjection),
            Box::new(SubjectsProjection),
        ]
    }

    /// Starts a projector; it ends when the token is cancelled.
    pub(crate) fn start(
        &self,
        projection: Arc<dyn Projection>,
        read_models: &ReadModels,
        stop: &CancellationToken,
    ) -> JoinHandle<()> {
        let projector = Projector {
            projection,
            database: self.database.clone(),
            head: self.head.clone(),
            read_models: read_models.clone(),
        };
        tokio::spawn(projector.run(stop.clone()))
    }

    /// Starts all core projectors.
    pub(crate) fn start_core(&self) -> ReadModels {
        let read_models = ReadModels::default();
        for projection in core_projections(&self.opener()) {
            self.start(projection, &read_models, &CancellationToken::new());
        }
        read_models
    }

    /// Runs all core projectors until they have come to the end of the log.
    pub(crate) async fn project(&self) {
        let (read_models, stop) = (ReadModels::default(), CancellationToken::new());
        let tasks: Vec<_> = core_projections(&self.opener())
            .into_iter()
            .map(|projection| self.start(projection, &read_models, &stop))
            .collect();
        let last = self.log.last_position().await.expect("the last position");
        assert!(
            read_models.wait_for(last, PATIENCE).await,
            "projectors are behind"
        );
        stop.cancel();
        for task in tasks {
            task.await.expect("a projector's task");
        }
    }

    pub(crate) async fn events(&self) -> Vec<StoredEvent> {
        self.log.read_after(0, 10_000).await.expect("the log")
    }

    /// Applies events in a transaction of their own, as a projector does, without a checkpoint.
    pub(crate) async fn apply(
        &self,
        projection: &dyn Projection,
        events: &[StoredEvent],
    ) -> Result<(), ProjectionError> {
        let begin = "BEGIN; SET LOCAL search_path = read_models, public";
        let mut transaction = self.database.writer.begin_with(begin).await?;
        projection.apply(events, &mut transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// The rows of a read model as text, in a fixed order.
    pub(crate) async fn rows(&self, table: &str) -> Vec<String> {
        let query = format!("SELECT row_to_json(t)::text FROM read_models.{table} t ORDER BY 1");
        sqlx::query_scalar(&query)
            .fetch_all(&self.owner)
            .await
            .expect("the rows")
    }

    pub(crate) async fn all_rows(&self) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        for table in TABLES {
            all.push(self.rows(table).await);
        }
        all
    }

    /// Empties the read models.
    pub(crate) async fn clear(&self) {
        for table in TABLES {
            self.execute(&format!("TRUNCATE read_models.{table}")).await;
        }
    }

    /// The rows that every event of the log, applied at once, makes.
    pub(crate) async fn expected_rows(&self) -> Vec<Vec<String>> {
        self.clear().await;
        let events = self.events().await;
        for projection in self.projections() {
            self.apply(projection.as_ref(), &events)
                .await
                .expect("events that can be applied");
        }
        self.all_rows().await
    }

    pub(crate) async fn execute(&self, statement: &str) {
        sqlx::raw_sql(statement)
            .execute(&self.owner)
            .await
            .expect("the statement");
    }

    pub(crate) async fn state(&self, projection: &str) -> Option<ProjectionState> {
        let states = projection_states(&self.database.writer)
            .await
            .expect("the states");
        states.into_iter().find(|state| state.projection == projection)
    }

    /// Waits until a projection stands as wanted.
    #[track_caller]
    pub(crate) fn until<'a>(
        &'a self,
        projection: &'a str,
        wanted: impl Fn(&ProjectionState) -> bool + 'a,
    ) -> impl Future<Output = ProjectionState> + 'a {
        let reached = async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(10));
            loop {
                ticks.tick().await;
                if let Some(state) = self.state(projection).await.filter(&wanted) {
                    return state;
                }
            }
        };
        async move {
            tokio::time::timeout(PATIENCE, reached)
                .await
                .expect("the projection never stood as wanted")
        }
    }
}

/// A KMS over a key file that is gone as soon as it is read.
fn local_kms() -> LocalKms {
    let path = std::env::temp_dir().join(format!("vault-projections-{}-{}", std::process::id(), new_id()));
    drop(LocalKms::create(&path).expect("a new key file"));
    let kms = LocalKms::open(&path).expect("the key file");
    std::fs::remove_file(&path).expect("the key file can be removed");
    kms
}
