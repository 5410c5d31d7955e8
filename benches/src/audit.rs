//! An auditor over HTTP: pages of a long log at any depth, and the verification of all of it with the public key alone.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use clap::Args;
use serde_json::Value;
use tokio::process::Command;

use crate::{
    Result,
    load::median,
    report::{Row, progress},
    server::{ACCOUNT, Server, binary},
    wrk::{self, Load},
};

/// Sends one small record over and over; with what is found in it, that makes two events.
const SCRIPT: &str = r#"
wrk.method = "POST"
wrk.body = '{"data": "a@example.com"}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
wrk.headers["Prefer"] = "respond-async"
"#;
const CONNECTIONS: usize = 256;
/// For how long records are sent before the log is looked at again.
const FILL_SECONDS: u32 = 2;
/// How many events a page has.
const PAGE_EVENTS: u64 = 1_000;
/// How many pages one figure is the median of.
const PAGES: u64 = 200;
/// How long the last events may wait to be sealed.
const SEAL_LIMIT: Duration = Duration::from_mins(2);
/// The most that a page may take longer in a log of ten times the length is 1.3 times; this is its inverse.
const GROWTH_GOAL: f64 = 0.77;
/// The least share of the speed at which the pages alone are read.
const VERIFY_GOAL: f64 = 0.5;

#[derive(Args)]
pub(crate) struct Options {
    /// How many events the log has at least; pages are measured with a tenth of them first.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
}

pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let server = Server::start().await?;
    let measured = measure_server(&server, options).await;
    server.stop().await?;
    measured
}

async fn measure_server(server: &Server, options: &Options) -> Result<Vec<Row>> {
    let dataset = server.create_dataset("audited").await?;
    fill(server, &dataset, options.events / 10).await?;
    let small_ms = page_ms(server).await?;
    fill(server, &dataset, options.events).await?;
    let large_ms = page_ms(server).await?;
    progress(&format!(
        "audit: a page of {PAGE_EVENTS} events in {small_ms:.2} ms, with ten times the events {large_ms:.2} ms"
    ));
    let (events, read_s) = read_all(server).await?;
    let (verified, verify_s) = verify(server).await?;
    if verified < events {
        return Err(format!("{verified} events were verified of {events}").into());
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of events stay far below 2^52")]
    let (read, verify) = (events as f64 / read_s, verified as f64 / verify_s);
    progress(&format!(
        "audit: {verified} events verified over HTTP in {verify_s:.1} s, their pages alone read in {read_s:.1} s"
    ));
    Ok(vec![
        Row {
            what: format!("a page of {PAGE_EVENTS} events anywhere in a log of {events}"),
            ours: format!("{large_ms:.2} ms"),
            limit: format!("{small_ms:.2} ms with a tenth of them; goal ≤ 1.3 times that"),
            ratio: small_ms / large_ms,
            goal: GROWTH_GOAL,
        },
        Row {
            what: format!("`audit verify --url` of {verified} events"),
            ours: format!("{verify:.0} events/s"),
            limit: format!("reading their pages alone {read:.0} events/s"),
            ratio: verify / read,
            goal: VERIFY_GOAL,
        },
    ])
}

/// Adds records until the log has so many events, and all of them are sealed.
async fn fill(server: &Server, dataset: &str, events: u64) -> Result<()> {
    while sealed(server).await? < events {
        wrk::run(&Load {
            url: &server.url(&format!("/datasets/{dataset}/records")),
            connections: CONNECTIONS,
            seconds: FILL_SECONDS,
            script: SCRIPT,
            environment: &[("BENCH_TOKEN", server.token.as_str())],
        })
        .await?;
    }
    server.caught_up(dataset).await?;
    let begun = Instant::now();
    let mut last = 0;
    loop {
        let size = sealed(server).await?;
        if size == last {
            return Ok(());
        }
        if begun.elapsed() > SEAL_LIMIT {
            return Err("the log is not sealed in time".into());
        }
        last = size;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

/// How many events the newest signed head covers.
async fn sealed(server: &Server) -> Result<u64> {
    let answer = server.get("/audit/checkpoint").send().await?;
    // before the first head there is none
    if answer.status() == reqwest::StatusCode::NOT_FOUND {
        return Ok(0);
    }
    let note = answer.error_for_status()?.text().await?;
    let size = note.lines().nth(1).ok_or("a checkpoint without a size")?;
    Ok(size.parse()?)
}

/// The median time of pages all over the log, in milliseconds.
async fn page_ms(server: &Server) -> Result<f64> {
    let size = sealed(server).await?;
    let mut times = Vec::new();
    for page in 0..PAGES {
        let after = (size - PAGE_EVENTS) * page / PAGES;
        let begun = Instant::now();
        read_page(server, after).await?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(median(times))
}

/// Reads the whole log by pages; how many events, and how many seconds.
async fn read_all(server: &Server) -> Result<(u64, f64)> {
    let (begun, size) = (Instant::now(), sealed(server).await?);
    let (mut after, mut events) = (0, 0);
    while after < size {
        let (found, next) = read_page(server, after).await?;
        events += found;
        let Some(next) = next else { break };
        after = next;
    }
    Ok((events, begun.elapsed().as_secs_f64()))
}

/// How many events a page has, and where the next one begins.
async fn read_page(server: &Server, after: u64) -> Result<(u64, Option<u64>)> {
    #[derive(serde::Deserialize)]
    struct Page {
        items: Vec<Box<serde_json::value::RawValue>>,
        next_cursor: Option<String>,
    }
    let path = format!("/audit/events?limit={PAGE_EVENTS}&after={after}");
    let answer = server.get(&path).send().await?.error_for_status()?;
    let page: Page = answer.json().await?;
    let next = page.next_cursor.map(|cursor| cursor.parse()).transpose()?;
    Ok((page.items.len() as u64, next))
}

/// Runs the auditor's command; how many events it verified, and in how many seconds.
async fn verify(server: &Server) -> Result<(u64, f64)> {
    let keys: Value = server
        .get("/audit/public-key")
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let key = keys["keys"][0]["verifier"]
        .as_str()
        .ok_or("a log without a key")?;
    let begun = Instant::now();
    let output = Command::new(binary()?)
        .args([
            "audit",
            "verify",
            "--json",
            "--url",
            &server.address(),
            "--public-key",
            key,
        ])
        .env("VAULT_EMAIL", ACCOUNT.0)
        .env("VAULT_PASSWORD", ACCOUNT.1)
        .stdin(Stdio::null())
        .output()
        .await?;
    let seconds = begun.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(format!(
            "the log is not right: {}",
            String::from_utf8_lossy(&output.stdout)
        )
        .into());
    }
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let events = report["events"].as_u64().ok_or("a report without events")?;
    Ok((events, seconds))
}
