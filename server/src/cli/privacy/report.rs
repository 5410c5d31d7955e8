//! The report of an evaluation.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;
use vault_privacy::evaluate::{Counts, Share, Wrong};

use super::worst::Place;
use crate::cli::printable;

/// From how many labels on, lower bounds are shown to people.
const ENOUGH_LABELS: u64 = 200;

pub(super) struct Report {
    pub(super) texts: u64,
    pub(super) text_bytes: u64,
    pub(super) counts: BTreeMap<String, Counts>,
    /// Labels that the detector has no type for, by name.
    pub(super) unknown: BTreeMap<String, u64>,
    pub(super) worst: Vec<Place>,
}

#[derive(Serialize)]
struct Json<'a> {
    texts: u64,
    bytes: u64,
    types: Vec<Row<'a>>,
    unknown_labels: &'a BTreeMap<String, u64>,
    worst: &'a [Place],
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(rename = "type")]
    name: &'a str,
    #[serde(flatten)]
    counts: &'a Counts,
    precision: Share,
    recall: Share,
    f1: f64,
    f2: f64,
    wrong_per_mb: f64,
}

impl Report {
    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.counts.iter().map(|(name, counts)| Row {
            name,
            counts,
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f(1.0),
            f2: counts.f(2.0),
            wrong_per_mb: self.per_mb(counts.reported - counts.right),
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn per_mb(&self, count: u64) -> f64 {
        count as f64 * 1e6 / self.text_bytes.max(1) as f64
    }

    pub(super) fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let report = Json {
            texts: self.texts,
            bytes: self.text_bytes,
            types: self.rows().collect(),
            unknown_labels: &self.unknown,
            worst: &self.worst,
        };
        serde_json::to_writer(&mut *out, &report)?;
        out.write_all(b"\n")
    }

    pub(super) fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{:<22} {:>8} {:>8} {:>9} {:>7} {:>6} {:>6} {:>6} {:>6} {:>9} {:>9}",
            "type",
            "labelled",
            "reported",
            "precision",
            "(least)",
            "recall",
            "(least)",
            "F1",
            "F2",
            "leaked",
            "wrong/MB"
        )?;
        for row in self.rows() {
            let least = |share: Share| match row.counts.labelled {
                0..ENOUGH_LABELS => "-".to_owned(),
                _ => format!("{:.3}", share.at_least),
            };
            writeln!(
                out,
                "{:<22} {:>8} {:>8} {:>9.3} {:>7} {:>6.3} {:>7} {:>6.3} {:>6.3} {:>9} {:>9.2}",
                row.name,
                row.counts.labelled,
                row.counts.reported,
                row.precision.value,
                least(row.precision),
                row.recall.value,
                least(row.recall),
                row.f1,
                row.f2,
                row.counts.leaked,
                row.wrong_per_mb
            )?;
        }
        writeln!(out, "\n{} texts, {} bytes", self.texts, self.text_bytes)?;
        for (name, count) in &self.unknown {
            writeln!(
                out,
                "no such type, {count} labels passed over: {}",
                printable(name)
            )?;
        }
        self.write_worst(out)
    }

    fn write_worst(&self, out: &mut dyn Write) -> io::Result<()> {
        if !self.worst.is_empty() {
            writeln!(out, "\nthe worst misses")?;
        }
        for place in &self.worst {
            let wrong = match place.miss.wrong {
                Wrong::Missed => "missed",
                Wrong::Invented => "wrong",
            };
            let message = place
                .message
                .map_or_else(String::new, |number| format!(", message {number}"));
            let value = place
                .value
                .as_deref()
                .map_or_else(String::new, |value| format!("  {}", printable(value)));
            writeln!(
                out,
                "{wrong:<7} {:<22} line {}{message}, {}-{}{value}",
                printable(&place.miss.name),
                place.line,
                place.miss.start,
                place.miss.end
            )?;
        }
        Ok(())
    }
}
