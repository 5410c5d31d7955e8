//! What a file is, by its name or by how it begins.

use std::path::Path;

use clap::ValueEnum;
use serde::de::IgnoredAny;

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Any text.
    Text,
    /// A JSON value on each line.
    Jsonl,
    /// One JSON document.
    Json,
    /// A table whose cells are separated by commas or semicolons.
    Csv,
    /// A table whose cells are separated by tabs.
    Tsv,
    /// A Parquet file.
    Parquet,
}

impl Format {
    /// By the name, if it says something; without a name by how the content begins.
    pub(super) fn of(path: &Path, start: &[u8]) -> Self {
        let Some(name) = path.file_name() else {
            return Self::of_start(start);
        };
        let name = name.to_string_lossy().to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("jsonl" | "ndjson") => Self::Jsonl,
            // many files of JSON lines are called .json
            Some("json") if Self::of_start(start) == Self::Jsonl => Self::Jsonl,
            Some("json" | "ipynb" | "geojson") => Self::Json,
            Some("csv") => Self::Csv,
            Some("tsv" | "tab") => Self::Tsv,
            _ => Self::Text,
        }
    }

    /// JSON lines if the first line is a JSON value and not the last one, a document if it begins like one.
    fn of_start(start: &[u8]) -> Self {
        let text = Sniffed::new(start).text;
        let (first, rest) = match text.iter().position(|byte| *byte == b'\n') {
            Some(end) => text.split_at(end),
            None => (text, &b""[..]),
        };
        let more = rest.iter().any(|byte| !byte.is_ascii_whitespace());
        let is_object = matches!(first.first(), Some(b'{' | b'['));
        if is_object && more && serde_json::from_slice::<IgnoredAny>(first).is_ok() {
            return Self::Jsonl;
        }
        if matches!(text.first(), Some(b'{' | b'[')) {
            Self::Json
        } else {
            Self::Text
        }
    }
}

/// The beginning of a text, after the white space.
pub(super) struct Sniffed<'s> {
    text: &'s [u8],
}

impl<'s> Sniffed<'s> {
    pub(super) fn new(start: &'s [u8]) -> Self {
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        Self {
            text: text.trim_ascii_start(),
        }
    }

    /// Whether it is an array, if it is JSON.
    pub(super) fn is_array(&self) -> bool {
        self.text.first() == Some(&b'[')
    }

    /// What separates the cells of the first line: the sign that is there most often.
    pub(super) fn delimiter(&self) -> u8 {
        let line = self.text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |sign: u8| line.split(|byte| *byte == sign).count();
        let signs = [b'\t', b'|', b';', b','];
        signs.into_iter().max_by_key(|sign| count(*sign)).unwrap_or(b',')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_speak_first_and_beginnings_where_there_is_none() {
        let of = |name: &str, start: &str| Format::of(Path::new(name), start.as_bytes());
        assert_eq!(of("a.JSONL.gz", ""), Format::Jsonl);
        assert_eq!(of("a.json", "{\"a\":\n 1}"), Format::Json);
        assert_eq!(of("a.json", "{\"a\":1}\n{\"a\":2}\n"), Format::Jsonl);
        assert_eq!(of("a.json", "{\"a\":1}\n\n"), Format::Json);
        assert_eq!(of("a.tsv", ""), Format::Tsv);
        assert_eq!(of("a.md", "{}\n{}\n"), Format::Text);
        assert_eq!(of("", "{}\n{}\n"), Format::Jsonl);
        assert_eq!(of("", " [1,\n2]"), Format::Json);
        assert_eq!(of("", "hello"), Format::Text);
    }

    #[test]
    fn the_delimiter_is_the_sign_that_is_there_most_often() {
        for (line, sign) in [
            ("a,b;c,d\n;;;", b','),
            ("a;b;c,d", b';'),
            ("a\tb", b'\t'),
            ("a", b','),
        ] {
            assert_eq!(Sniffed::new(line.as_bytes()).delimiter(), sign, "{line}");
        }
    }
}
