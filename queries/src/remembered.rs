//! Rows that this node remembers, so that questions about them ask no database.
//!
//! A row is remembered with the position that its read model had reached when it was read, in the same statement. It holds
//! as long as the log tells of no later change of its dataset: so a row that was read before a change, and arrives after it,
//! is not given. None is given while this node does not know what others change.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use metrics::{Counter, counter};
use moka::sync::Cache;
use vault_domain::{DatasetId, TenantId};
use vault_projections::read::{DatasetRow, FoundDataset};

use crate::tail::Tail;

/// The longest that a row is remembered. What changes it drops it at once; this bounds what nobody thought of.
const LIFETIME: Duration = Duration::from_mins(5);
/// Where changes are noted: datasets whose ids end alike share a place, and change together.
const PLACES: u128 = 65_536;
/// For how many bytes a row counts besides its texts, and for how many each byte of its JSON.
const ROW_BYTES: usize = 512;
const BYTES_OF_JSON: usize = 8;

/// Rows of datasets.
pub struct RememberedRows {
    tail: Arc<Tail>,
    max_bytes: u64,
    known: Cache<(TenantId, DatasetId), Remembered>,
    /// The position of the last change of the datasets of each place.
    changed: Box<[AtomicU64]>,
    /// What changed up to this position is not known.
    unknown: AtomicU64,
    /// Which copy of the read model serves.
    copy: AtomicI64,
    reads: Reads,
}

/// A row, and as of when.
#[derive(Clone)]
struct Remembered {
    row: Arc<DatasetRow>,
    as_of: u64,
    copy: i64,
}

/// How reads went.
struct Reads {
    hit: Counter,
    missed: Counter,
    bypassed: Counter,
    dropped: Counter,
}

/// How it stands with what is remembered.
#[derive(Debug, Clone, Copy)]
pub struct RowsState {
    /// Whether it is used: this node knows what others change.
    pub is_current: bool,
    /// About how many rows there are.
    pub rows: u64,
    /// About how many bytes they take.
    pub size_bytes: u64,
}

impl RememberedRows {
    /// Remembers rows of about so many bytes, none if 0, as long as this tail tells what changes. Install the metrics recorder
    /// first.
    #[must_use]
    pub fn new(tail: Arc<Tail>, max_bytes: u64) -> Self {
        let reads = |outcome| counter!("remembered_rows_reads_total", "outcome" => outcome);
        Self {
            tail,
            max_bytes,
            known: Cache::builder()
                .max_capacity(max_bytes)
                .weigher(|_, remembered: &Remembered| weight(&remembered.row))
                .time_to_live(LIFETIME)
                .build(),
            changed: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
            unknown: AtomicU64::new(0),
            copy: AtomicI64::new(0),
            reads: Reads {
                hit: reads("hit"),
                missed: reads("miss"),
                bypassed: reads("bypass"),
                dropped: counter!("remembered_rows_dropped_total"),
            },
        }
    }

    /// What tells which of them still hold.
    #[must_use]
    pub fn tail(&self) -> &Tail {
        &self.tail
    }

    /// The row of a dataset, if it is remembered and holds.
    pub(crate) fn get(&self, tenant: TenantId, dataset: DatasetId) -> Option<Arc<DatasetRow>> {
        if self.max_bytes == 0 || !self.tail.is_current() {
            self.reads.bypassed.increment(1);
            return None;
        }
        let found = self.known.get(&(tenant, dataset));
        if let Some(found) = found.filter(|found| self.holds(dataset, found)) {
            self.reads.hit.increment(1);
            return Some(found.row);
        }
        self.reads.missed.increment(1);
        None
    }

    /// Remembers a row that was read, unless it changed meanwhile.
    pub(crate) fn keep(&self, tenant: TenantId, dataset: DatasetId, found: FoundDataset) -> Arc<DatasetRow> {
        let row = Arc::new(found.row);
        if self.max_bytes == 0 {
            return row;
        }
        let remembered = Remembered {
            row: Arc::clone(&row),
            as_of: found.as_of.unsigned_abs(),
            copy: found.copy,
        };
        let key = (tenant, dataset);
        self.known.insert(key, remembered.clone());
        // after it is there: a change that came before leaves nothing behind, a later one drops it
        if !self.holds(dataset, &remembered) {
            self.known.invalidate(&key);
        }
        row
    }

    /// Forgets a dataset, which has changed at a position.
    pub fn forget(&self, tenant: TenantId, dataset: DatasetId, position: u64) {
        self.changed_at(dataset).fetch_max(position, Ordering::AcqRel);
        self.known.invalidate(&(tenant, dataset));
        self.reads.dropped.increment(1);
    }

    /// Forgets everything: what changed up to a position is not known.
    pub fn forget_all(&self, unknown: u64) {
        self.unknown.fetch_max(unknown, Ordering::AcqRel);
        self.known.invalidate_all();
    }

    /// Forgets what another copy of the read model said than the one that serves.
    pub fn serve_copy(&self, copy: i64) {
        if self.copy.swap(copy, Ordering::AcqRel) != copy {
            self.known.invalidate_all();
        }
    }

    /// How it stands; nothing where no row is remembered.
    #[must_use]
    pub fn state(&self) -> Option<RowsState> {
        (self.max_bytes > 0).then(|| RowsState {
            is_current: self.tail.is_current(),
            rows: self.known.entry_count(),
            size_bytes: self.known.weighted_size(),
        })
    }

    fn holds(&self, dataset: DatasetId, remembered: &Remembered) -> bool {
        let changed = self.changed_at(dataset).load(Ordering::Acquire);
        let unknown = self.unknown.load(Ordering::Acquire);
        remembered.as_of >= changed.max(unknown) && remembered.copy == self.copy.load(Ordering::Acquire)
    }

    fn changed_at(&self, dataset: DatasetId) -> &AtomicU64 {
        let place = usize::try_from(dataset.as_uuid().as_u128() % PLACES).unwrap_or_default();
        &self.changed[place]
    }
}

/// About how many bytes a row takes.
fn weight(row: &DatasetRow) -> u32 {
    let texts = [&row.description, &row.task_type].into_iter().flatten();
    let texts = texts.chain(&row.tags).chain([&row.name, &row.status]);
    let json = [&row.schema, &row.settings].into_iter().flatten();
    let json: usize = json.map(|value| value.to_string().len()).sum();
    let bytes = ROW_BYTES + texts.map(String::len).sum::<usize>() + json * BYTES_OF_JSON;
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
