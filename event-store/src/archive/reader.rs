//! Reading events out of bundles, block by block.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use moka::sync::Cache;
use object_store::{ObjectStore, ObjectStoreExt as _, path::Path};
use sqlx::PgExecutor;
use tokio::sync::Semaphore;

use super::{
    blocks::{BlockRow, blocks_after, removed_to},
    bundle,
    error::{BundleError, BundleFault},
};
use crate::{
    error::LoadError,
    log::{StoredEvent, check_gap_free},
};

/// How many bytes of opened blocks a process keeps, about.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// What an event takes in memory beside its texts, about.
const EVENT_OVERHEAD_BYTES: usize = 400;
/// The most blocks that one reader opens at once.
pub(super) const MAX_BLOCKS_AT_ONCE: usize = 8;
/// How many readers of a process open blocks at the same time; the others wait.
const MAX_READERS: usize = 4;

/// The events of a block, shared by all who read it.
pub(super) type Block = Arc<Vec<StoredEvent>>;

/// The bundles of a log, as far as this process knows them. Cheap to clone.
///
/// A block holds events of all tenants, as a page of the table does: whoever reads for a tenant picks its events.
#[derive(Clone)]
pub(crate) struct Archive {
    objects: Option<Arc<dyn ObjectStore>>,
    opened: Cache<u64, Block>,
    /// Up to here events may be missing from the table. Grows only; what is known may be behind.
    removed_to: Arc<AtomicU64>,
    readers: Arc<Semaphore>,
}

impl Archive {
    pub(crate) fn new(objects: Option<Arc<dyn ObjectStore>>) -> Self {
        Self::with_cache(objects, CACHE_BYTES)
    }

    /// The same bundles for whoever wants to see what is there now, and not what was there.
    pub(crate) fn uncached(&self) -> Self {
        Self::with_cache(self.objects.clone(), 0)
    }

    fn with_cache(objects: Option<Arc<dyn ObjectStore>>, cache_bytes: u64) -> Self {
        let opened = Cache::builder()
            .max_capacity(cache_bytes)
            .weigher(|_, block: &Block| {
                let bytes: usize = block
                    .iter()
                    .map(|event| event.payload.len() + event.metadata.len() + EVENT_OVERHEAD_BYTES)
                    .sum();
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .build();
        Self {
            objects,
            opened,
            removed_to: Arc::default(),
            readers: Arc::new(Semaphore::new(MAX_READERS)),
        }
    }

    pub(super) const fn objects(&self) -> Option<&Arc<dyn ObjectStore>> {
        self.objects.as_ref()
    }

    /// Whether the event at a position is known to be one that may be in a bundle alone.
    pub(crate) fn holds(&self, position: u64) -> bool {
        position <= self.removed_to.load(Ordering::Acquire)
    }

    /// Asks the database up to where events may be missing from the table, and remembers it.
    pub(crate) async fn learn(&self, executor: impl PgExecutor<'_>) -> Result<u64, sqlx::Error> {
        let known = removed_to(executor).await?;
        self.removed_to.fetch_max(known, Ordering::AcqRel);
        Ok(known)
    }

    /// Archived events after a position, at least one, at most `limit`, in order and without a gap.
    pub(crate) async fn read_after(
        &self,
        executor: impl PgExecutor<'_>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, LoadError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut rows = blocks_after(executor, after, MAX_BLOCKS_AT_ONCE).await?;
        let wanted = after.saturating_add(limit as u64);
        rows.retain(|row| row.first() <= wanted);
        let blocks = self.open(&rows).await?;
        let events: Vec<StoredEvent> = blocks
            .iter()
            .flat_map(|block| block.iter())
            .filter(|event| event.position > after)
            .take(limit)
            .cloned()
            .collect();
        if events.is_empty() && limit > 0 {
            return Err(LoadError::Gap { after });
        }
        check_gap_free(&events, after)?;
        Ok(events)
    }

    /// The blocks at these places, at most [`MAX_BLOCKS_AT_ONCE`], in their order.
    pub(super) async fn open(&self, rows: &[BlockRow]) -> Result<Vec<Block>, BundleError> {
        let mut blocks = Vec::with_capacity(rows.len());
        for of_bundle in rows.chunk_by(|one, other| one.object_name == other.object_name) {
            let mut missing = Vec::new();
            for row in of_bundle {
                let known = self.opened.get(&row.first());
                if known.is_none() {
                    missing.push(row.clone());
                }
                blocks.push((row.first(), known));
            }
            if missing.is_empty() {
                continue;
            }
            let opened = self.fetch(missing).await?;
            let mut opened = opened.into_iter();
            for (first, block) in blocks.iter_mut().filter(|(_, block)| block.is_none()) {
                *block = opened.next();
                if let Some(block) = block {
                    self.opened.insert(*first, Arc::clone(block));
                }
            }
        }
        Ok(blocks.into_iter().filter_map(|(_, block)| block).collect())
    }

    /// Reads blocks of one bundle, and checks each.
    async fn fetch(&self, rows: Vec<BlockRow>) -> Result<Vec<Block>, BundleError> {
        let Some(any) = rows.first() else {
            return Ok(Vec::new());
        };
        let objects = self.objects().ok_or_else(|| any.not_configured())?;
        // it is never closed
        let _turn = self.readers.acquire().await;
        let begun = Instant::now();
        let ranges: Vec<_> = rows
            .iter()
            .map(|row| {
                let offset = row.offset_bytes.unsigned_abs();
                offset..offset + row.size_bytes.unsigned_abs().min(bundle::MAX_STORED_BLOCK_BYTES)
            })
            .collect();
        let name = Path::from(any.object_name.as_str());
        let stored = match objects.get_ranges(&name, &ranges).await {
            Ok(stored) => stored,
            Err(error) => return Err(self.diagnose(any, error).await),
        };
        let unopened = any.damaged(BundleFault::Altered);
        let opened = tokio::task::spawn_blocking(move || {
            let open = |(row, bytes): (&BlockRow, &bytes::Bytes)| {
                bundle::open(bytes, &row.sha256, row.first(), row.last())
                    .map(Arc::new)
                    .ok_or_else(|| row.damaged(BundleFault::Altered))
            };
            rows.iter().zip(&stored).map(open).collect::<Result<Vec<_>, _>>()
        });
        // the task only ends without an answer when it panics or the process ends
        let opened = opened.await.map_err(|_| unopened)??;
        metrics::histogram!("log_archive_read_seconds").record(begun.elapsed());
        Ok(opened)
    }

    /// Whether a bundle is gone or too short, or the object store does not answer.
    async fn diagnose(&self, row: &BlockRow, error: object_store::Error) -> BundleError {
        if matches!(error, object_store::Error::NotFound { .. }) {
            return row.damaged(BundleFault::Missing);
        }
        let Some(objects) = self.objects() else {
            return row.not_configured();
        };
        match objects.head(&Path::from(row.object_name.as_str())).await {
            Ok(found) if found.size != row.object_bytes.unsigned_abs() => row.damaged(BundleFault::Altered),
            Err(object_store::Error::NotFound { .. }) => row.damaged(BundleFault::Missing),
            _ => row.failed(error),
        }
    }
}
