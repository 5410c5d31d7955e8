#![doc = include_str!("../README.md")]

mod append;
mod audit;
mod bulk;
mod chat;
mod copy;
mod crowd;
mod database;
mod get;
mod ingest;
mod load;
mod post;
mod publish;
mod reads;
mod rebuild;
mod replay;
mod report;
mod sample;
mod seal;
mod server;
mod wrk;

use clap::{Parser, Subcommand};

/// The server's allocator, for both sides.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Any failure ends a measurement.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measures the vault against its limits, each pair in the same run.
///
/// Example: `DATABASE_URL=postgres://postgres@127.0.0.1/postgres vault-bench append --clients 64`
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// A Postgres whose user may create databases; one is made beside the named one and dropped again.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    #[command(flatten)]
    One(One),
    /// Every other measurement with its defaults, one after the other.
    All,
    /// Serves empty answers: the limit of `get`, in a process of its own.
    #[command(hide = true)]
    EmptyServer(get::EmptyServer),
    /// Serves a vault without recording what is read: the limit of `reads`, in a process of its own.
    #[command(hide = true)]
    UnrecordedServer(reads::UnrecordedServer),
}

#[derive(Subcommand)]
enum One {
    #[command(flatten)]
    Log(Log),
    /// GET of one dataset from the server that `VAULT_SERVER_BIN` names, against an empty handler.
    Get(get::Options),
    /// Logins beside reads, and three times the requests that the server can answer; `VAULT_SERVER_BIN` names it.
    Crowd(crowd::Options),
    /// GET of single records from the server that `VAULT_SERVER_BIN` names, against one that does not record it.
    Reads(reads::Options),
    /// POST of one record to the server that `VAULT_SERVER_BIN` names, against appends of one event.
    Post(post::Options),
    /// An auditor of the server that `VAULT_SERVER_BIN` names: pages of a long log, and all of it verified over HTTP.
    Audit(audit::Options),
    /// Uploads of many records to the server that `VAULT_SERVER_BIN` names.
    Ingest(ingest::Options),
}

#[derive(Subcommand)]
enum Log {
    /// Appends of one event each, against postgres-es with a pool of 64 connections.
    Append(append::Options),
    /// Appends of many events each, against COPY of the same rows into the same table.
    Bulk(bulk::Options),
    /// Reading the log by position, against COPY of the same rows to the client.
    Replay(replay::Options),
    /// Projectors that are behind, rebuilds, and how soon a write can be read.
    Rebuild(rebuild::Options),
    /// The publisher to Kafka, against the client library alone with the same messages.
    Publish(publish::Options),
    /// The tree over the log: sealing, verifying, proofs, and how they grow with it.
    Seal(seal::Options),
}

/// What `all` measures.
const ALL: [&str; 12] = [
    "append", "bulk", "replay", "rebuild", "publish", "seal", "audit", "get", "crowd", "reads", "post",
    "ingest",
];

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { database_url, what } = Arguments::parse();
    let rows = match what {
        What::One(one) => measure(database_url.as_deref(), one).await?,
        What::All => measure_all(database_url.as_deref()).await?,
        What::EmptyServer(options) => return get::serve_empty(&options).await,
        What::UnrecordedServer(options) => return reads::serve_unrecorded(&options).await,
    };
    report::print(&rows);
    Ok(())
}

async fn measure_all(database_url: Option<&str>) -> Result<Vec<report::Row>> {
    let mut rows = Vec::new();
    for name in ALL {
        if let What::One(one) = Arguments::try_parse_from(["vault-bench", name])?.what {
            rows.extend(measure(database_url, one).await?);
        }
    }
    Ok(rows)
}

async fn measure(database_url: Option<&str>, one: One) -> Result<Vec<report::Row>> {
    match one {
        One::Log(log) => measure_log(database_url.ok_or("DATABASE_URL names no database")?, log).await,
        One::Get(options) => get::measure(&options).await,
        One::Crowd(options) => crowd::measure(&options).await,
        One::Reads(options) => reads::measure(&options).await,
        One::Post(options) => post::measure(&options).await,
        One::Audit(options) => audit::measure(&options).await,
        One::Ingest(options) => ingest::measure(&options).await,
    }
}

async fn measure_log(database_url: &str, log: Log) -> Result<Vec<report::Row>> {
    let database = database::Scratch::create(database_url).await?;
    let rows = match log {
        Log::Append(options) => append::measure(&database, &options).await,
        Log::Bulk(options) => bulk::measure(&database, &options).await,
        Log::Replay(options) => replay::measure(&database, &options).await,
        Log::Rebuild(options) => rebuild::measure(&database, &options).await,
        Log::Publish(options) => publish::measure(&database, &options).await,
        Log::Seal(options) => seal::measure(&database, &options).await,
    };
    database.remove().await?;
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measurement_of_all_is_a_command_of_its_own() {
        for name in ALL {
            let parsed = Arguments::try_parse_from(["vault-bench", name]).map(|arguments| arguments.what);
            assert!(matches!(parsed, Ok(What::One(_))), "{name}");
        }
        assert!(Arguments::try_parse_from(["vault-bench", "nothing"]).is_err());
    }
}
