//! GET of single records, recorded in the log, against the same server without anything that records.

mod unrecorded;

use std::{fs::File, io::Write as _};

use clap::Args;
use serde_json::{Value, json};
use tokio::process::Command;

pub(crate) use unrecorded::{UnrecordedServer, serve_unrecorded};

use crate::{
    Result, chat,
    load::{Measured, median},
    report::{Row, progress},
    server::{Server, Serving},
    wrk::{self, Load},
};

/// Reads the records of a file, one after the other.
const SCRIPT: &str = include_str!("../lua/reads.lua");
/// How long both sides run before the first round, in seconds.
const WARM_UP_SECONDS: u32 = 2;
/// The size of a record, in bytes.
const RECORD_BYTES: usize = 1_024;
/// How many records one request adds.
const BATCH: usize = 1_000;
/// The least ratio to be reached: recording may cost 15 % of the throughput.
const GOAL: f64 = 0.85;

#[derive(Args)]
pub(crate) struct Options {
    /// How many connections ask at the same time.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How many records are read in turn.
    #[arg(long, default_value_t = 10_000)]
    records: usize,
    /// How long each side runs in a round.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// How many rounds; the figures are their medians.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// What one round measured: with the recorder, and without.
type Round = (Measured, Measured);

pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let server = Server::start().await?;
    let measured = beside_unrecorded(&server, options).await;
    server.stop().await?;
    Ok(vec![row(options, &measured?)])
}

/// The second server answers from the same database, with the same keys and for the same tokens.
async fn beside_unrecorded(server: &Server, options: &Options) -> Result<Vec<Round>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("unrecorded-server").arg(server.data_dir());
    // the connection string holds a password, which a list of processes would show
    command.env("BENCH_DATABASE_URL", server.database_url()?);
    command.stderr(File::create(server.data_dir().join("unrecorded.log"))?);
    let unrecorded = Serving::start(&mut command).await?;
    let measured = compare(server, &unrecorded.url, options).await;
    unrecorded.stop().await?;
    measured
}

async fn compare(server: &Server, unrecorded: &str, options: &Options) -> Result<Vec<Round>> {
    let dataset = server.create_dataset("read").await?;
    let ids = add_records(server, &dataset, options.records).await?;
    server.caught_up(&dataset).await?;
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(ids.join("\n").as_bytes())?;
    let path = format!("/datasets/{dataset}/records");
    let (recorded, unrecorded) = (server.url(&path), format!("{unrecorded}/api/v1{path}"));
    let environment = [
        ("BENCH_TOKEN", server.token.as_str()),
        ("BENCH_IDS", file.path().to_str().ok_or("a path that is no text")?),
    ];
    let run = async |url: &str, seconds| {
        let load = Load {
            url,
            connections: options.connections,
            seconds,
            script: SCRIPT,
            environment: &environment,
        };
        wrk::run(&load).await
    };
    run(&recorded, WARM_UP_SECONDS).await?;
    run(&unrecorded, WARM_UP_SECONDS).await?;
    let mut rounds = Vec::new();
    for round in 1..=options.rounds {
        // in turns, and in turns first: what a machine does meanwhile favours neither
        let (ours, limit) = if round % 2 == 1 {
            let ours = run(&recorded, options.seconds).await?;
            (ours, run(&unrecorded, options.seconds).await?)
        } else {
            let limit = run(&unrecorded, options.seconds).await?;
            (run(&recorded, options.seconds).await?, limit)
        };
        progress(&format!(
            "reads, round {round}: recorded {:.0}/s (p50 {:.2} ms, p99 {:.2} ms), unrecorded {:.0}/s, ratio {:.3}",
            ours.per_second,
            ours.p50_ms,
            ours.p99_ms,
            limit.per_second,
            ours.per_second / limit.per_second
        ));
        rounds.push((ours, limit));
    }
    Ok(rounds)
}

/// Adds records; their ids.
async fn add_records(server: &Server, dataset: &str, count: usize) -> Result<Vec<String>> {
    let mut ids = Vec::with_capacity(count);
    while ids.len() < count {
        let from = ids.len();
        let mut lines = String::new();
        for number in from..count.min(from + BATCH) {
            chat::line(number as u64, RECORD_BYTES, &mut lines);
        }
        let records: Vec<Value> = lines
            .lines()
            .map(serde_json::from_str)
            .collect::<std::result::Result<_, _>>()?;
        let added = server
            .post(&format!("/datasets/{dataset}/versions/draft/records"))
            .json(&json!({ "records": records }))
            .send()
            .await?;
        let report: Value = added.error_for_status()?.json().await?;
        let created = report["created"].as_array().ok_or("an answer without records")?;
        ids.extend(
            created
                .iter()
                .filter_map(|record| record["id"].as_str().map(str::to_owned)),
        );
        if ids.len() == from {
            return Err("no record was added".into());
        }
    }
    Ok(ids)
}

fn row(options: &Options, rounds: &[Round]) -> Row {
    let middle = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
    Row {
        what: format!("GET one record, recorded, {} connections", options.connections),
        ours: format!(
            "{:.0}/s (p50 {:.1} ms, p99 {:.1} ms)",
            middle(|(ours, _)| ours.per_second),
            middle(|(ours, _)| ours.p50_ms),
            middle(|(ours, _)| ours.p99_ms)
        ),
        limit: format!("unrecorded {:.0}/s", middle(|(_, limit)| limit.per_second)),
        ratio: middle(|(ours, limit)| ours.per_second / limit.per_second),
        goal: GOAL,
    }
}
