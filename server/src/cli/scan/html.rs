//! A page for people: counts by type and by file, and samples of the findings' form. It needs nothing but itself.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, Write},
};

use super::{
    counts::Counts,
    finding::{Finding, Kind},
    report::{Report, Summary},
};
use crate::cli::printable;

/// How many files with findings are listed.
const MAX_FILES: usize = 1_000;
/// How many samples are shown of a type.
const MAX_SAMPLES: usize = 5;
/// How many paths that were not read are listed.
const MAX_UNREAD: usize = 100;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>Scan for personal data and secrets</title><style>\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2530}\
table{border-collapse:collapse;width:100%;margin:1rem 0 2rem}\
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d8dee6;vertical-align:top;overflow-wrap:anywhere}\
.n{text-align:right;font-variant-numeric:tabular-nums}code{background:#f0f3f7;padding:0 .25rem;white-space:pre-wrap}\
.critical,.high{color:#a11}.medium{color:#8a5a00}.low{color:#456}\
@media(prefers-color-scheme:dark){body{background:#12171d;color:#dce3ea}th,td{border-color:#2c3641}code{background:#1d252e}\
.critical,.high{color:#ff8a80}.medium{color:#ffc46b}.low{color:#9db2c7}}</style></head><body>\n\
<h1>Scan for personal data and secrets</h1>\n";

/// Writes the page, at the end of the scan.
pub(super) struct Html<W> {
    out: W,
    counts: Counts,
    samples: BTreeMap<Kind, Vec<Sample>>,
    /// The first files with findings, and how many.
    files: Vec<(String, u64)>,
    current: Option<String>,
}

/// The form of a finding, and where it is.
struct Sample {
    masked: String,
    place: String,
}

impl<W: Write> Html<W> {
    pub(super) const fn new(out: W) -> Self {
        Self {
            out,
            counts: Counts::new(),
            samples: BTreeMap::new(),
            files: Vec::new(),
            current: None,
        }
    }

    fn summary(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let (found, with, files) = (
            self.counts.findings(),
            self.counts.files_with_findings(),
            summary.files,
        );
        writeln!(self.out, "<p>{found} findings in {with} of {files} files.</p>")?;
        if found == 0 {
            return Ok(());
        }
        writeln!(
            self.out,
            "<h2>By type</h2>\n<table><tr><th>Type<th>Sensitivity<th class=\"n\">Findings<th class=\"n\">Test values\
             <th class=\"n\">Files<th>Samples, masked</tr>"
        )?;
        for (kind, count) in self.counts.by_frequency() {
            let level = kind.sensitivity.as_str();
            write!(
                self.out,
                "<tr><td>{}<td class=\"{level}\">{level}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}<td>",
                escaped(kind.name()),
                count.findings,
                count.test_values,
                count.files
            )?;
            for sample in self.samples.get(kind).into_iter().flatten() {
                let (masked, place) = (escaped(&sample.masked), escaped(&sample.place));
                write!(self.out, "<div><code>{masked}</code> {place}</div>")?;
            }
            writeln!(self.out, "</tr>")?;
        }
        writeln!(self.out, "</table>")
    }

    fn by_file(&mut self) -> io::Result<()> {
        if self.files.is_empty() {
            return Ok(());
        }
        writeln!(
            self.out,
            "<h2>By file</h2>\n<table><tr><th>File<th class=\"n\">Findings</tr>"
        )?;
        for (file, count) in &self.files {
            writeln!(self.out, "<tr><td>{}<td class=\"n\">{count}</tr>", escaped(file))?;
        }
        writeln!(self.out, "</table>")?;
        let more = self.counts.files_with_findings() - self.files.len() as u64;
        if more > 0 {
            writeln!(self.out, "<p>And {more} more files.</p>")?;
        }
        Ok(())
    }

    fn not_read(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let mut passed_over = Vec::new();
        summary.skipped.tell(&mut passed_over)?;
        for line in String::from_utf8_lossy(&passed_over).lines() {
            writeln!(self.out, "<p>{}</p>", escaped(line))?;
        }
        if summary.unread.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "<h2>Not read: {}</h2>\n<ul>", summary.unread.len())?;
        for (path, why) in summary.unread.iter().take(MAX_UNREAD) {
            let (path, why) = (path.to_string_lossy(), why.as_str());
            writeln!(self.out, "<li>{}: {}</li>", escaped(&path), escaped(why))?;
        }
        writeln!(self.out, "</ul>")
    }
}

impl<W: Write> Report for Html<W> {
    fn finding(&mut self, file: &str, finding: &Finding) -> io::Result<()> {
        if self.current.as_deref() != Some(file) {
            self.current = Some(file.to_owned());
            self.counts.next_file();
            if self.files.len() < MAX_FILES {
                self.files.push((file.to_owned(), 0));
            }
        }
        self.counts.add(finding);
        if self.counts.files_with_findings() == self.files.len() as u64
            && let Some((_, count)) = self.files.last_mut()
        {
            *count += 1;
        }
        let samples = self.samples.entry(finding.kind.clone()).or_default();
        if samples.len() < MAX_SAMPLES {
            samples.push(Sample {
                masked: finding.masked.clone().unwrap_or_default(),
                place: place(file, finding),
            });
        }
        Ok(())
    }

    fn finish(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        self.out.write_all(HEAD.as_bytes())?;
        self.summary(summary)?;
        self.by_file()?;
        self.not_read(summary)?;
        self.out.write_all(b"</body></html>\n")?;
        self.out.flush()
    }
}

fn place(file: &str, finding: &Finding) -> String {
    let place = &finding.place;
    let mut shown = file.to_owned();
    for (name, number) in [("line", place.line), ("row", place.row)] {
        if let Some(number) = number {
            shown = format!("{shown}, {name} {number}");
        }
    }
    if let Some(column) = &place.column {
        shown = format!("{shown}, column {column}");
    }
    match &place.field {
        Some(field) => format!("{shown}, {field}"),
        None => shown,
    }
}

/// Text as it may stand in an element.
fn escaped(text: &str) -> Cow<'_, str> {
    let text = printable(text);
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text;
    }
    let mut result = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&#39;"),
            other => result.push(other),
        }
    }
    Cow::Owned(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(
            escaped("<b a='1'>&\u{1b}\""),
            "&lt;b a=&#39;1&#39;&gt;&amp;\\u{1b}&quot;"
        );
        assert_eq!(escaped("plain"), "plain");
    }
}
