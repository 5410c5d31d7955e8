//! Projectors and rebuilds: what an event costs, how that grows, and how soon a write can be read.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use clap::Args;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vault_crypto::{KeyRing, KeyRingConfig, LocalKms, NoEpochs};
use vault_event_store::{Appender, AppenderConfig, BatchMacKey, Head, KeyRows, Log};
use vault_projections::{
    OnDifferences, Opener, Projection, Projector, ReadModels, RecordsProjection, StoredKeys,
    core_projections, rebuild,
};

use crate::{
    Result,
    bulk::per_second,
    database::{MAC_KEY, Scratch},
    load::{self, percentile_ms},
    replay::fill,
    report::{Row, progress},
    sample::{Sample, SystemClock},
};

/// The least rate with all events, as a share of the rate with a tenth: an event costs at most 1.3 times as much.
const GROWTH: f64 = 0.77;
/// How long all but one in a hundred writes may take until they can be read.
const GOAL_P99_MS: f64 = 50.0;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_hours(1);

#[derive(Args)]
pub(crate) struct Options {
    /// How many events the log holds; first a tenth of them.
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// How many clients write while it is measured how soon they can read.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// How long they do.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
}

/// Events per second with so many events in the log.
struct Rates {
    events: usize,
    behind: f64,
    rebuild: f64,
}

pub(crate) async fn measure(scratch: &Scratch, options: &Options) -> Result<Vec<Row>> {
    let side = Side::new(scratch)?;
    let sample = Arc::new(Sample::new());
    sample.open_datasets(&side.appender).await?;
    let few = side.rates(&sample, options.events / 10).await?;
    let many = side.rates(&sample, options.events - options.events / 10).await?;
    let visible = side.visible(&sample, options).await?;
    let grown = |what: &str, rate: fn(&Rates) -> f64| Row {
        what: format!("{what}, {} events", many.events),
        ours: format!("{:.0} events/s", rate(&many)),
        limit: format!(
            "{:.0} events/s with {}; goal ≤ 1.3 times the cost",
            rate(&few),
            few.events
        ),
        ratio: rate(&many) / rate(&few),
        goal: GROWTH,
    };
    Ok(vec![
        grown("a projector of records that is behind", |rates| rates.behind),
        grown("rebuild of records with its comparison", |rates| rates.rebuild),
        visible,
    ])
}

/// A process of the vault: an appender, keys and projectors.
struct Side<'a> {
    scratch: &'a Scratch,
    appender: Appender,
    head: Head,
    opener: Opener,
}

impl<'a> Side<'a> {
    fn new(scratch: &'a Scratch) -> Result<Self> {
        let head = Head::default();
        let config = AppenderConfig {
            connect: scratch.database.writer_options(),
            mac_key: BatchMacKey::new(MAC_KEY),
            clock: Arc::new(SystemClock),
            head: head.clone(),
        };
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("root.key");
        let kms = LocalKms::create(&file).and_then(|_| LocalKms::open(&file))?;
        let limits = KeyRingConfig {
            max_age: PATIENCE,
            max_keys: NonZeroUsize::MIN,
        };
        let stored = StoredKeys::new(KeyRows::new(scratch.database.clone()));
        let epochs = Arc::new(NoEpochs);
        let keys = KeyRing::new(Arc::new(kms), Arc::new(stored), Arc::new(()), epochs, limits);
        Ok(Self {
            scratch,
            appender: Appender::start(config, CancellationToken::new()).0,
            head,
            opener: Opener::new(Arc::new(keys)),
        })
    }

    fn start(&self, projection: Arc<dyn Projection>, read_models: &ReadModels, stop: &CancellationToken) {
        let projector = Projector {
            projection,
            database: self.scratch.database.clone(),
            head: self.head.clone(),
            read_models: read_models.clone(),
        };
        tokio::spawn(projector.run(stop.clone()));
    }

