//! Archiving, in steps that may break off anywhere: a range is proved, written, read back, registered, and only then are
//! its rows removed.

use std::sync::Arc;

use chrono::TimeDelta;
use sqlx::{Connection as _, PgConnection};
use vault_domain::Clock;

use super::{
    bundle::{self, Bundle, MAX_BUNDLE_BYTES, MAX_BUNDLE_EVENTS, Unbundled},
    error::ArchiveError,
    plan::{ArchivePlan, Archived, Closing},
    registration::register,
    removal::remove_registered,
    writing::{left_behind, store},
};
use crate::{
    advisory_lock::AdvisoryLock,
    database::Database,
    error::LoadError,
    log::{Log, StoredEvent},
    tree::{HeadVerifier, RangeDoubt, Tree},
};

/// What was recorded so short a while ago is not archived: an appender that lost its connection may yet look it up.
const SETTLED: TimeDelta = TimeDelta::seconds(15);
/// How many events are read at once.
const PAGE_EVENTS: u32 = 2_000;

/// Moves old events into bundles.
pub struct Archiver {
    /// The log, with its archive.
    pub database: Database,
    /// The keys that signed heads are trusted by.
    pub keys: HeadVerifier,
    /// Tells what is old.
    pub clock: Arc<dyn Clock>,
}

impl Archiver {
    /// What a run would archive, if bundles are filled by their number of events.
    ///
    /// # Errors
    /// When log or tree cannot be read.
    pub async fn preview(&self, plan: &ArchivePlan) -> Result<Archived, ArchiveError> {
        let log = Log::new(self.database.clone());
        let state = log.archive_state().await?;
        let limit = self.limit(&log, plan).await?;
        let full = MAX_BUNDLE_EVENTS as u64;
        let waiting = limit.saturating_sub(state.archived_position);
        let bundles = match plan.closing {
            Closing::Full => waiting / full,
            Closing::Any => waiting.div_ceil(full),
        };
        let events = waiting.min(bundles * full);
        Ok(Archived {
            bundles,
            events,
            archived_position: state.archived_position + events,
            removed_position: state.removed_position,
            ..Archived::default()
        })
    }

    /// Archives what there is to archive, and ends what an earlier run began; `None` when another process is at it.
    /// `progress` is told how far the log is archived, and how far it is to be.
    ///
    /// # Errors
    /// When events are not those of the signed tree, or a part is away. What was archived before is kept.
    pub async fn run(
        &self,
        plan: &ArchivePlan,
        mut progress: impl FnMut(u64, u64) + Send,
    ) -> Result<Option<Archived>, ArchiveError> {
        let objects = self
            .database
            .archive
            .objects()
            .cloned()
            .ok_or(ArchiveError::NotConfigured)?;
        let mut lease = PgConnection::connect_with(self.database.archiver_options()).await?;
        let leads = AdvisoryLock::Archive.try_for_connection(&mut lease).await?;
        if !leads {
            return Ok(None);
        }
        let log = Log::new(self.database.clone());
        let mut done = Archived {
            removed_rows: self.remove(&mut lease).await?,
            ..Archived::default()
        };
        let limit = self.limit(&log, plan).await?;
        let mut last = log.archive_state().await?.archived_position;
        let mut cut = left_behind(objects.as_ref(), last + 1)
            .await?
            .filter(|cut| *cut <= limit);
        while let Some(events) = next_range(&log, last, cut.take(), limit, plan.closing).await? {
            let bundle = self.bundle(&events).await?;
            let name = store(objects.as_ref(), &bundle, &events).await?;
            register(&mut lease, &bundle, &name, self.clock.now()).await?;
            done.removed_rows += self.remove(&mut lease).await?;
            done.bundles += 1;
            done.events += events.len() as u64;
            done.size_bytes += bundle.bytes.len() as u64;
            last = bundle.last;
            progress(last, limit);
        }
        lease.close().await?;
        let state = log.archive_state().await?;
        (done.archived_position, done.removed_position) = (state.archived_position, state.removed_position);
        Ok(Some(done))
    }

    async fn remove(&self, lease: &mut PgConnection) -> Result<u64, ArchiveError> {
        remove_registered(&self.database, lease, self.clock.now()).await
    }

    /// Up to where the plan, the age of events and the signed tree let the log be archived.
    async fn limit(&self, log: &Log, plan: &ArchivePlan) -> Result<u64, ArchiveError> {
        let before = plan.before.min(self.clock.now() - SETTLED);
        let recorded = log.position_at(before - TimeDelta::microseconds(1)).await?;
        let latest = Tree::new(self.database.clone()).latest().await?;
        Ok(recorded.min(latest.map_or(0, |latest| latest.head.size)))
    }

    /// The bundle of events that are those of the signed tree.
    async fn bundle(&self, events: &[StoredEvent]) -> Result<Bundle, ArchiveError> {
        let tree = Tree::new(self.database.clone());
        let doubtful = |doubt| match doubt {
            RangeDoubt::Event(position) => ArchiveError::Doubtful { position },
            RangeDoubt::Range => ArchiveError::Unproved {
                first: events.first().map_or(0, |event| event.position),
                last: events.last().map_or(0, |event| event.position),
            },
        };
        tree.check_range(&self.keys, events).await?.map_err(doubtful)?;
        bundle::encode(&tree.origin().await?, events).map_err(|error| match error {
            Unbundled::Event(position) => ArchiveError::Doubtful { position },
            Unbundled::Compress(error) => ArchiveError::Compress(error),
        })
    }
}

/// The events of the next bundle, up to `cut` if that is given.
async fn next_range(
    log: &Log,
    last: u64,
    cut: Option<u64>,
    limit: u64,
    closing: Closing,
) -> Result<Option<Vec<StoredEvent>>, ArchiveError> {
    let end = cut.unwrap_or(limit);
    let (mut events, mut bytes, mut is_full) = (Vec::new(), 0, false);
    let mut after = last;
    while after < end && !is_full {
        let left = u32::try_from(end - after).unwrap_or(u32::MAX);
        let page = log.read_after(after, left.min(PAGE_EVENTS)).await?;
        if page.is_empty() {
            return Err(LoadError::Gap { after }.into());
        }
        for event in page {
            if is_full {
                break;
            }
            after = event.position;
            bytes += bundle::line_bytes(&event);
            events.push(event);
            is_full = events.len() == MAX_BUNDLE_EVENTS || bytes >= MAX_BUNDLE_BYTES;
        }
    }
    let is_closed = is_full || cut.is_some() || closing == Closing::Any;
    Ok(Some(events).filter(|events| is_closed && !events.is_empty()))
}
