//! Scans labelled texts and counts what was found, missed and invented.

use std::{collections::BTreeMap, fs::File, io::Write, path::PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;
use vault_privacy::{
    Confidence, Detector, DetectorConfig, EntityType, Names, ScanError,
    evaluate::{Evaluation, Matching},
};

use super::{
    labelled::{Labelled, parse},
    report::Report,
    worst::{Place, Worst},
};
use crate::cli::{
    input,
    lines::{Lines, trim_json},
    models, progress,
    scan::{parse_confidence, parse_type},
};

/// The longest line that is read.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;
/// The most misses that can be listed.
const MAX_WORST: u16 = 1000;

/// Compares the detector's findings with labels: precision, recall, F1, F2 and leaked characters by type.
///
/// A line of the file is `{"text", "pii": [{"start", "end", "type"}]}` or `{"messages": [{"content"}], "pii": [{"message",
/// "start", "end", "type"}]}`, with offsets in code points; lines without labels show what is found in vain.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  vault-server privacy evaluate labelled.jsonl.gz\n  \
    vault-server privacy evaluate --types person,address --matching overlap --worst 50 labelled.jsonl"
)]
pub struct EvaluateArgs {
    /// Labelled texts as JSON lines, or gzip of them.
    #[arg(value_name = "LABELLED")]
    file: PathBuf,
    /// When a finding of the right type is right.
    #[arg(long, value_enum, default_value_t = MatchingArg::Exact)]
    matching: MatchingArg,
    /// Leaves out what is less sure, from 0 to 1.
    #[arg(long, value_name = "CONFIDENCE", default_value = "0.5", value_parser = parse_confidence)]
    min_confidence: Confidence,
    /// Counts these types alone.
    #[arg(long, value_name = "TYPE", value_delimiter = ',', value_parser = parse_type)]
    types: Vec<EntityType>,
    /// Asks a model of one's own too: the folder of an ONNX model that labels tokens.
    #[arg(long, value_name = "FOLDER")]
    model: Option<PathBuf>,
    /// Looks for no names with the tagger that is built in: to see what the model finds by itself.
    #[arg(long)]
    no_names: bool,
    /// How many of the worst misses to list.
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u16).range(..=i64::from(MAX_WORST)))]
    worst: u16,
    /// Shows the values in the list of misses: for made-up data.
    #[arg(long)]
    show_values: bool,
    /// Reports as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MatchingArg {
    /// It begins and ends where the label does.
    Exact,
    /// It shares a character with the label.
    Overlap,
}

pub(super) fn run(args: &EvaluateArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let config = DetectorConfig {
        min_confidence: args.min_confidence,
        names: if args.no_names { Names::Off } else { Names::On },
        ..DetectorConfig::default()
    };
    let detector = Detector::new(config).context("cannot build the detector")?;
    let detector = models::with_model(detector, args.model.as_deref())?;
    let mut run = Run::new(args, &detector);
    run.file()?;
    let report = Report {
        texts: run.texts,
        text_bytes: run.text_bytes,
        counts: run.evaluation.counts().clone(),
        unknown: run.unknown,
        worst: run.worst.into_sorted(),
    };
    let written = if args.json {
        report.write_json(out)
    } else {
        report.write_text(out)
    };
    written.context("cannot write the report")
}

struct Run<'a> {
    args: &'a EvaluateArgs,
    detector: &'a Detector,
    evaluation: Evaluation,
    worst: Worst,
    texts: u64,
    text_bytes: u64,
    /// Labels of types that the detector does not know.
    unknown: BTreeMap<String, u64>,
}

impl<'a> Run<'a> {
    fn new(args: &'a EvaluateArgs, detector: &'a Detector) -> Self {
        let matching = match args.matching {
            MatchingArg::Exact => Matching::Exact,
            MatchingArg::Overlap => Matching::Overlap,
        };
        Self {
            args,
            detector,
            evaluation: Evaluation::new(matching),
            worst: Worst::new(usize::from(args.worst)),
            texts: 0,
            text_bytes: 0,
            unknown: BTreeMap::new(),
        }
    }

    fn file(&mut self) -> anyhow::Result<()> {
        let cannot_read = || format!("cannot read {}", self.args.file.display());
        let file = File::open(&self.args.file).with_context(cannot_read)?;
        let size = file.metadata().with_context(cannot_read)?.len();
        let bar = progress::of_bytes("evaluating", Some(size));
        let mut lines = Lines::new(
            input::decoded(file, bar.clone()).with_context(cannot_read)?,
            MAX_LINE_BYTES,
        );
        while let Some(line) = lines.next().context("cannot read the labelled texts")? {
            if !line.is_whole() {
                bail!("line {} is longer than {MAX_LINE_BYTES} bytes", line.number);
            }
            let json = trim_json(line.bytes);
            if !json.is_empty() {
                let texts =
                    parse(json).with_context(|| format!("line {} is no labelled text", line.number))?;
                for text in &texts {
                    let scanned = self.text(line.number, text);
                    scanned.with_context(|| format!("line {} was not read", line.number))?;
                }
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn text(&mut self, line: u64, text: &Labelled) -> Result<(), ScanError> {
        self.texts += 1;
        self.text_bytes += text.text.len() as u64;
        for label in text.labels.iter().filter(|label| label.types.is_empty()) {
            *self.unknown.entry(label.name.clone()).or_default() += 1;
        }
        let is_wanted = |kind: &EntityType| self.args.types.is_empty() || self.args.types.contains(kind);
        let labels: Vec<_> = text
            .labels
            .iter()
            .filter(|label| label.types.iter().any(is_wanted))
            .cloned()
            .collect();
        // what another type covers does not leak, so everything is looked for
        let found = self.detector.scan_text(&text.text)?;
        let misses = self.evaluation.add(&labels, &found, &is_wanted);
        for miss in misses {
            let value = self
                .args
                .show_values
                .then(|| cut(&text.text, miss.start, miss.end));
            self.worst.offer(Place {
                line,
                message: text.message,
                miss,
                value,
            });
        }
        Ok(())
    }
}

fn cut(text: &str, start: usize, end: usize) -> String {
    text.chars().skip(start).take(end.saturating_sub(start)).collect()
}
