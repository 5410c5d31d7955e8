//! Streamed uploads of many records until the read models show them, and the memory that the server needs for it.

use std::{convert::Infallible, hint::black_box, sync::Arc, time::Instant};

use clap::Args;
use futures::{StreamExt as _, future, stream};
use serde::Deserialize;
use vault_crypto::{AddressKey, DataKey, Label, Scope, SealContext, SecretKey};
use vault_domain::{DatasetId, KeyId, TenantId};
use vault_privacy::{Detector, DetectorConfig};
use vault_storage::frame;

use crate::{
    Result, chat,
    load::median,
    report::{Row, progress},
    sample::new_id,
    server::Server,
};

/// How many bytes a piece of an upload has at least.
const PIECE_BYTES: usize = 64 * 1_024;
/// How many records detection and encryption alone are measured with.
const ALONE_RECORDS: u64 = 20_000;
/// How many records the measurement of memory has: 1 GB of them, of the default size.
const GIGABYTE_RECORDS: u64 = 1_000_000;
/// Records in a second, and bytes of memory.
const GOAL_PER_SECOND: f64 = 25_000.0;
const GOAL_MEMORY_MB: f64 = 300.0;
const MEMORY_SAMPLE_MS: u64 = 100;

#[derive(Args)]
pub(crate) struct Options {
    /// How many records are uploaded in a round.
    #[arg(long, default_value_t = 100_000)]
    records: u64,
    /// The size of a record, in bytes.
    #[arg(long, default_value_t = 1_024)]
    record_bytes: usize,
    /// Over how many connections.
    #[arg(long, default_value_t = 4)]
    connections: u64,
    /// How many rounds; the figures are their medians.
    #[arg(long, default_value_t = 3)]
    rounds: u64,
    /// Instead of rounds, one upload of a million records, watching the server's memory.
    #[arg(long)]
    gigabyte: bool,
}

/// The last line of a report.
#[derive(Deserialize)]
struct Summary {
    created: u64,
    failed: u64,
    complete: bool,
    position: Option<String>,
}

pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let server = Arc::new(Server::start().await?);
    let rows = if options.gigabyte { memory(&server, options).await } else { speed(&server, options).await };
    let server = Arc::into_inner(server).ok_or("the server is still in use")?;
    server.stop().await?;
    rows
}

async fn speed(server: &Arc<Server>, options: &Options) -> Result<Vec<Row>> {
    let record_bytes = options.record_bytes;
    let alone = tokio::task::spawn_blocking(move || detection_and_encryption_alone(record_bytes)).await??;
    let mut rates = Vec::new();
    for round in 1..=options.rounds {
        let dataset = server.create_dataset(&format!("round {round}")).await?;
        let seconds = upload(server, &dataset, options, options.records).await?;
        let rate = per_second(options.records, seconds);
        progress(&format!("ingest, round {round}: {} records in {seconds:.2} s, {rate:.0}/s", options.records));
        rates.push(rate);
    }
    let rate = median(rates);
    Ok(vec![Row {
        what: format!(
            "ingest of {} records of {record_bytes} bytes, {} connections, until readable",
            options.records, options.connections
        ),
        ours: format!("{rate:.0} records/s"),
        limit: format!("goal {GOAL_PER_SECOND:.0}/s; detection and encryption alone, one core: {alone:.0}/s"),
        ratio: rate / GOAL_PER_SECOND,
        goal: 1.0,
    }])
}

async fn memory(server: &Arc<Server>, options: &Options) -> Result<Vec<Row>> {
    let dataset = server.create_dataset("a gigabyte").await?;
    let before = server.current_memory_bytes()?;
    let watched = Arc::clone(server);
    let watch = tokio::spawn(async move {
        let mut samples = Vec::new();
        while let Ok(bytes) = watched.current_memory_bytes() {
            samples.push(bytes);
            tokio::time::sleep(std::time::Duration::from_millis(MEMORY_SAMPLE_MS)).await;
        }
        samples
    });
    let uploaded = upload(server, &dataset, options, GIGABYTE_RECORDS).await;
    watch.abort();
    let _ = watch.await;
    let seconds = uploaded?;
    let peak = server.peak_memory_bytes()?;
    Ok(vec![Row {
        what: format!("server's memory while ingesting {GIGABYTE_RECORDS} records of {} bytes", options.record_bytes),
        ours: format!(
            "{:.0} MB at most, {:.0} MB before ({:.0} records/s)",
            megabytes(peak),
            megabytes(before),
            per_second(GIGABYTE_RECORDS, seconds)
        ),
        limit: format!("goal {GOAL_MEMORY_MB:.0} MB"),
        ratio: GOAL_MEMORY_MB / megabytes(peak),
        goal: 1.0,
    }])
}
