#![doc = include_str!("../README.md")]

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Parser;
use vault_privacy::names::model::Model;

mod calibrate;
mod crf;
mod lists;
mod rows;
mod texts;
mod write;

use texts::Text;

/// Trains the tagger of names.
#[derive(Debug, Parser)]
struct Args {
    /// The folder with train.jsonl, calibrate.jsonl and gazetteer.tsv.
    data: PathBuf,
    /// Where the model goes.
    model: PathBuf,
    /// How often the texts are gone through.
    #[arg(long, default_value_t = 5)]
    epochs: u32,
    /// The number of rows of weights, as a power of two.
    #[arg(long, default_value_t = 19)]
    row_bits: u32,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let lists = lists::read(&args.data.join("gazetteer.tsv"))?;
    let empty = write::model(
        &lists,
        &rows::Rows::empty(1),
        &crf::Weights::empty(1),
        &calibrate::identity(),
    );
    let gazetteer = parsed(&empty)?;
    let texts = texts::read(&args.data.join("train.jsonl"), &gazetteer)?;
    say(&format!("{} texts, {} tokens", texts.len(), tokens(&texts)))?;
    let rows = rows::choose(&texts, args.row_bits);
    say(&format!(
        "{} rows of {} are used",
        rows.used(),
        1_u32 << args.row_bits
    ))?;
    let mut training = crf::Training::new(&rows, args.epochs);
    for epoch in 0..args.epochs {
        let loss = training.epoch(&texts);
        say(&format!("epoch {}: loss {loss:.5} a token", epoch + 1))?;
    }
    let weights = training.finish();
    let raw = write::model(&lists, &rows, &weights, &calibrate::identity());
    let held_out = texts::read(&args.data.join("calibrate.jsonl"), &gazetteer)?;
    let curves = calibrate::fit(&parsed(&raw)?, &held_out);
    let bytes = write::model(&lists, &rows, &weights, &curves);
    fs::write(&args.model, &bytes).with_context(|| format!("cannot write {}", args.model.display()))?;
    say(&format!("{} bytes", bytes.len()))
}

fn parsed(bytes: &[u8]) -> anyhow::Result<Model<'_>> {
    Model::parse(bytes).context("the model that was made cannot be read")
}

fn tokens(texts: &[Text]) -> usize {
    texts.iter().map(|text| text.tokens.len()).sum()
}

fn say(line: &str) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{line}").context("cannot write to standard output")
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
