//! What came of an import, for people and for programs.

use std::{
    io::{self, Write},
    time::Duration,
};

use serde_json::json;

use super::{refused::Refused, report::Summary};
use crate::cli::{client::Dataset, printable};

/// Some lines were refused.
const EXIT_REFUSED: u8 = 2;

/// What came of an import that came to its end.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) file: String,
    pub(super) dataset: Dataset,
    pub(super) created_dataset: bool,
    pub(super) key: String,
    pub(super) summary: Summary,
    /// How many lines were sent.
    pub(super) sent: u64,
    /// Those that were not added, whether they were sent or not.
    pub(super) refused: Refused,
    pub(super) blank: u64,
    pub(super) attempts: u32,
    pub(super) took: Duration,
}

impl Outcome {
    pub(super) fn exit_code(&self) -> u8 {
        if self.refused.count == 0 { 0 } else { EXIT_REFUSED }
    }

    fn records_per_s(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate is shown to its first digits")]
        let records = self.summary.created as f64;
        records / self.took.as_secs_f64().max(0.001)
    }

    /// A few lines for people.
    pub(super) fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let created = if self.created_dataset {
            "the new dataset"
        } else {
            "the dataset"
        };
        let (file, name) = (printable(&self.file), printable(&self.dataset.name));
        writeln!(out, "{file} into {created} \"{name}\" ({})", self.dataset.id)?;
        writeln!(out, "  added    {} records", self.summary.created)?;
        if self.summary.replayed > 0 {
            writeln!(
                out,
                "           {} of the lines had been sent before",
                self.summary.replayed
            )?;
        }
        self.write_refused(out)?;
        if self.blank > 0 {
            writeln!(out, "  blank    {} lines", self.blank)?;
        }
        let attempts = if self.attempts > 1 {
            format!(", {} attempts", self.attempts)
        } else {
            String::new()
        };
        writeln!(
            out,
            "  took     {:.1} s, {:.0} records/s{attempts}",
            self.took.as_secs_f64(),
            self.records_per_s()
        )?;
        if self.summary.read_models.as_deref() == Some("behind") {
            writeln!(out, "  Reads will show all of them shortly.")?;
        }
        Ok(())
    }

    fn write_refused(&self, out: &mut impl Write) -> io::Result<()> {
        let Refused {
            count,
            by_code,
            first,
        } = &self.refused;
        if *count == 0 {
            return Ok(());
        }
        writeln!(out, "  refused  {count} lines")?;
        for refusal in first {
            let place = match (refusal.line, refusal.record) {
                (Some(line), _) => format!("line {line}"),
                (None, record) => format!("record {}", record.unwrap_or_default() + 1),
            };
            writeln!(
                out,
                "    {place:<12} {}  {}",
                printable(&refusal.code),
                printable(&refusal.message)
            )?;
        }
        if *count > first.len() as u64 {
            writeln!(out, "    ... in all:")?;
            for (code, count) in by_code {
                writeln!(out, "    {count:>12} {}", printable(code))?;
            }
        }
        if self.sent == 0 {
            writeln!(
                out,
                "    No line is JSON. Does the file hold one JSON value on each line?"
            )?;
        }
        Ok(())
    }

    /// One JSON object on one line.
    pub(super) fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let report = json!({
            "file": self.file,
            "dataset_id": self.dataset.id,
            "dataset": self.dataset.name,
            "dataset_created": self.created_dataset,
            "idempotency_key": self.key,
            "complete": self.summary.complete,
            "created": self.summary.created,
            "replayed": self.summary.replayed,
            "refused": self.refused.count,
            "refused_by_code": self.refused.by_code,
            "refused_first": self.refused.first,
            "blank": self.blank,
            "position": self.summary.position,
            "read_models": self.summary.read_models,
            "attempts": self.attempts,
            "seconds": (self.took.as_secs_f64() * 1_000.0).round() / 1_000.0,
            "records_per_s": self.records_per_s().round(),
        });
        serde_json::to_writer(&mut *out, &report)?;
        out.write_all(b"\n")
    }
}
