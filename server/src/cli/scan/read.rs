//! Files as pieces of work: read in order, by one thread, with memory for the pieces that are under way.

use std::{
    fs::File,
    io::{self, BufRead, Cursor, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use indicatif::ProgressBar;

use super::{
    format::{Format, Sniffed},
    parquet,
    split::{ArrayItems, CsvRecords, MAX_PIECE_BYTES, Piece, Rule, Step, next_piece},
    text::{BLOCK_BYTES, Blocks},
    work::{Scanner, Table, Work},
};
use crate::cli::{
    input,
    lines::{Line, Lines},
};

/// The largest JSON document that is read field by field, unless it is an array; a larger one is read as text.
const MAX_DOCUMENT_BYTES: u64 = 64 * 1024 * 1024;
/// How much of many lines, items or records is scanned at once.
const BATCH_BYTES: usize = 256 * 1024;
/// How much of a file is looked at to see what it is.
const SNIFFED_BYTES: u64 = 8 * 1024;

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Source {
    /// How it is named in reports.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "<stdin>".to_owned(),
        }
    }
}

/// Whether a file was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// It was.
    Text,
    /// It is no text.
    Binary,
}

/// Takes work; false when nobody wants any more.
pub(super) type Take<'t> = dyn FnMut(Work) -> bool + 't;

/// Nobody wants any more of it: the reader stops.
#[derive(Debug, thiserror::Error)]
#[error("the scan has ended")]
struct Ended;

/// Reads sources one after the other.
pub(super) struct Reader<'a> {
    /// Tells whether the first line of a table holds names.
    pub(super) scanner: Scanner<'a>,
    /// What the caller says that everything is.
    pub(super) format: Option<Format>,
    pub(super) bar: ProgressBar,
    /// Texts so far.
    pub(super) texts: u64,
}

