//! What a crowd does to others: logins beside reads, and more requests than the server can answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    Result, get,
    load::{Measured, median, percentile_ms},
    report::{Row, progress},
    server::Server,
    wrk::{self, Load},
};

/// Reads at a steady pace.
const PACED: &str = include_str!("../lua/paced.lua");
/// An account of every development vault, which the measurement itself does not need.
const CROWD: (&str, &str) = ("test@example.com", "password123");
/// How many connections read beside the logins, and how long each pauses between two reads, in milliseconds.
const READERS: usize = 32;
const READERS_PAUSE_MS: u32 = 10;
/// The least of what the threads for passwords can do that a flood of logins has to reach.
const GOAL_LOGINS: f64 = 0.7;
/// The most that the slowest percent of reads may take beside them, in milliseconds.
const GOAL_BESIDE_MS: f64 = 20.0;
/// How many connections find out what the server can do, how many ask for three times as much, and how much that is.
const AT_CAPACITY: usize = 64;
const OVERLOADING: usize = 2_048;
const TIMES: f64 = 3.0;
/// How many callers note how long what was accepted took, and how long each pauses.
const PROBES: usize = 4;
const PROBE_PAUSE: Duration = Duration::from_millis(5);
/// The most that the slowest percent of what was accepted may take then, in milliseconds.
const GOAL_OVERLOADED_MS: f64 = 250.0;

#[derive(Args)]
pub(crate) struct Options {
    /// How many clients log in, each again and again.
    #[arg(long, default_value_t = 32)]
    logins: usize,
    /// How long each side runs in a round.
    #[arg(long, default_value_t = 4)]
    seconds: u32,
    /// How many rounds; the figures are their medians.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    // one password at a time, so that what the limit is does not depend on the machine
    let server = Server::start_with(&[("VAULT_AUTH_PASSWORD_THREADS", "1")]).await?;
    let beside = beside_logins(&server, options).await;
    server.stop().await?;
    let server = Server::start_with(&[("VAULT_SERVER_CACHE_BYTES", "0")]).await?;
    let overloaded = overloaded(&server, options).await;
    server.stop().await?;
    let mut rows = beside?;
    rows.push(overloaded?);
    Ok(rows)
}

/// Something that runs until it is told to end.
struct Running<T> {
    stop: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<T>>,
}

impl<T: Send + 'static> Running<T> {
    fn start<F: Future<Output = T> + Send + 'static>(
        count: usize,
        task: impl Fn(Arc<AtomicBool>) -> F,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let tasks = (0..count)
            .map(|_| tokio::spawn(task(Arc::clone(&stop))))
            .collect();
        Self { stop, tasks }
    }

    async fn stop(self) -> Result<Vec<T>> {
        self.stop.store(true, Ordering::Relaxed);
        let mut ended = Vec::with_capacity(self.tasks.len());
        for task in self.tasks {
            ended.push(task.await?);
        }
        Ok(ended)
    }
}

