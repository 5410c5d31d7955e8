//! How findings are shown on standard output: for people by file, for programs line by line. Never their values.

use std::io::{self, Write};

use indicatif::ProgressBar;
use serde::Serialize;
use vault_privacy::{Confidence, EntityType, FieldPart};

use super::{
    counts::Counts,
    finding::Finding,
    report::{Report, Summary},
};
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
    counts: Counts,
}

#[derive(Serialize)]
struct JsonLine<'a> {
    file: &'a str,
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<FieldPart>,
    #[serde(rename = "type")]
    entity_type: EntityType,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_type: Option<&'a str>,
    start: usize,
    end: usize,
    confidence: Confidence,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    test_value: bool,
}

impl<'w> Output<'w> {
    pub(super) fn new(style: Style, out: &'w mut dyn Write, bar: ProgressBar) -> Self {
        Self {
            style,
            out,
            bar,
            current: None,
            counts: Counts::new(),
        }
    }
}

impl Report for Output<'_> {
    fn finding(&mut self, file: &str, finding: &Finding) -> io::Result<()> {
        let new_file = self.current.as_deref() != Some(file);
        if new_file {
            self.current = Some(file.to_owned());
            self.counts.next_file();
        }
        self.counts.add(finding);
        let Self { style, out, bar, .. } = self;
        bar.suspend(|| match style {
            Style::Json => write_json(*out, file, finding),
            Style::Text => write_text(*out, new_file.then_some(file), finding),
        })
    }

    /// Ends with a summary for people.
    fn finish(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        self.bar.finish_and_clear();
        if self.style == Style::Json {
            return self.out.flush();
        }
        let files = summary.files;
        if self.counts.findings() == 0 {
            writeln!(self.out, "Nothing found in {files} files.")?;
            return self.out.flush();
        }
        writeln!(self.out, "\n{:<20} {:>9} {:>7}", "type", "findings", "files")?;
        for (kind, count) in self.counts.by_frequency() {
            let (findings, files) = (count.findings, count.files);
            writeln!(self.out, "{:<20} {findings:>9} {files:>7}", kind.name())?;
        }
        let (found, with) = (self.counts.findings(), self.counts.files_with_findings());
        writeln!(
            self.out,
            "{:<20} {found:>9} {with:>7}   of {files} files scanned",
            "all"
        )?;
        self.out.flush()
    }
}

fn write_json(out: &mut dyn Write, file: &str, finding: &Finding) -> io::Result<()> {
    let place = &finding.place;
    let line = JsonLine {
        file,
        line: place.line,
        row: place.row,
        column: place.column.as_deref(),
        field: place.field.as_deref(),
        pointer: place.pointer.as_deref(),
        part: place.part,
        entity_type: finding.kind.entity_type,
        custom_type: finding.kind.custom.as_deref(),
        start: finding.start,
        end: finding.end,
        confidence: finding.confidence,
        test_value: finding.test_value,
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

fn write_text(out: &mut dyn Write, new_file: Option<&str>, finding: &Finding) -> io::Result<()> {
    if let Some(file) = new_file {
        writeln!(out, "{}", printable(file))?;
    }
    let place = &finding.place;
    let number = place.line.or(place.row);
    let number = number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let within = match (&place.field, &place.column) {
        (Some(field), _) => field.clone(),
        (None, Some(column)) => format!("column {column}"),
        (None, None) => format!("column {}", finding.start + 1),
    };
    let (kind, percent) = (finding.kind.name(), finding.confidence.percent());
    let test = if finding.test_value { "  (test value)" } else { "" };
    writeln!(
        out,
        "{number:>9}  {kind:<18} {percent:>3} %  {}{test}",
        printable(&within)
    )
}
