//! The file of refused lines: `{line, code, message, data}` each, to be mended and imported again.
//!
//! An upload does not keep what it has sent, so the lines that the server refused are taken from the file in a second
//! pass. A stream has none: there the refused lines stand without their data.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::value::RawValue;
use vault_commands::record::MAX_DATA_BYTES;

use super::{
    refused::Refusal,
    source::FileSource,
    wrap::{Shape, Verdict},
};
use crate::cli::lines::{Line, Lines, trim_json};

/// Where refusals go as they come in.
pub(super) struct RefusedFile {
    path: PathBuf,
    /// The file itself, or in front of a second pass what the server has said.
    writer: BufWriter<File>,
    passes: Passes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passes {
    One,
    Two,
}

#[derive(Serialize)]
struct RefusedLine<'a> {
    #[serde(flatten)]
    refusal: &'a Refusal,
    /// The line's JSON as it stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    /// The line, when it is no JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

impl RefusedFile {
    /// For lines of a stream, which cannot be read again.
    pub(super) fn of_stream(path: &Path) -> anyhow::Result<Self> {
        let file = create(path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            writer: BufWriter::new(file),
            passes: Passes::One,
        })
    }

    /// For lines of a file.
    pub(super) fn of_file(path: &Path) -> anyhow::Result<Self> {
        let part = part_path(path);
        let file = create(&part).with_context(|| format!("cannot write {}", part.display()))?;
        Ok(Self {
            path: path.to_owned(),
            writer: BufWriter::new(file),
            passes: Passes::Two,
        })
    }

    /// Notes a refusal.
    pub(super) fn add(&mut self, refusal: &Refusal) -> io::Result<()> {
        // the second pass judges the unsent lines again
        if self.passes == Passes::Two && refusal.record.is_none() {
            return Ok(());
        }
        write(&mut self.writer, refusal)
    }

    /// Completes the file.
    pub(super) fn finish(mut self, shape: &Shape, source: Option<&FileSource>) -> anyhow::Result<()> {
        let context = || format!("cannot write {}", self.path.display());
        self.writer.flush().with_context(context)?;
        let Some(source) = source.filter(|_| self.passes == Passes::Two) else {
            return Ok(());
        };
        let part = part_path(&self.path);
        let mut said = Said::open(&part).with_context(context)?;
        let mut writer = BufWriter::new(create(&self.path).with_context(context)?);
        let mut lines = Lines::new(source.read(ProgressBar::hidden())?, MAX_DATA_BYTES);
        let (mut record, mut sent) = (0, Vec::new());
        while let Some(line) = lines.next().context("cannot read the lines again")? {
            sent.clear();
            match shape.judge(&line, &mut sent) {
                Verdict::Blank | Verdict::Rest => {}
                Verdict::Refused(why) => {
                    write_line(&mut writer, &why.refusal(line.number), &line).with_context(context)?;
                }
                Verdict::Sent => {
                    if let Some(mut refusal) = said.of(record).with_context(context)? {
                        refusal.line = Some(line.number);
                        write_line(&mut writer, &refusal, &line).with_context(context)?;
                    }
                    record += 1;
                }
            }
        }
        writer.flush().with_context(context)?;
        fs::remove_file(&part).with_context(context)
    }

    /// Removes what a broken upload leaves.
    pub(super) fn discard(self) {
        if self.passes == Passes::Two {
            // the next attempt would write over it anyway
            let _ = fs::remove_file(part_path(&self.path));
        }
    }
}

/// What the server has said, in the order of the records.
struct Said {
    lines: io::Lines<BufReader<File>>,
    next: Option<Refusal>,
}

impl Said {
    fn open(part: &Path) -> io::Result<Self> {
        let mut said = Self {
            lines: BufReader::new(File::open(part)?).lines(),
            next: None,
        };
        said.advance()?;
        Ok(said)
    }

    fn advance(&mut self) -> io::Result<()> {
        self.next = match self.lines.next() {
            Some(line) => Some(serde_json::from_str(&line?)?),
            None => None,
        };
        Ok(())
    }

    fn of(&mut self, record: u64) -> io::Result<Option<Refusal>> {
        if self.next.as_ref().and_then(|refusal| refusal.record) != Some(record) {
            return Ok(None);
        }
        let refusal = self.next.take();
        self.advance()?;
        Ok(refusal)
    }
}

fn write_line(writer: &mut impl Write, refusal: &Refusal, line: &Line<'_>) -> io::Result<()> {
    let text = str::from_utf8(trim_json(line.bytes))
        .ok()
        .filter(|_| line.is_whole());
    let data = text.and_then(|text| serde_json::from_str::<&RawValue>(text).ok());
    write(
        writer,
        &RefusedLine {
            refusal,
            data,
            text: text.filter(|_| data.is_none()),
        },
    )
}

fn write(writer: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *writer, line)?;
    writer.write_all(b"\n")
}

fn part_path(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    part.into()
}

/// Refused lines are as private as the others.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
