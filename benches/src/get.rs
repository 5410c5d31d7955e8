//! GET of one dataset, authenticated, authorized and rate limited, from the node's memory and from Postgres, against an
//! empty handler of the same web framework.

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
pub(crate) const SCRIPT: &str = include_str!("../lua/get.lua");
/// How long both sides run before the first round, in seconds.
const WARM_UP_SECONDS: u32 = 1;
/// The least ratios to be reached, and the most that the slowest percent may take.
const GOAL_REMEMBERED: f64 = 0.4;
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
    let remembering = Server::start().await?;
    let asking = Server::start_with(&[("VAULT_SERVER_CACHE_BYTES", "0")]).await?;
    let measured = compare(&remembering, &asking, &empty.url, options).await;
    remembering.stop().await?;
    asking.stop().await?;
    empty.stop().await?;
    let rounds = measured?;
    let rows = [
        row("the node's memory", GOAL_REMEMBERED, options, &rounds, |round| {
            &round.remembering
        }),
        row("Postgres", GOAL, options, &rounds, |round| &round.asking),
    ];
    Ok(rows.into())
}

/// What one round measured.
struct Round {
    /// A server that remembers rows.
    remembering: Measured,
    /// One that asks Postgres for each.
    asking: Measured,
    limit: Measured,
}

/// The address of a dataset of a server, which its read models show.
pub(crate) async fn dataset_url(server: &Server) -> Result<String> {
    let dataset = server.create_dataset("measured").await?;
    server.caught_up(&dataset).await?;
    Ok(server.url(&format!("/datasets/{dataset}")))
}

async fn compare(
    remembering: &Server,
    asking: &Server,
    empty: &str,
    options: &Options,
) -> Result<Vec<Round>> {
    let urls = (dataset_url(remembering).await?, dataset_url(asking).await?);
    let run = async |url: &str, script: &str, token: &str, seconds| {
        let load = Load {
            url,
            connections: options.connections,
            seconds,
            script,
            environment: &[("BENCH_TOKEN", token)],
        };
        wrk::run(&load).await
    };
    let round = async |seconds| {
        Result::Ok(Round {
            remembering: run(&urls.0, SCRIPT, &remembering.token, seconds).await?,
            asking: run(&urls.1, SCRIPT, &asking.token, seconds).await?,
            limit: run(empty, "", "", seconds).await?,
        })
    };
    round(WARM_UP_SECONDS).await?;
    let mut rounds = Vec::new();
    for number in 1..=options.rounds {
        let measured = round(options.seconds).await?;
        let Round {
            remembering,
            asking,
            limit,
        } = &measured;
        progress(&format!(
            "get, round {number}: from memory {:.0}/s (p99 {:.2} ms), from Postgres {:.0}/s (p99 {:.2} ms), \
             empty handler {:.0}/s, ratios {:.3} and {:.3}",
            remembering.per_second,
            remembering.p99_ms,
            asking.per_second,
            asking.p99_ms,
            limit.per_second,
            remembering.per_second / limit.per_second,
            asking.per_second / limit.per_second
        ));
        rounds.push(measured);
    }
    Ok(rounds)
}

fn row(from: &str, goal: f64, options: &Options, rounds: &[Round], ours: fn(&Round) -> &Measured) -> Row {
    let middle = |figure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
    Row {
        what: format!("GET one dataset from {from}, {} connections", options.connections),
        ours: latency(
            middle(&|round| ours(round).per_second),
            middle(&|round| ours(round).p50_ms),
            middle(&|round| ours(round).p99_ms),
            GOAL_P99_MS,
        ),
        limit: format!(
            "empty axum handler {:.0}/s",
            middle(&|round| round.limit.per_second)
        ),
        ratio: middle(&|round| ours(round).per_second / round.limit.per_second),
        goal,
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
