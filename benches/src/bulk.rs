//! Appends of many events each, against COPY.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use clap::Args;
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;
use vault_event_store::{Append, Appender, Log};

use crate::{
    Result, copy,
    database::Scratch,
    load::median,
    report::{Row, progress},
    sample::Sample,
};

#[derive(Args)]
pub(crate) struct Options {
    /// How many clients append at the same time.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// How many events each append has.
    #[arg(long, default_value_t = 300)]
    events_per_append: usize,
    /// How many events each side writes in a round.
    #[arg(long, default_value_t = 120_000)]
    events: usize,
    /// How many rounds; the figures are their medians.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// The same columns, checks and indexes as the log's table, without its triggers.
const LIMIT_SCHEMA: &str = "
    CREATE SCHEMA limit_copy;
    CREATE TABLE limit_copy.events (LIKE public.events INCLUDING ALL)";

pub(crate) async fn measure(scratch: &Scratch, options: &Options) -> Result<Vec<Row>> {
    let mut connection = PgConnection::connect(&scratch.url).await?;
    sqlx::raw_sql(LIMIT_SCHEMA).execute(&mut connection).await?;
    let (appender, _task) = scratch.appender();
    let sample = Sample::new();
    sample.open_datasets(&appender).await?;
    let log = Log::new(scratch.database.clone());
    let mut rounds = Vec::new();
    for round in 1..=options.rounds {
        let before = log.last_position().await?;
        let ours = append_all(&appender, &sample, options).await?;
        let parts = copy::rows(&scratch.database.writer, before, log.last_position().await?).await?;
        let started = Instant::now();
        copy::insert(&mut connection, "limit_copy.events", &parts).await?;
        let limit = per_second(options.events, started);
        progress(&format!(
            "bulk, round {round}: ours {ours:.0} events/s, COPY {limit:.0} events/s, ratio {:.2}",
            ours / limit
        ));
        rounds.push((ours, limit));
    }
    let middle = |figure: fn(&(f64, f64)) -> f64| median(rounds.iter().map(figure).collect());
    Ok(vec![Row {
        what: format!(
            "append in bulk, {} events each, {} clients",
            options.events_per_append, options.clients
        ),
        ours: format!("{:.0} events/s", middle(|(ours, _)| *ours)),
        limit: format!("COPY {:.0} events/s", middle(|(_, limit)| *limit)),
        ratio: middle(|(ours, limit)| ours / limit),
        goal: 0.7,
    }])
}

/// Appends what was made ready before, as COPY gets its rows ready made, and returns events per second.
async fn append_all(appender: &Appender, sample: &Sample, options: &Options) -> Result<f64> {
    let appends = (0..options.events / options.events_per_append)
        .map(|number| sample.append(number, options.events_per_append))
        .collect::<Result<Vec<Append>>>()?;
    let events = appends.len() * options.events_per_append;
    let ready = Arc::new(Mutex::new(appends));
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for _ in 0..options.clients {
        let (appender, ready) = (appender.clone(), Arc::clone(&ready));
        tasks.spawn(async move {
            loop {
                let next = ready.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some(append) = next else { return Result::Ok(()) };
                appender.append(append).await?;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(per_second(events, started))
}

/// How many of something a second, since a moment.
pub(crate) fn per_second(count: usize, since: Instant) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / since.elapsed().as_secs_f64()
}
