//! GET of one dataset, authenticated, authorized and rate limited, against an empty handler of the same web framework.

use axum::{Router, routing};
use clap::Args;
use tokio::{net::TcpListener, process::Command};

use crate::{
    Result,
    load::{Measured, median},
    report::{Row, progress},
    server::{Server, Serving},
    wrk::{self, Load},
};

/// Adds the access token to each request.
const SCRIPT: &str = include_str!("../lua/get.lua");
/// How long both sides run before the first round, in seconds.
const WARM_UP_SECONDS: u32 = 1;
/// The least ratio to be reached, from Postgres, and the most that the slowest percent may take.
const GOAL: f64 = 0.06;
const GOAL_P99_MS: f64 = 20.0;

#[derive(Args)]
pub(crate) struct Options {
    /// How many connections ask at the same time.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How long each side runs in a round.
    #[arg(long, default_value_t = 3)]
    seconds: u32,
    /// How many rounds; the figures are their medians.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Where the limit listens.
#[derive(Args)]
pub(crate) struct EmptyServer {
    /// The loopback port; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

/// Serves an empty answer under `/`, until it is told to end.
pub(crate) async fn serve_empty(options: &EmptyServer) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
    say(&format!("http://{}", listener.local_addr()?));
    axum::serve(listener, Router::new().route("/", routing::get(|| async {}))).await?;
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "whoever started the server reads there where it listens"
)]
pub(crate) fn say(address: &str) {
    println!("{address}");
}

pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let empty = Serving::start(Command::new(std::env::current_exe()?).arg("empty-server")).await?;
    let server = Server::start().await?;
    let measured = compare(&server, &empty.url, options).await;
    server.stop().await?;
    empty.stop().await?;
    Ok(vec![row(options.connections, &measured?)])
}

async fn compare(server: &Server, empty: &str, options: &Options) -> Result<Vec<(Measured, Measured)>> {
    let dataset = server.create_dataset("measured").await?;
    server.caught_up(&dataset).await?;
    let url = server.url(&format!("/datasets/{dataset}"));
    let token = [("BENCH_TOKEN", server.token.as_str())];
    let ours = |seconds| Load {
        url: &url,
        connections: options.connections,
        seconds,
        script: SCRIPT,
        environment: &token,
    };
    let limit = |seconds| Load {
        url: empty,
        script: "",
        environment: &[],
        ..ours(seconds)
    };
    wrk::run(&ours(WARM_UP_SECONDS)).await?;
    wrk::run(&limit(WARM_UP_SECONDS)).await?;
    let mut rounds = Vec::new();
    for round in 1..=options.rounds {
        let ours = wrk::run(&ours(options.seconds)).await?;
        let limit = wrk::run(&limit(options.seconds)).await?;
        progress(&format!(
            "get, round {round}: ours {:.0}/s (p50 {:.2} ms, p99 {:.2} ms), empty handler {:.0}/s, ratio {:.3}",
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

fn row(connections: usize, rounds: &[(Measured, Measured)]) -> Row {
    let middle = |figure: fn(&(Measured, Measured)) -> f64| median(rounds.iter().map(figure).collect());
    Row {
        what: format!("GET one dataset from Postgres, {connections} connections"),
        ours: latency(
            middle(|(ours, _)| ours.per_second),
            middle(|(ours, _)| ours.p50_ms),
            middle(|(ours, _)| ours.p99_ms),
            GOAL_P99_MS,
        ),
        limit: format!(
            "empty axum handler {:.0}/s",
            middle(|(_, limit)| limit.per_second)
        ),
        ratio: middle(|(ours, limit)| ours.per_second / limit.per_second),
        goal: GOAL,
    }
}

/// A rate with its latencies, and whether the slowest percent is within its own goal.
pub(crate) fn latency(per_second: f64, p50_ms: f64, p99_ms: f64, goal_p99_ms: f64) -> String {
    let verdict = if p99_ms < goal_p99_ms { "" } else { ", missed" };
    format!("{per_second:.0}/s (p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms; goal < {goal_p99_ms:.0} ms{verdict})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_beyond_its_goal_is_named() {
        assert_eq!(
            latency(1_000.4, 1.0, 19.9, 20.0),
            "1000/s (p50 1.0 ms, p99 19.9 ms; goal < 20 ms)"
        );
        assert!(latency(1_000.0, 1.0, 20.0, 20.0).ends_with("goal < 20 ms, missed)"));
    }

    #[tokio::test]
    async fn the_limit_answers_with_nothing() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let serving = tokio::spawn(async move { serve_empty(&EmptyServer { port }).await });
        let answer = loop {
            match reqwest::get(format!("http://127.0.0.1:{port}/")).await {
                Ok(answer) => break answer,
                Err(error) => assert!(error.is_connect() && !serving.is_finished(), "{error}"),
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(answer.status(), 200);
        assert!(answer.bytes().await.unwrap().is_empty());
        serving.abort();
    }
}
