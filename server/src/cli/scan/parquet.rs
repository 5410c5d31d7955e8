//! Rows of Parquet files, as JSON values: nested lists, structures and maps keep their shape.

use std::{
    fs::File,
    io::{self, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use ::parquet::{
    errors::ParquetError,
    file::reader::{FileReader, SerializedFileReader},
    record::{Field, Row},
};
use indicatif::ProgressBar;
use serde_json::{Map, Value};

use super::work::Work;

/// How every Parquet file begins.
const MAGIC: [u8; 4] = *b"PAR1";
/// How much of many rows is scanned at once: rows, and bytes of their texts.
const BATCH_ROWS: usize = 1_000;
const BATCH_BYTES: usize = 256 * 1024;
/// How deeply values may nest; what lies deeper is told as text.
const MAX_DEPTH: usize = 100;

/// Whether it is a Parquet file, by how it begins.
pub(super) fn is_parquet(path: &Path) -> io::Result<bool> {
    let mut start = Vec::with_capacity(MAGIC.len());
    File::open(path)?
        .take(MAGIC.len() as u64)
        .read_to_end(&mut start)?;
    Ok(start == MAGIC)
}

/// Gives the rows of a file, group by group.
///
/// # Errors
/// When the file is damaged, or of a kind that is not read; rows until there were given.
pub(super) fn read(
    path: &Path,
    bar: &ProgressBar,
    give: &mut dyn FnMut(Work) -> io::Result<()>,
) -> io::Result<()> {
    // the reader of damaged files is not free of panics
    let read = catch_unwind(AssertUnwindSafe(|| read_groups(path, bar, give)));
    read.unwrap_or_else(|_| Err(io::Error::other("the Parquet file is damaged")))
}

fn read_groups(
    path: &Path,
    bar: &ProgressBar,
    give: &mut dyn FnMut(Work) -> io::Result<()>,
) -> io::Result<()> {
    let reader = SerializedFileReader::new(File::open(path)?).map_err(unread)?;
    let mut batch = Batch {
        first: 1,
        rows: Vec::new(),
        size_bytes: 0,
    };
    for index in 0..reader.num_row_groups() {
        let group = reader.get_row_group(index).map_err(unread)?;
        for row in group.get_row_iter(None).map_err(unread)? {
            batch.add(&row.map_err(unread)?);
            if batch.rows.len() >= BATCH_ROWS || batch.size_bytes >= BATCH_BYTES {
                give(batch.take())?;
            }
        }
        bar.inc(group.metadata().compressed_size().unsigned_abs());
    }
    if batch.rows.is_empty() {
        Ok(())
    } else {
        give(batch.take())
    }
}

struct Batch {
    first: u64,
    rows: Vec<Value>,
    size_bytes: usize,
}

impl Batch {
    fn add(&mut self, row: &Row) {
        self.rows.push(object(row, 0, &mut self.size_bytes));
    }

    fn take(&mut self) -> Work {
        let rows = std::mem::take(&mut self.rows);
        let first = self.first;
        self.first += rows.len() as u64;
        self.size_bytes = 0;
        Work::Rows { first, rows }
    }
}

fn object(row: &Row, depth: usize, size_bytes: &mut usize) -> Value {
    let mut members = Map::new();
    for (name, field) in row.get_column_iter() {
        members.insert(name.clone(), value(field, depth + 1, size_bytes));
    }
    Value::Object(members)
}

fn value(field: &Field, depth: usize, size_bytes: &mut usize) -> Value {
    match field {
        Field::Null | Field::Bool(_) => Value::Null,
        Field::Str(text) => text_value(text.clone(), size_bytes),
        // columns of texts that nobody marked as such
        Field::Bytes(bytes) => match str::from_utf8(bytes.data()) {
            Ok(text) => text_value(text.to_owned(), size_bytes),
            Err(_) => Value::Null,
        },
        Field::Byte(number) => Value::from(*number),
        Field::Short(number) => Value::from(*number),
        Field::Int(number) => Value::from(*number),
        Field::Long(number) => Value::from(*number),
        Field::UByte(number) => Value::from(*number),
        Field::UShort(number) => Value::from(*number),
        Field::UInt(number) => Value::from(*number),
        Field::ULong(number) => Value::from(*number),
        Field::Float(number) => Value::from(*number),
        Field::Double(number) => Value::from(*number),
        Field::Group(row) if depth < MAX_DEPTH => object(row, depth, size_bytes),
        Field::ListInternal(list) if depth < MAX_DEPTH => {
            let items = list.elements().iter();
            items.map(|item| value(item, depth + 1, size_bytes)).collect()
        }
        Field::MapInternal(map) if depth < MAX_DEPTH => {
            let mut members = Map::new();
            for (key, item) in map.entries() {
                members.insert(key_text(key), value(item, depth + 1, size_bytes));
            }
            Value::Object(members)
        }
        // dates and times as people write them
        other => text_value(other.to_string(), size_bytes),
    }
}

fn text_value(text: String, size_bytes: &mut usize) -> Value {
    *size_bytes += text.len();
    Value::String(text)
}

fn key_text(key: &Field) -> String {
    match key {
        Field::Str(text) => text.clone(),
        other => other.to_string(),
    }
}

fn unread(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
