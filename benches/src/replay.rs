//! Reading the log by position, against COPY of the same rows to the client.

use std::time::Instant;

use clap::Args;
use futures::TryStreamExt as _;
use sqlx::postgres::PgPoolCopyExt as _;
use vault_domain::record_batch::RecordBatchEvent;
use vault_event_store::{Appender, Log, PageLimit, StoredEvent};

use crate::{
    Result,
    bulk::per_second,
    database::Scratch,
    load::median,
    report::{Row, progress},
    sample::Sample,
};

/// How many events a page has: what a projector's batch has at most.
const PAGE: PageLimit = PageLimit::of_events(5_000);
/// How many events each append has that fills the log.
const EVENTS_PER_APPEND: usize = 300;

#[derive(Args)]
pub(crate) struct Options {
    /// How many events the log holds.
    #[arg(long, default_value_t = 200_000)]
    events: usize,
    /// How many rounds; the figures are their medians.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

struct Round {
    raw: f64,
    decoded: f64,
    limit: f64,
}

pub(crate) async fn measure(scratch: &Scratch, options: &Options) -> Result<Vec<Row>> {
    let (appender, _task) = scratch.appender();
    let sample = Sample::new();
    sample.open_datasets(&appender).await?;
    fill(scratch, &appender, &sample, options.events).await?;
    let log = Log::new(scratch.database.clone());
    let mut rounds = Vec::new();
    for number in 1..=options.rounds {
        let raw = read(&log, |_| Ok(())).await?;
        let limit = copy_out(&scratch.database.writer).await?;
        let decoded = read(&log, |event| {
            event.decode::<RecordBatchEvent>().map(|_| ()).map_err(Into::into)
        })
        .await?;
        progress(&format!(
            "replay, round {number}: raw {raw:.0} events/s, decoded {decoded:.0} events/s, COPY {limit:.0} events/s, \
             ratios {:.2} and {:.2}",
            raw / limit,
            decoded / limit
        ));
        rounds.push(Round { raw, decoded, limit });
    }
    Ok(vec![
        row("raw", options, &rounds, 0.8, |round| round.raw),
        row("decoded", options, &rounds, 0.4, |round| round.decoded),
    ])
}

fn row(how: &str, options: &Options, rounds: &[Round], goal: f64, ours: fn(&Round) -> f64) -> Row {
    Row {
        what: format!("log replay, {} events, {how}", options.events),
        ours: format!("{:.0} events/s", median(rounds.iter().map(ours).collect())),
        limit: format!(
            "COPY {:.0} events/s",
            median(rounds.iter().map(|round| round.limit).collect())
        ),
        ratio: median(rounds.iter().map(|round| ours(round) / round.limit).collect()),
        goal,
    }
}

/// Appends so many events, a little more at most.
pub(crate) async fn fill(
    scratch: &Scratch,
    appender: &Appender,
    sample: &Sample,
    events: usize,
) -> Result<()> {
    let mut written = 0;
    while written < events {
        // a few at once, so that the next are made while these commit
        let appends = (0..8)
            .map(|number| sample.append(number, EVENTS_PER_APPEND))
            .collect::<Result<Vec<_>>>()?;
        written += appends.len() * EVENTS_PER_APPEND;
        futures::future::try_join_all(appends.into_iter().map(|append| appender.append(append))).await?;
    }
    // as autovacuum does sooner or later: neither side should pay for the first look at new rows
    sqlx::raw_sql("VACUUM (ANALYZE) events")
        .execute(&sqlx::PgPool::connect(&scratch.url).await?)
        .await?;
    Ok(())
}

async fn read(log: &Log, mut each: impl FnMut(&StoredEvent) -> Result<()>) -> Result<f64> {
    let started = Instant::now();
    let mut count = 0;
    let mut replay = log.replay(0, PAGE);
    while let Some(page) = replay.next_page().await? {
        count += page.len();
        // the first events, which open the datasets, are of the same type
        for event in &page {
            each(event)?;
        }
    }
    Ok(per_second(count, started))
}

async fn copy_out(pool: &sqlx::PgPool) -> Result<f64> {
    let query = "COPY (SELECT position, tenant_position, event_id, tenant_id, aggregate_type, aggregate_id, sequence, \
                 event_type, event_version, payload, metadata, recorded_at, event_hash FROM events ORDER BY position) \
                 TO STDOUT";
    let started = Instant::now();
    let mut stream = pool.copy_out_raw(query).await?;
    let mut count = 0;
    while stream.try_next().await?.is_some() {
        // a message holds one row
        count += 1;
    }
    Ok(per_second(count, started))
}