impl Reader<'_> {
    /// Gives all work of a source.
    ///
    /// # Errors
    /// When it cannot be read to its end; the work until then was given.
    pub(super) fn read(&mut self, source: &Source, take: &mut Take<'_>) -> io::Result<Content> {
        let name = match source {
            Source::File(path) => path.as_path(),
            Source::Stdin => Path::new(""),
        };
        if let Source::File(path) = source
            && self.format.map_or_else(
                || parquet::is_parquet(path),
                |format| Ok(format == Format::Parquet),
            )?
        {
            parquet::read(path, &self.bar, &mut |work| give(take, work))?;
            return Ok(Content::Text);
        }
        let mut reader = match source {
            Source::File(path) => input::decoded(File::open(path)?, self.bar.clone())?,
            Source::Stdin => input::decoded(io::stdin(), self.bar.clone())?,
        };
        let mut start = Vec::new();
        reader.by_ref().take(SNIFFED_BYTES).read_to_end(&mut start)?;
        if start.contains(&0) {
            return Ok(Content::Binary);
        }
        let format = self.format.unwrap_or_else(|| Format::of(name, &start));
        let (is_array, delimiter) = (Sniffed::new(&start).is_array(), Sniffed::new(&start).delimiter());
        let reader = Cursor::new(start).chain(reader);
        match format {
            Format::Jsonl => self.lines(reader, take)?,
            Format::Json if is_array => self.array(reader, take)?,
            Format::Json => self.document(reader, take)?,
            Format::Csv => self.table(reader, delimiter, take)?,
            Format::Tsv => self.table(reader, b'\t', take)?,
            Format::Text => self.text(reader, 1, take)?,
            Format::Parquet => return Err(io::Error::other("Parquet is read from files alone")),
        }
        Ok(Content::Text)
    }

    fn document(&mut self, mut reader: impl BufRead, take: &mut Take<'_>) -> io::Result<()> {
        let mut document = Vec::new();
        reader
            .by_ref()
            .take(MAX_DOCUMENT_BYTES)
            .read_to_end(&mut document)?;
        if !reader.fill_buf()?.is_empty() {
            return self.text(Cursor::new(document).chain(reader), 1, take);
        }
        if document.starts_with(b"\xef\xbb\xbf") {
            document.drain(..3);
        }
        give(take, Work::Document(document))
    }

    /// A document that is an array, item by item.
    fn array(&mut self, mut reader: impl BufRead, take: &mut Take<'_>) -> io::Result<()> {
        let mut line = 1;
        // up to the bracket that was sniffed
        let mut opening = Opening;
        next_piece(&mut reader, &mut opening, &mut line)?;
        let mut rule = ArrayItems::default();
        let mut batch = Batch::default();
        while !rule.is_over {
            let Some(piece) = next_piece(&mut reader, &mut rule, &mut line)? else {
                break;
            };
            if !piece.is_whole {
                batch.give(take, |first, items| Work::Items { first, items })?;
                return self.text(Cursor::new(piece.bytes).chain(reader), piece.line, take);
            }
            batch.add(piece);
            if batch.is_full() {
                batch.give(take, |first, items| Work::Items { first, items })?;
            }
        }
        batch.give(take, |first, items| Work::Items { first, items })?;
        // after the array nothing should be
        self.text(reader, line, take)
    }

    fn table(&mut self, mut reader: impl BufRead, delimiter: u8, take: &mut Take<'_>) -> io::Result<()> {
        let (mut rule, mut line) = (CsvRecords::new(delimiter), 1);
        let mut batch = Batch {
            first: 1,
            ..Batch::default()
        };
        let mut table: Option<Arc<Table>> = None;
        while let Some(piece) = next_piece(&mut reader, &mut rule, &mut line)? {
            let table = match &mut table {
                Some(table) => table,
                none => none.insert(Arc::new(self.table_of(delimiter, &piece)?)),
            };
            let work = |first, records| Work::Records {
                table: Arc::clone(table),
                first,
                records,
            };
            if !piece.is_whole {
                batch.give(take, work)?;
                return self.text(Cursor::new(piece.bytes).chain(reader), piece.line, take);
            }
            batch.add(piece);
            if batch.is_full() {
                batch.give(take, work)?;
            }
        }
        let Some(table) = table else { return Ok(()) };
        batch.give(take, |first, records| Work::Records {
            table,
            first,
            records,
        })
    }

    /// A table by its first record: names, unless something is found in it.
    fn table_of(&self, delimiter: u8, first: &Piece) -> io::Result<Table> {
        let mut table = Table {
            delimiter,
            columns: Vec::new(),
        };
        let records = table.records(first);
        let cells = records
            .into_iter()
            .next()
            .map(|(_, cells)| cells)
            .unwrap_or_default();
        if !self.scanner.is_data(&cells).map_err(io::Error::other)? {
            let trimmed = |cell: String| cell.trim_start_matches('\u{feff}').trim().to_owned();
            table.columns = cells.into_iter().map(trimmed).collect();
        }
        Ok(table)
    }

    fn lines(&mut self, reader: impl BufRead, take: &mut Take<'_>) -> io::Result<()> {
        let mut lines = Lines::new(reader, MAX_PIECE_BYTES);
        let mut long: Option<Blocks> = None;
        let (mut first, mut batch) = (1, Vec::new());
        while let Some(line) = lines.next()? {
            if line.first
                && let Some(blocks) = long.take()
            {
                self.last(blocks, take)?;
            }
            if !line.is_whole() {
                if !batch.is_empty() {
                    give(
                        take,
                        Work::Lines {
                            first,
                            bytes: std::mem::take(&mut batch),
                        },
                    )?;
                }
                self.piece_of(&line, &mut long, take)?;
                continue;
            }
            if batch.is_empty() {
                first = line.number;
            }
            batch.extend_from_slice(line.bytes);
            batch.push(b'\n');
            if batch.len() >= BATCH_BYTES {
                give(
                    take,
                    Work::Lines {
                        first,
                        bytes: std::mem::take(&mut batch),
                    },
                )?;
            }
        }
        if !batch.is_empty() {
            give(take, Work::Lines { first, bytes: batch })?;
        }
        long.map_or(Ok(()), |blocks| self.last(blocks, take))
    }

    /// A piece of a line that is too long to be JSON.
    fn piece_of(
        &mut self,
        line: &Line<'_>,
        long: &mut Option<Blocks>,
        take: &mut Take<'_>,
    ) -> io::Result<()> {
        let blocks = long.get_or_insert_with(|| {
            self.texts += 1;
            Blocks::new(line.number)
        });
        for piece in line.bytes.chunks(BLOCK_BYTES) {
            if let Some(block) = blocks.push(piece) {
                give(
                    take,
                    Work::Text {
                        text: self.texts,
                        block,
                    },
                )?;
            }
        }
        Ok(())
    }

    fn text(&mut self, mut reader: impl BufRead, line: u64, take: &mut Take<'_>) -> io::Result<()> {
        self.texts += 1;
        let mut blocks = Blocks::new(line);
        loop {
            let bytes = reader.fill_buf()?;
            let length = bytes.len().min(BLOCK_BYTES);
            if length == 0 {
                return self.last(blocks, take);
            }
            let block = blocks.push(bytes.get(..length).unwrap_or_default());
            reader.consume(length);
            if let Some(block) = block {
                give(
                    take,
                    Work::Text {
                        text: self.texts,
                        block,
                    },
                )?;
            }
        }
    }

    fn last(&self, blocks: Blocks, take: &mut Take<'_>) -> io::Result<()> {
        let work = Work::Text {
            text: self.texts,
            block: blocks.finish(),
        };
        give(take, work)
    }
}

fn give(take: &mut Take<'_>, work: Work) -> io::Result<()> {
    if take(work) {
        Ok(())
    } else {
        Err(io::Error::other(Ended))
    }
}

/// Pieces that are scanned together.
#[derive(Debug, Default)]
struct Batch {
    /// The number of the first of them.
    first: u64,
    pieces: Vec<Piece>,
    size_bytes: usize,
}

impl Batch {
    fn add(&mut self, piece: Piece) {
        self.size_bytes += piece.bytes.len();
        self.pieces.push(piece);
    }

    const fn is_full(&self) -> bool {
        self.size_bytes >= BATCH_BYTES
    }

    /// Gives what is there, if there is any, and begins anew.
    fn give(&mut self, take: &mut Take<'_>, work: impl FnOnce(u64, Vec<Piece>) -> Work) -> io::Result<()> {
        let pieces = std::mem::take(&mut self.pieces);
        let first = self.first;
        self.first += pieces.len() as u64;
        self.size_bytes = 0;
        if pieces.is_empty() {
            return Ok(());
        }
        give(take, work(first, pieces))
    }
}

/// Everything up to the opening bracket of an array.
struct Opening;

impl Rule for Opening {
    fn step(&mut self, byte: u8) -> Step {
        if byte == b'[' { Step::TakeLast } else { Step::Take }
    }
}
