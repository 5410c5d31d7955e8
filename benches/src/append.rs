//! Appends of one event each, against postgres-es.

use std::{collections::HashMap, sync::Arc};

use clap::Args;
use cqrs_es::{
    EventStore as _,
    persist::{EventStoreAggregateContext, PersistedEventStore},
};
use postgres_es::PostgresEventRepository;
use sqlx::{PgPool, postgres::PgPoolOptions};
use vault_domain::record_batch::RecordBatch;
use vault_event_store::{Appender, Root, RootEvent};

use crate::{
    Result,
    database::Scratch,
    load::{self, Measured, median},
    report::{Row, progress},
    sample::{Sample, new_id},
};

/// How many connections postgres-es may use.
const LIMIT_CONNECTIONS: u32 = 64;

/// The least ratio to be reached: 5 up to this many clients, 8 beyond.
const FEW_CLIENTS: usize = 64;

#[derive(Args)]
pub(crate) struct Options {
    /// How many clients append at the same time.
    #[arg(long, value_delimiter = ',', default_values_t = [64, 512])]
    clients: Vec<usize>,
    /// How long each side runs in a round.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// How many rounds; the figures are their medians.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// The schema that postgres-es documents, beside ours.
const LIMIT_SCHEMA: &str = "
    CREATE SCHEMA limit_es;
    CREATE TABLE limit_es.events (
        aggregate_type text                         NOT NULL,
        aggregate_id   text                         NOT NULL,
        sequence       bigint CHECK (sequence >= 0) NOT NULL,
        event_type     text                         NOT NULL,
        event_version  text                         NOT NULL,
        payload        json                         NOT NULL,
        metadata       json                         NOT NULL,
        PRIMARY KEY (aggregate_type, aggregate_id, sequence)
    )";

type LimitStore = PersistedEventStore<PostgresEventRepository, Root<RecordBatch>>;

pub(crate) async fn measure(scratch: &Scratch, options: &Options) -> Result<Vec<Row>> {
    let pool = PgPoolOptions::new()
        .min_connections(LIMIT_CONNECTIONS)
        .max_connections(LIMIT_CONNECTIONS)
        .connect(&scratch.url)
        .await?;
    sqlx::raw_sql(LIMIT_SCHEMA).execute(&pool).await?;
    let (appender, _task) = scratch.appender();
    let sample = Arc::new(Sample::new());
    sample.open_datasets(&appender).await?;
    let mut rows = Vec::new();
    for &clients in &options.clients {
        let mut rounds = Vec::new();
        for round in 1..=options.rounds {
            let ours = ours(&appender, &sample, clients, options.seconds).await?;
            let limit = limit(&pool, &sample, clients, options.seconds).await?;
            progress(&format!(
                "append, {clients} clients, round {round}: ours {:.0}/s (p50 {:.2} ms, p99 {:.2} ms), \
                 postgres-es {:.0}/s (p50 {:.2} ms, p99 {:.2} ms), ratio {:.2}",
                ours.per_second,
                ours.p50_ms,
                ours.p99_ms,
                limit.per_second,
                limit.p50_ms,
                limit.p99_ms,
                ours.per_second / limit.per_second
            ));
            rounds.push((ours, limit));
        }
        rows.push(row(clients, &rounds));
    }
    Ok(rows)
}

fn row(clients: usize, rounds: &[(Measured, Measured)]) -> Row {
    let middle = |figure: fn(&(Measured, Measured)) -> f64| median(rounds.iter().map(figure).collect());
    Row {
        what: format!("append, one event each, {clients} clients"),
        ours: format!(
            "{:.0}/s (p50 {:.1} ms, p99 {:.1} ms)",
            middle(|(ours, _)| ours.per_second),
            middle(|(ours, _)| ours.p50_ms),
            middle(|(ours, _)| ours.p99_ms)
        ),
        limit: format!(
            "postgres-es {:.0}/s (p50 {:.1} ms, p99 {:.1} ms)",
            middle(|(_, limit)| limit.per_second),
            middle(|(_, limit)| limit.p50_ms),
            middle(|(_, limit)| limit.p99_ms)
        ),
        ratio: middle(|(ours, limit)| ours.per_second / limit.per_second),
        goal: if clients <= FEW_CLIENTS { 5.0 } else { 8.0 },
    }
}

/// Our side alone, which other measurements take as their limit.
pub(crate) async fn ours(
    appender: &Appender,
    sample: &Arc<Sample>,
    clients: usize,
    seconds: f64,
) -> Result<Measured> {
    let (appender, sample) = (appender.clone(), Arc::clone(sample));
    load::run(clients, seconds, move |client| {
        let (appender, sample) = (appender.clone(), Arc::clone(&sample));
        async move {
            appender.append(sample.append(client, 1)?).await?;
            Ok(())
        }
    })
    .await
}

/// The commit of postgres-es alone, without the load that its framework does before each.
async fn limit(pool: &PgPool, sample: &Arc<Sample>, clients: usize, seconds: f64) -> Result<Measured> {
    let repository =
        PostgresEventRepository::new(pool.clone()).with_tables("limit_es.events", "limit_es.snapshots");
    let (store, sample) = (
        Arc::new(LimitStore::new_event_store(repository)),
        Arc::clone(sample),
    );
    load::run(clients, seconds, move |client| {
        let (store, sample) = (Arc::clone(&store), Arc::clone(&sample));
        async move {
            let context = EventStoreAggregateContext {
                aggregate_id: new_id().to_string(),
                aggregate: Root(RecordBatch::default()),
                current_sequence: 0,
                current_snapshot: None,
            };
            store
                .commit(
                    vec![RootEvent(sample.event(client))],
                    context,
                    metadata(&sample, client)?,
                )
                .await?;
            Ok(())
        }
    })
    .await
}

fn metadata(sample: &Sample, client: usize) -> Result<HashMap<String, String>> {
    let object = serde_json::to_value(sample.metadata(client))?;
    let pairs = object.as_object().ok_or("metadata is an object")?;
    Ok(pairs
        .iter()
        .map(|(key, value)| (key.clone(), value.to_string()))
        .collect())
}