/// Logs in again and again; counts what succeeds.
fn logins(server: &Server, count: usize, done: &Arc<AtomicU64>) -> Running<()> {
    let http = reqwest::Client::new();
    let url = server.url("/auth/login");
    Running::start(count, |stop| {
        let (http, url, done) = (http.clone(), url.clone(), Arc::clone(done));
        async move {
            let (email, password) = CROWD;
            let credentials = json!({ "email": email, "password": password });
            while !stop.load(Ordering::Relaxed) {
                let answer = http.post(&url).json(&credentials).send().await;
                if answer.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                    done.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    })
}

/// How many logins so many clients get through in a second.
async fn login_rate(server: &Server, clients: usize, seconds: u32) -> Result<f64> {
    let done = Arc::new(AtomicU64::new(0));
    let running = logins(server, clients, &done);
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    let rate = per_second(done.load(Ordering::Relaxed), begun.elapsed());
    running.stop().await?;
    Ok(rate)
}

fn per_second(count: u64, elapsed: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / elapsed.as_secs_f64()
}

async fn beside_logins(server: &Server, options: &Options) -> Result<Vec<Row>> {
    let url = get::dataset_url(server).await?;
    let pause = READERS_PAUSE_MS.to_string();
    let environment = [
        ("BENCH_TOKEN", server.token.as_str()),
        ("BENCH_PAUSE_MS", pause.as_str()),
    ];
    let load = Load {
        url: &url,
        connections: READERS,
        seconds: options.seconds,
        script: PACED,
        environment: &environment,
    };
    let mut rounds: Vec<(f64, f64, Measured, Measured)> = Vec::new();
    for number in 1..=options.rounds {
        let alone = wrk::run(&load).await?;
        let one = login_rate(server, 1, options.seconds).await?;
        let done = Arc::new(AtomicU64::new(0));
        let flood = logins(server, options.logins, &done);
        let begun = Instant::now();
        let beside = wrk::run(&load).await?;
        let many = per_second(done.load(Ordering::Relaxed), begun.elapsed());
        flood.stop().await?;
        progress(&format!(
            "crowd, round {number}: {one:.1} logins/s one by one, {many:.1}/s by {} clients; \
             reads p99 {:.2} ms alone, {:.2} ms beside them",
            options.logins, alone.p99_ms, beside.p99_ms
        ));
        rounds.push((one, many, alone, beside));
    }
    let middle =
        |figure: fn(&(f64, f64, Measured, Measured)) -> f64| median(rounds.iter().map(figure).collect());
    let beside_ms = middle(|(_, _, _, beside)| beside.p99_ms);
    Ok(vec![
        Row {
            what: format!("logins of {} clients, one password at a time", options.logins),
            ours: format!("{:.1}/s", middle(|(_, many, ..)| *many)),
            limit: format!("one client alone {:.1}/s", middle(|(one, ..)| *one)),
            ratio: middle(|(one, many, ..)| many / one),
            goal: GOAL_LOGINS,
        },
        Row {
            what: format!(
                "GET one dataset beside these logins, {:.0}/s",
                middle(|(_, _, _, beside)| beside.per_second)
            ),
            ours: format!("p99 {beside_ms:.1} ms"),
            limit: format!(
                "without them p99 {:.1} ms; goal {GOAL_BESIDE_MS:.0} ms",
                middle(|(_, _, alone, _)| alone.p99_ms)
            ),
            ratio: GOAL_BESIDE_MS / beside_ms,
            goal: 1.0,
        },
    ])
}

/// How long each request took that was accepted; what is refused must say when to come back.
fn probes(server: &Server, url: &str) -> Running<Result<Vec<Duration>>> {
    let http = reqwest::Client::new();
    let token = server.token.clone();
    Running::start(PROBES, |stop| {
        let request = http.get(url).bearer_auth(&token);
        async move {
            let mut accepted = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let request = request.try_clone().ok_or("a request that cannot be sent again")?;
                let begun = Instant::now();
                let answer = request.send().await?;
                match answer.status() {
                    StatusCode::OK => accepted.push(begun.elapsed()),
                    StatusCode::SERVICE_UNAVAILABLE if answer.headers().contains_key("retry-after") => {}
                    status => return Err(format!("an answer with status {status}").into()),
                }
                tokio::time::sleep(PROBE_PAUSE).await;
            }
            Ok(accepted)
        }
    })
}

/// What a round of too many requests showed.
struct Overload {
    /// What the server answers in a second when it is asked for no more.
    capacity: f64,
    /// How many times as much it was asked for.
    times: f64,
    /// Which part of that was refused.
    refused: f64,
    /// The slowest percent of what was accepted, in milliseconds.
    p99_ms: f64,
}

async fn overload(server: &Server, url: &str, seconds: u32) -> Result<Overload> {
    let token = server.token.as_str();
    let usual = Load {
        url,
        connections: AT_CAPACITY,
        seconds,
        script: get::SCRIPT,
        environment: &[("BENCH_TOKEN", token)],
    };
    let capacity = wrk::run(&usual).await?.per_second;
    let connections = u32::try_from(OVERLOADING).unwrap_or(u32::MAX);
    let pause_ms = f64::from(connections) * 1_000.0 / (capacity * TIMES);
    let pause_ms = pause_ms.round().to_string();
    let running = probes(server, url);
    let too_much = Load {
        connections: OVERLOADING,
        script: PACED,
        environment: &[("BENCH_TOKEN", token), ("BENCH_PAUSE_MS", &pause_ms)],
        ..usual
    };
    let (offered, refused) = wrk::run_refused(&too_much).await?;
    let mut accepted = Vec::new();
    for noted in running.stop().await? {
        accepted.extend(noted?);
    }
    accepted.sort_unstable();
    Ok(Overload {
        capacity,
        times: offered / capacity,
        refused,
        p99_ms: percentile_ms(&accepted, 99),
    })
}

async fn overloaded(server: &Server, options: &Options) -> Result<Row> {
    let url = get::dataset_url(server).await?;
    let mut rounds = Vec::new();
    for number in 1..=options.rounds {
        let round = overload(server, &url, options.seconds).await?;
        progress(&format!(
            "overload, round {number}: capacity {:.0}/s, offered {:.1} times that, {:.0} % refused, accepted p99 {:.1} ms",
            round.capacity,
            round.times,
            round.refused * 100.0,
            round.p99_ms
        ));
        rounds.push(round);
    }
    let middle = |figure: fn(&Overload) -> f64| median(rounds.iter().map(figure).collect());
    let p99_ms = middle(|round| round.p99_ms);
    Ok(Row {
        what: format!(
            "GET one dataset from Postgres at {:.1} times the capacity of {:.0}/s",
            middle(|round| round.times),
            middle(|round| round.capacity)
        ),
        ours: format!(
            "what is accepted p99 {p99_ms:.0} ms, {:.0} % refused at once",
            middle(|round| round.refused) * 100.0
        ),
        limit: format!("goal {GOAL_OVERLOADED_MS:.0} ms"),
        ratio: GOAL_OVERLOADED_MS / p99_ms,
        goal: 1.0,
    })
}
