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
mod evaluate;
mod letters;
mod lists;
mod random;
mod rows;
mod texts;
mod write;

use letters::{Letters, Unseeing};
use texts::Text;

/// Trains the tagger of names, and measures a model.
#[derive(Debug, Parser)]
enum Args {
    /// Trains a model.
    Train(TrainArgs),
    /// Prints how good a model is on labelled texts, kind by kind.
    Evaluate(evaluate::EvaluateArgs),
}

#[derive(Debug, clap::Args)]
struct TrainArgs {
    /// The folder with train.jsonl, calibrate.jsonl, gazetteer.tsv, which lacks the names that are held out, and
    /// gazetteer-shipped.tsv, which has them.
    data: PathBuf,
    /// Where the model goes.
    model: PathBuf,
    /// Where the model goes whose lists lack the names that are held out, for evaluations.
    held_out_model: PathBuf,
    /// How often the texts are gone through.
    #[arg(long, default_value_t = 5)]
    epochs: u32,
    /// The number of rows of weights, as a power of two.
    #[arg(long, default_value_t = 19)]
    row_bits: u32,
}

fn main() -> anyhow::Result<()> {
    match Args::parse() {
        Args::Train(args) => train(&args),
        Args::Evaluate(args) => say(evaluate::run(&args)?.trim_end()),
    }
}

fn train(args: &TrainArgs) -> anyhow::Result<()> {
    let words = lists::read(&args.data.join("gazetteer.tsv"))?;
    let lists = lists::table(&words)?;
    let shipped = lists::table(&lists::read(&args.data.join("gazetteer-shipped.tsv"))?)?;
    let letters = Letters::learn(&words);
    let empty = write::model(
        &lists,
        &letters.whole,
        &rows::Rows::empty(1),
        &crf::Weights::empty(1),
        &calibrate::identity(),
    );
    let gazetteer = parsed(&empty)?;
    let unseeing = Unseeing {
        lists: &gazetteer,
        letters: &letters,
    };
    let texts = texts::read(&args.data.join("train.jsonl"), &unseeing)?;
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
    let raw = write::model(&lists, &letters.whole, &rows, &weights, &calibrate::identity());
    let held_out = texts::read(&args.data.join("calibrate.jsonl"), &gazetteer)?;
    let curves = calibrate::fit(&parsed(&raw)?, &held_out);
    for (path, lists) in [(&args.model, &shipped), (&args.held_out_model, &lists)] {
        let bytes = write::model(lists, &letters.whole, &rows, &weights, &curves);
        fs::write(path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
        say(&format!("{}: {} bytes", path.display(), bytes.len()))?;
    }
    Ok(())
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