    /// Adds events, and measures what all of the log cost.
    async fn rates(&self, sample: &Sample, more: usize) -> Result<Rates> {
        fill(self.scratch, &self.appender, sample, more).await?;
        let records: Arc<dyn Projection> = Arc::new(RecordsProjection::new(self.opener.clone()));
        sqlx::raw_sql("TRUNCATE read_models.records; DELETE FROM projection_checkpoints")
            .execute(&sqlx::PgPool::connect(&self.scratch.url).await?)
            .await?;
        let last = Log::new(self.scratch.database.clone()).last_position().await?;
        let events = usize::try_from(last)?;
        let stop = CancellationToken::new();
        let started = Instant::now();
        self.start(Arc::clone(&records), &ReadModels::default(), &stop);
        self.until_applied("records", last).await?;
        let behind = per_second(events, started);
        stop.cancel();
        let started = Instant::now();
        let rebuilt = rebuild(
            records.as_ref(),
            &self.scratch.database,
            OnDifferences::Keep,
            |_| {},
        )
        .await?;
        let rates = Rates {
            events,
            behind,
            rebuild: per_second(events, started),
        };
        if rebuilt.switched_at.is_none() {
            return Err("the rebuilt rows are not those that served".into());
        }
        progress(&format!(
            "rebuild, {events} events: behind {behind:.0} events/s, rebuild {:.0} events/s",
            rates.rebuild
        ));
        Ok(rates)
    }

    async fn until_applied(&self, projection: &str, position: u64) -> Result<()> {
        let query =
            "SELECT EXISTS (SELECT FROM projection_checkpoints WHERE projection = $1 AND position >= $2)";
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        let applied = async {
            loop {
                ticks.tick().await;
                let applied: bool = sqlx::query_scalar(query)
                    .bind(projection)
                    .bind(position.cast_signed())
                    .fetch_one(&self.scratch.database.writer)
                    .await?;
                if applied {
                    return Result::Ok(());
                }
            }
        };
        tokio::time::timeout(PATIENCE, applied).await?
    }

    /// How long after its commit a write can be read, at half of what all clients reach when each waits for its own.
    async fn visible(&self, sample: &Arc<Sample>, options: &Options) -> Result<Row> {
        let (read_models, stop) = (ReadModels::default(), CancellationToken::new());
        for projection in core_projections(&self.opener) {
            self.start(projection, &read_models, &stop);
        }
        let last = Log::new(self.scratch.database.clone()).last_position().await?;
        if !read_models.wait_for(last, PATIENCE).await {
            return Err("the projectors do not come up with the log".into());
        }
        let write = {
            let (appender, sample) = (self.appender.clone(), Arc::clone(sample));
            move |client: usize| {
                let (appender, sample, read_models) =
                    (appender.clone(), Arc::clone(&sample), read_models.clone());
                async move {
                    let stored = appender.append(sample.append(client, 1)?).await?;
                    let committed = Instant::now();
                    read_models.wait_for(stored.last_position, PATIENCE).await;
                    Result::Ok(committed.elapsed())
                }
            }
        };
        let full = {
            let write = write.clone();
            load::run(options.clients, f64::from(options.seconds), move |client| {
                let write = write.clone();
                async move { write(client).await.map(|_| ()) }
            })
            .await?
        };
        let pause =
            Duration::from_secs_f64(2.0 * f64::from(u32::try_from(options.clients)?) / full.per_second);
        let (waited, end) = (
            Arc::new(Mutex::new(Vec::new())),
            Instant::now() + Duration::from_secs(options.seconds.into()),
        );
        let mut clients = JoinSet::new();
        for client in 0..options.clients {
            let (write, waited) = (write.clone(), Arc::clone(&waited));
            clients.spawn(async move {
                let mut ticks = tokio::time::interval(pause);
                while Instant::now() < end {
                    ticks.tick().await;
                    let took = write(client).await?;
                    waited.lock().unwrap_or_else(PoisonError::into_inner).push(took);
                }
                Result::Ok(())
            });
        }
        while let Some(done) = clients.join_next().await {
            done??;
        }
        stop.cancel();
        let mut waited = std::mem::take(&mut *waited.lock().unwrap_or_else(PoisonError::into_inner));
        let writes = waited.len();
        waited.sort_unstable();
        let (p50, p99) = (percentile_ms(&waited, 50), percentile_ms(&waited, 99));
        Ok(Row {
            what: format!(
                "from commit to the core read models, {} writes/s: half load",
                writes / usize::try_from(options.seconds)?
            ),
            ours: format!("p99 {p99:.1} ms, p50 {p50:.1} ms"),
            limit: format!("goal {GOAL_P99_MS} ms; full load {:.0} writes/s", full.per_second),
            ratio: GOAL_P99_MS / p99,
            goal: 1.0,
        })
    }
}
