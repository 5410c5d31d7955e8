//! `vault-server privacy`: how good the detector is on labelled texts.

mod evaluate;
mod labelled;
mod report;
mod worst;

#[cfg(test)]
mod tests;

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::Subcommand;

pub use evaluate::EvaluateArgs;

/// Measures the detector.
#[derive(Debug, clap::Args)]
pub struct PrivacyArgs {
    #[command(subcommand)]
    command: PrivacyCommand,
}

#[derive(Debug, Subcommand)]
enum PrivacyCommand {
    Evaluate(EvaluateArgs),
}

/// Runs the command.
///
/// # Errors
/// When the labelled texts cannot be read or understood, or the report cannot be written.
pub fn privacy(args: &PrivacyArgs) -> anyhow::Result<ExitCode> {
    let PrivacyCommand::Evaluate(args) = &args.command;
    let mut out = BufWriter::new(io::stdout().lock());
    evaluate::run(args, &mut out)?;
    out.flush().context("cannot write the report")?;
    Ok(ExitCode::SUCCESS)
}
