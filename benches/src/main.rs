#![doc = include_str!("../README.md")]

mod append;
mod bulk;
mod copy;
mod database;
mod load;
mod replay;
mod report;
mod sample;

use clap::{Parser, Subcommand};

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
    database_url: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Appends of one event each, against postgres-es with a pool of 64 connections.
    Append(append::Options),
    /// Appends of many events each, against COPY of the same rows into the same table.
    Bulk(bulk::Options),
    /// Reading the log by position, against COPY of the same rows to the client.
    Replay(replay::Options),
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let database = database::Scratch::create(&arguments.database_url).await?;
    let rows = match arguments.what {
        What::Append(options) => append::measure(&database, &options).await,
        What::Bulk(options) => bulk::measure(&database, &options).await,
        What::Replay(options) => replay::measure(&database, &options).await,
    };
    database.remove().await?;
    report::print(&rows?);
    Ok(())
}
