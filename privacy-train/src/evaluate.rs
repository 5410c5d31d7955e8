//! How good a model is on labelled texts.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use anyhow::Context;
use vault_privacy::{
    evaluate::Counts,
    names::{NameKind, Named, NamesScratch, Tagger},
};

use crate::texts::Line;

/// What is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct EvaluateArgs {
    /// The model.
    model: PathBuf,
    /// JSON lines of `{text, pii, names}`, as `tools/ner` writes them.
    texts: Vec<PathBuf>,
    /// The least confidence of a finding that counts, in percent.
    #[arg(long, default_value_t = 50)]
    least: u8,
}

/// A table of exact findings: for each file, which names it has, and each kind: labels, findings, precision, recall, F2.
/// Lower bounds of the 95 % Wilson interval stand in brackets.
pub(crate) fn run(args: &EvaluateArgs) -> anyhow::Result<String> {
    let bytes = fs::read(&args.model).with_context(|| format!("cannot read {}", args.model.display()))?;
    // lives as long as the program
    let tagger = Tagger::new(Vec::leak(bytes)).context("this is no model")?;
    let mut table = String::from("file\tnames\tkind\tlabels\tfindings\tprecision\trecall\tF2\n");
    for path in &args.texts {
        let mut counts: BTreeMap<(String, NameKind), Counts> = BTreeMap::new();
        let mut scratch = NamesScratch::default();
        for line in crate::read(path)?.lines() {
            let line: Line = serde_json::from_str(line).context("a line is no labelled text")?;
            let mut found = Vec::new();
            tagger.tag(&line.text, &mut scratch, &mut found);
            found.retain(|name| name.percent >= args.least);
            for kind in NameKind::ALL {
                add(
                    counts.entry((line.names.clone(), kind)).or_default(),
                    &line,
                    kind,
                    &found,
                )?;
            }
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        for ((names, kind), counts) in counts {
            let (precision, recall) = (counts.precision(), counts.recall());
            writeln!(
                table,
                "{file}\t{names}\t{kind:?}\t{}\t{}\t{:.3} ({:.3})\t{:.3} ({:.3})\t{:.3}",
                counts.labelled,
                counts.reported,
                precision.value,
                precision.at_least,
                recall.value,
                recall.at_least,
                counts.f(2.0)
            )?;
        }
    }
    Ok(table)
}

fn add(counts: &mut Counts, line: &Line, kind: NameKind, found: &[Named]) -> anyhow::Result<()> {
    let labels: Vec<_> = line
        .labels()?
        .into_iter()
        .filter_map(|(label, bytes)| (label == kind).then_some(bytes))
        .collect();
    let names = found.iter().filter(|name| name.kind == kind);
    let right = names
        .clone()
        .filter(|name| labels.contains(&(name.start..name.end)))
        .count() as u64;
    counts.labelled += labels.len() as u64;
    counts.reported += names.count() as u64;
    counts.right += right;
    counts.found += right;
    Ok(())
}
