//! An export of a log: a folder that can be verified without the server, for as long as it is kept.
//!
//! `checkpoint` and `tenant-head` are signed notes, `entries` has the 48 bytes of every tenant's entries one after the
//! other, `events.jsonl` the tenant's events, a line each, as `/audit/events` shows them. `events.csv` repeats them for
//! spreadsheets, and is not read again.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, bail};
use async_trait::async_trait;
use serde_json::value::RawValue;
use vault_event_store::tree::{ENTRY_BYTES, Entry, TILE_WIDTH};

use super::{
    shown::ShownEvent,
    source::{EventPage, Source, entries_of},
    trust::{ShownKeys, ShownOrigins},
};

const CHECKPOINT: &str = "checkpoint";
const TENANT_HEAD: &str = "tenant-head";
const ENTRIES: &str = "entries";
const EVENTS: &str = "events.jsonl";
const CSV: &str = "events.csv";
/// How many events are read at once.
const EVENTS_PAGE: usize = 1_000;
/// The longest line: an event has at most 256 KiB of payload.
const MAX_LINE_BYTES: u64 = 4 * 1024 * 1024;

/// An export that is being written.
pub(super) struct ExportWriter {
    folder: PathBuf,
    entries: BufWriter<File>,
    events: BufWriter<File>,
    csv: csv::Writer<File>,
}

impl ExportWriter {
    /// Makes the folder, which must not be there or be empty.
    pub(super) fn create(folder: &Path) -> anyhow::Result<Self> {
        let context = || format!("cannot write into {}", folder.display());
        fs::create_dir_all(folder).with_context(context)?;
        if fs::read_dir(folder).with_context(context)?.next().is_some() {
            bail!("{} is not empty", folder.display());
        }
        let file = |name| File::create_new(folder.join(name)).with_context(context);
        let mut csv = csv::Writer::from_writer(file(CSV)?);
        csv.write_record(ShownEvent::COLUMNS).with_context(context)?;
        Ok(Self {
            entries: BufWriter::new(file(ENTRIES)?),
            events: BufWriter::new(file(EVENTS)?),
            csv,
            folder: folder.to_owned(),
        })
    }

    pub(super) fn entry(&mut self, entry: Entry) -> anyhow::Result<()> {
        self.entries
            .write_all(&entry.to_bytes())
            .context("cannot write the entries")
    }

    pub(super) fn event(&mut self, raw: &RawValue, event: &ShownEvent) -> anyhow::Result<()> {
        writeln!(self.events, "{}", raw.get()).context("cannot write the events")?;
        self.csv
            .write_record(event.row())
            .context("cannot write the events")
    }

    /// Ends with the signed notes: a folder without them is no export.
    pub(super) fn finish(mut self, checkpoint: &str, tenant_head: &str) -> anyhow::Result<()> {
        let context = || format!("cannot write into {}", self.folder.display());
        self.csv.flush().with_context(context)?;
        for file in [self.entries, self.events] {
            let file = file
                .into_inner()
                .map_err(std::io::IntoInnerError::into_error)
                .with_context(context)?;
            file.sync_all().with_context(context)?;
        }
        fs::write(self.folder.join(TENANT_HEAD), tenant_head).with_context(context)?;
        fs::write(self.folder.join(CHECKPOINT), checkpoint).with_context(context)
    }
}

/// An export that is read.
pub(super) struct Export {
    folder: PathBuf,
    entries: Mutex<File>,
    events: Mutex<BufReader<File>>,
}

impl Export {
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let file = |name| {
            let path = folder.join(name);
            File::open(&path)
                .with_context(|| format!("{} is no export: cannot read {name}", folder.display()))
        };
        Ok(Self {
            entries: Mutex::new(file(ENTRIES)?),
            events: Mutex::new(BufReader::new(file(EVENTS)?)),
            folder: folder.to_owned(),
        })
    }

    fn note(&self, name: &str) -> anyhow::Result<String> {
        let path = self.folder.join(name);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}

#[async_trait]
impl Source for Export {
    async fn checkpoint(&self) -> anyhow::Result<String> {
        self.note(CHECKPOINT)
    }

    async fn cosigned_checkpoint(&self, _: usize) -> anyhow::Result<String> {
        self.note(CHECKPOINT)
    }

    /// None but those that are given: an export is verified with the keys of its time.
    async fn keys(&self) -> anyhow::Result<ShownKeys> {
        let checkpoint = self.note(CHECKPOINT)?;
        let origin = checkpoint.lines().next().unwrap_or_default().to_owned();
        Ok(ShownKeys {
            origin,
            keys: Vec::new(),
        })
    }

    async fn origins(&self) -> anyhow::Result<ShownOrigins> {
        Ok(ShownOrigins::default())
    }

    async fn tenant_head(&self, _: u64) -> anyhow::Result<String> {
        self.note(TENANT_HEAD)
    }

    async fn entries(&self, number: u64, width: usize) -> anyhow::Result<Vec<Entry>> {
        let mut file = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(number * (TILE_WIDTH * ENTRY_BYTES) as u64))?;
        let mut bytes = vec![0; width * ENTRY_BYTES];
        file.read_exact(&mut bytes)
            .context("the export does not have its entries")?;
        let entries = bytes.chunks(ENTRY_BYTES).map(|entry| entry.try_into().ok());
        entries_of(entries, width).context("the export does not have its entries")
    }

    /// The next events of the file, whatever the position: they are read once, in order.
    async fn events_after(&self, position: u64) -> anyhow::Result<EventPage> {
        let mut file = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let mut items = Vec::new();
        while items.len() < EVENTS_PAGE {
            let mut line = String::new();
            let read = file.by_ref().take(MAX_LINE_BYTES).read_line(&mut line);
            if read.context("the export's events cannot be read")? == 0 {
                break;
            }
            let event = serde_json::from_str(&line);
            items.push(
                event.with_context(|| format!("a line of {EVENTS} after position {position} is no event"))?,
            );
        }
        let next_cursor = (items.len() == EVENTS_PAGE).then(String::new);
        Ok(EventPage { items, next_cursor })
    }
}
