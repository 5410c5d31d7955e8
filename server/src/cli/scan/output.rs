//! How findings are shown: for people by file, for programs line by line. Never their values.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use indicatif::ProgressBar;
use serde::Serialize;
use vault_privacy::{Confidence, EntityType};

use super::file::Finding;
use crate::cli::printable;

/// For whom the output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Text,
    Json,
}

/// Where findings go.
pub(super) struct Output<'w> {
    style: Style,
    out: &'w mut dyn Write,
    bar: ProgressBar,
    /// The file whose findings are being shown.
    current: Option<String>,
    counts: BTreeMap<EntityType, Count>,
    files_with_findings: u64,
}

#[derive(Debug, Default)]
struct Count {
    findings: u64,
    files: u64,
    in_this_file: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    line: Option<u64>,
    field: Option<&'a str>,
    #[serde(rename = "type")]
    entity_type: EntityType,
    start: usize,
    end: usize,
    confidence: Confidence,
}

impl<'w> Output<'w> {
    pub(super) fn new(style: Style, out: &'w mut dyn Write, bar: ProgressBar) -> Self {
        Self {
            style,
            out,
            bar,
            current: None,
            counts: BTreeMap::new(),
            files_with_findings: 0,
        }
    }

    /// The bar that the output makes room for.
    pub(super) fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }

    /// How many findings were shown.
    pub(super) fn found(&self) -> u64 {
        self.counts.values().map(|count| count.findings).sum()
    }

    /// Shows a finding.
    pub(super) fn finding(&mut self, file: &str, finding: &Finding) -> io::Result<()> {
        let new_file = self.current.as_deref() != Some(file);
        if new_file {
            self.current = Some(file.to_owned());
            self.files_with_findings += 1;
            self.counts
                .values_mut()
                .for_each(|count| count.in_this_file = false);
        }
        let count = self.counts.entry(finding.entity_type).or_default();
        count.findings += 1;
        count.files += u64::from(!count.in_this_file);
        count.in_this_file = true;
        let Self { style, out, bar, .. } = self;
        bar.suspend(|| match style {
            Style::Json => write_json(*out, file, finding),
            Style::Text => write_text(*out, new_file.then_some(file), finding),
        })
    }

    /// Ends with a summary for people.
    pub(super) fn finish(&mut self, files: u64) -> io::Result<()> {
        self.bar.finish_and_clear();
        if self.style == Style::Json {
            return self.out.flush();
        }
        if self.counts.is_empty() {
            writeln!(self.out, "Nothing found in {files} files.")?;
            return self.out.flush();
        }
        let kinds: BTreeSet<_> = self
            .counts
            .iter()
            .map(|(kind, count)| (u64::MAX - count.findings, *kind))
            .collect();
        writeln!(self.out, "\n{:<20} {:>9} {:>7}", "type", "findings", "files")?;
        for (_, kind) in kinds {
            if let Some(Count { findings, files, .. }) = self.counts.get(&kind) {
                writeln!(self.out, "{:<20} {findings:>9} {files:>7}", kind.as_str())?;
            }
        }
        let (found, with) = (self.found(), self.files_with_findings);
        writeln!(
            self.out,
            "{:<20} {found:>9} {with:>7}   of {files} files scanned",
            "all"
        )?;
        self.out.flush()
    }
}

fn write_json(out: &mut dyn Write, file: &str, finding: &Finding) -> io::Result<()> {
    let Finding {
        line,
        ref field,
        entity_type,
        start,
        end,
        confidence,
    } = *finding;
    let row = Row {
        file,
        line,
        field: field.as_deref(),
        entity_type,
        start,
        end,
        confidence,
    };
    serde_json::to_writer(&mut *out, &row)?;
    out.write_all(b"\n")
}

fn write_text(out: &mut dyn Write, new_file: Option<&str>, finding: &Finding) -> io::Result<()> {
    if let Some(file) = new_file {
        writeln!(out, "{}", printable(file))?;
    }
    let line = finding
        .line
        .map_or_else(|| "-".to_owned(), |line| line.to_string());
    let place = finding
        .field
        .as_deref()
        .map_or_else(|| format!("column {}", finding.start + 1).into(), printable);
    let (kind, percent) = (finding.entity_type.as_str(), finding.confidence.percent());
    writeln!(out, "{line:>9}  {kind:<18} {percent:>3} %  {place}")
}
