//! POST of one record with detection and encryption, against appends of one event by as many clients.

use std::{io::Write as _, path::Path, sync::Arc};

use clap::Args;
use vault_event_store::Appender;

use crate::{
    Result, append, chat,
    database::Scratch,
    get::latency,
    load::{Measured, median},
    report::{Row, progress},
    sample::Sample,
    server::Server,
    wrk::{self, Load},
};

/// Makes a new record with each request.
const SCRIPT: &str = include_str!("../lua/post.lua");
/// How many texts the records are made from.
const BODIES: u64 = 500;
/// How long the server runs before the first round, in seconds.
const WARM_UP_SECONDS: u32 = 1;
/// The least ratio to be reached, and the most that the slowest percent may take.
const GOAL: f64 = 0.15;
const GOAL_P99_MS: f64 = 80.0;

#[derive(Args)]
pub(crate) struct Options {
    /// How many connections send at the same time, and how many clients append.
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// The size of a record, in bytes.
    #[arg(long, default_value_t = 1_024)]
    record_bytes: usize,
    /// How long each side runs in a round.
    #[arg(long, default_value_t = 3)]
    seconds: u32,
    /// How many rounds; the figures are their medians.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

/// What one round measured.
struct Round {
    /// Answers come when the read models show the record.
    visible: Measured,
    /// Answers come when the record is durable.
    durable: Measured,
    append: Measured,
}

pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let server = Server::start().await?;
    let measured = compare(&server, options).await;
    server.stop().await?;
    Ok(rows(options, &measured?))
}

async fn compare(server: &Server, options: &Options) -> Result<Vec<Round>> {
    // the limit's database stands in the server's own PostgreSQL: both have the same disk and the same settings
    let scratch = Scratch::create(&server.database_url()?).await?;
    let (appender, _task) = scratch.appender();
    let sample = Arc::new(Sample::new());
    sample.open_datasets(&appender).await?;
    let mut bodies = tempfile::NamedTempFile::new()?;
    bodies.write_all(templates(options.record_bytes).as_bytes())?;
    let load = Posts {
        server,
        dataset: server.create_dataset("measured").await?,
        bodies: bodies.path(),
        options,
    };
    load.run(0, WARM_UP_SECONDS, Prefer::Nothing).await?;
    let mut rounds = Vec::new();
    for number in 1..=options.rounds {
        rounds.push(load.round(number, &appender, &sample).await?);
    }
    drop(appender);
    scratch.remove().await?;
    Ok(rounds)
}

/// Records with zeros in place of their number.
fn templates(record_bytes: usize) -> String {
    let mut text = String::new();
    for number in 0..BODIES {
        let mut line = String::new();
        chat::line(number, record_bytes, &mut line);
        text += &line.replacen(
            &format!("{number:0width$}", width = chat::NUMBER_DIGITS),
            &"0".repeat(chat::NUMBER_DIGITS),
            1,
        );
    }
    text
}

/// What the client says of the answer's time.
#[derive(Clone, Copy)]
enum Prefer {
    Nothing,
    RespondAsync,
}

struct Posts<'a> {
    server: &'a Server,
    dataset: String,
    bodies: &'a Path,
    options: &'a Options,
}

impl Posts<'_> {
    async fn round(&self, number: u32, appender: &Appender, sample: &Arc<Sample>) -> Result<Round> {
        let seconds = self.options.seconds;
        let visible = self.run(2 * number, seconds, Prefer::Nothing).await?;
        let durable = self.run(2 * number + 1, seconds, Prefer::RespondAsync).await?;
        let append = append::ours(appender, sample, self.options.connections, f64::from(seconds)).await?;
        progress(&format!(
            "post, round {number}: {:.0}/s (p99 {:.1} ms), respond-async {:.0}/s (p99 {:.1} ms), append {:.0}/s, \
             ratios {:.3} and {:.3}",
            visible.per_second,
            visible.p99_ms,
            durable.per_second,
            durable.p99_ms,
            append.per_second,
            visible.per_second / append.per_second,
            durable.per_second / append.per_second,
        ));
        Ok(Round {
            visible,
            durable,
            append,
        })
    }

    /// `number` tells the records of one run from those of every other.
    async fn run(&self, number: u32, seconds: u32, prefer: Prefer) -> Result<Measured> {
        let number = number.to_string();
        let bodies = self.bodies.to_string_lossy();
        let mut environment = vec![
            ("BENCH_TOKEN", self.server.token.as_str()),
            ("BENCH_ROUND", &number),
            ("BENCH_BODIES", &bodies),
        ];
        if let Prefer::RespondAsync = prefer {
            environment.push(("BENCH_PREFER", "respond-async"));
        }
        let measured = wrk::run(&Load {
            url: &self.server.url(&format!("/datasets/{}/records", self.dataset)),
            connections: self.options.connections,
            seconds,
            script: SCRIPT,
            environment: &environment,
        })
        .await?;
        // what is left to be done must not be paid by the next one
        self.server.caught_up(&self.dataset).await?;
        Ok(measured)
    }
}

fn rows(options: &Options, rounds: &[Round]) -> Vec<Row> {
    vec![
        row(options, "", rounds, |round| &round.visible),
        row(options, ", `Prefer: respond-async`", rounds, |round| {
            &round.durable
        }),
    ]
}

fn row(options: &Options, name: &str, rounds: &[Round], side: fn(&Round) -> &Measured) -> Row {
    let middle =
        |figure: fn(&Measured) -> f64| median(rounds.iter().map(|round| figure(side(round))).collect());
    let ratio = |round: &Round| side(round).per_second / round.append.per_second;
    let append = median(rounds.iter().map(|round| round.append.per_second).collect());
    Row {
        what: format!(
            "POST one record of {} bytes, {} connections{name}",
            options.record_bytes, options.connections
        ),
        ours: latency(
            middle(|measured| measured.per_second),
            middle(|measured| measured.p50_ms),
            middle(|measured| measured.p99_ms),
            GOAL_P99_MS,
        ),
        limit: format!("append alone {append:.0}/s"),
        ratio: median(rounds.iter().map(ratio).collect()),
        goal: GOAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_has_one_place_for_the_number() {
        let text = templates(1_024);
        assert_eq!(text.lines().count(), 500);
        for line in text.lines() {
            assert_eq!(line.matches("000000000").count(), 1, "{line}");
        }
    }
}
