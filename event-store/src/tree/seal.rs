//! One step of sealing: checks the events that were committed since the last one, adds them to the tree and signs it.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use super::{
    Entry, Frontier, InvalidNote, TreeHash,
    checkpoint::TreeHead,
    keys::{KeyError, LogKeys},
    origin,
    read::{TreeError, read_tiles},
    tiles::Tile,
};
use crate::{
    advisory_lock::AdvisoryLock,
    error::LoadError,
    hash::BatchMacKey,
    log::{Log, StoredEvent},
};

/// The most batches of one step.
const MAX_BATCHES: usize = 1_000;
/// The most events of one step, unless one batch alone has more.
const MAX_EVENTS: u64 = 50_000;
/// How many events are held in memory at once.
const PAGE_EVENTS: u32 = 500;
/// How long an operator's command waits for the sealer.
const SEAL_LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '60s'";

/// Holds up sealing until the transaction ends.
pub(super) async fn lock_sealing(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(SEAL_LOCK_TIMEOUT).execute(&mut *connection).await?;
    AdvisoryLock::Seal.wait(connection).await
}

/// Why sealing stands still: the log is not what the appenders wrote. Nothing beyond is vouched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealRefusal {
    /// No appender's batch holds the event.
    #[error("the event at position {0} belongs to no batch")]
    NoBatch(u64),
    /// The batch was not written by an appender, or its events are not those that were.
    #[error("the MAC of the batch that begins at position {0} is wrong")]
    Mac(u64),
    /// The event's content is not what was hashed.
    #[error("the event at position {0} does not have its hash")]
    Content(u64),
    /// An event is missing.
    #[error("the event at position {0} is missing")]
    Missing(u64),
    /// The stored tree is not that of the last signed head.
    #[error("the stored tree of {0} events is not the one that was signed")]
    Tree(u64),
    /// The last signed head is an earlier one than this process has signed or seen.
    #[error(
        "the log was put back while it was served: its last signed head covers {0} events and covered more; see \
         `audit new-origin`"
    )]
    PutBack(u64),
}

impl SealRefusal {
    /// Where the log is at fault.
    #[must_use]
    pub const fn position(self) -> u64 {
        match self {
            Self::NoBatch(at) | Self::Mac(at) | Self::Content(at) | Self::Missing(at) | Self::Tree(at) => at,
            Self::PutBack(size) => size + 1,
        }
    }
}

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The log is at fault.
    #[error(transparent)]
    Refused(#[from] SealRefusal),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The log could not be read.
    #[error("the log could not be read")]
    Log(#[source] LoadError),
    /// The tree could not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The signing key could not be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A head could not be written as a note.
    #[error(transparent)]
    Note(#[from] InvalidNote),
}

/// What one step did.
pub(super) enum Step {
    /// Another process seals.
    NotLeader,
    /// The tree now covers the log up to here; whether more waited than one step takes.
    Sealed { sealed: Sealed, more: bool },
}

/// How far an origin is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sealed {
    pub(super) origin: i32,
    pub(super) head: TreeHead,
}

/// Seals what was committed, as one process of all.
pub(super) struct Seal<'a> {
    pub(super) pool: &'a PgPool,
    pub(super) log: &'a Log,
    pub(super) keys: &'a LogKeys,
    pub(super) mac_key: &'a BatchMacKey,
    /// How far this process knows the log to be sealed.
    pub(super) known: Option<Sealed>,
}

impl Seal<'_> {
    /// Checks, adds and signs what waits, at most so much as is good for one transaction.
    pub(super) async fn step(&self, now: DateTime<Utc>) -> Result<Step, SealError> {
        let mut transaction = self.pool.begin().await?;
        let leads = AdvisoryLock::Seal.try_for_transaction(&mut transaction).await?;
        if !leads {
            return Ok(Step::NotLeader);
        }
        // read at each step: an operator may have changed either
        let origin = origin::current(&mut *transaction).await?.number;
        let signer = self.keys.signer(&mut transaction).await?;
        let mut frontier = restore(&mut transaction).await?;
        let sealed = frontier.size();
        if self
            .known
            .is_some_and(|known| known.origin == origin && known.head.size > sealed)
        {
            return Err(SealRefusal::PutBack(sealed).into());
        }
        let batches = batches_after(&mut *transaction, sealed).await?;
        let Some(last) = batches.back().map(|batch| batch.last) else {
            self.refuse_strays(sealed).await?;
            forget_refusals(&mut transaction).await?;
            transaction.commit().await?;
            let head = frontier.head();
            return Ok(Step::Sealed {
                sealed: Sealed { origin, head },
                more: false,
            });
        };
        // what was committed meanwhile waits for the next head
        let more = batches.len() >= MAX_BATCHES || last - sealed >= MAX_EVENTS;
        let full = self.add(&mut frontier, batches, last).await?;
        let head = frontier.head();
        store(&mut transaction, &frontier, full).await?;
        sqlx::query(
            "INSERT INTO log_checkpoints (size, root, note, signed_at, origin) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(head.size.cast_signed())
        .bind(head.root.as_slice())
        .bind(signer.checkpoint(head)?)
        .bind(now)
        .bind(origin)
        .execute(&mut *transaction)
        .await?;
        self.keys
            .hand_over(&mut transaction, &signer, head.size, None)
            .await?;
        forget_refusals(&mut transaction).await?;
        transaction.commit().await?;
        let sealed = Sealed { origin, head };
        Ok(Step::Sealed { sealed, more })
    }

    /// Adds the events up to `last` to the tree; returns the tiles that were filled.
    async fn add(
        &self,
        frontier: &mut Frontier,
        mut batches: VecDeque<BatchRow>,
        last: u64,
    ) -> Result<Vec<Tile>, SealError> {
        let mut full = Vec::new();
        let mut hashes = Vec::new();
        while frontier.size() < last {
            let left = u32::try_from(last - frontier.size()).unwrap_or(u32::MAX);
            let page = match self.log.read_after(frontier.size(), left.min(PAGE_EVENTS)).await {
                Ok(page) if page.is_empty() => return Err(SealRefusal::Missing(frontier.size() + 1).into()),
                Ok(page) => page,
                Err(LoadError::Gap { after }) => return Err(SealRefusal::Missing(after + 1).into()),
                Err(error) => return Err(SealError::Log(error)),
            };
            for event in page {
                let Some(batch) = batches.front() else { break };
                let hash = checked_hash(&event)?;
                hashes.push(hash);
                frontier.push(entry(&event, hash).leaf_hash(), &mut full);
                if event.position == batch.last {
                    batch.check(&hashes, self.mac_key)?;
                    hashes.clear();
                    batches.pop_front();
                }
            }
        }
        Ok(full)
    }

    /// Refuses a log that ends before its last signed head, or goes on without a batch.
    async fn refuse_strays(&self, sealed: u64) -> Result<(), SealError> {
        let last = self.log.last_position().await.map_err(SealError::Log)?;
        if last < sealed {
            return Err(SealRefusal::Missing(last + 1).into());
        }
        if last == sealed {
            return Ok(());
        }
        // they may have been committed after the batches were read
        let batch: Option<i64> = sqlx::query_scalar("SELECT max(last_position) FROM event_batches")
            .fetch_one(self.pool)
            .await?;
        if batch.is_none_or(|batch| batch.unsigned_abs() <= sealed) {
            return Err(SealRefusal::NoBatch(sealed + 1).into());
        }
        Ok(())
    }
}

/// The hash of an event, which its content has and its row names.
fn checked_hash(event: &StoredEvent) -> Result<TreeHash, SealRefusal> {
    let hash = event.computed_hash();
    if event.event_hash == hash {
        Ok(hash)
    } else {
        Err(SealRefusal::Content(event.position))
    }
}

fn entry(event: &StoredEvent, event_hash: TreeHash) -> Entry {
    Entry {
        position: event.position,
        tenant_position: event.tenant_position,
        event_hash,
    }
}

/// A group commit, as it is stored.
pub(super) struct BatchRow {
    first: u64,
    pub(super) last: u64,
    mac: Vec<u8>,
    refused: Vec<u8>,
}

impl BatchRow {
    /// Whether an appender submitted these hashes, and those that it was refused.
    pub(super) fn check(&self, stored: &[TreeHash], key: &BatchMacKey) -> Result<(), SealRefusal> {
        let submitted = self.submitted(stored).ok_or(SealRefusal::Mac(self.first))?;
        if key.verify(submitted.iter().map(<[u8; 32]>::as_slice), &self.mac) {
            Ok(())
        } else {
            Err(SealRefusal::Mac(self.first))
        }
    }

    /// All hashes in the order in which they were submitted. A refused one is stored as 4 bytes of index and 32 of hash.
    fn submitted(&self, stored: &[TreeHash]) -> Option<Vec<TreeHash>> {
        let mut stored = stored.iter();
        let mut submitted = Vec::with_capacity(stored.len());
        let refused = self.refused.chunks_exact(36);
        if !refused.remainder().is_empty() {
            return None;
        }
        for entry in refused {
            let (index, hash) = entry.split_first_chunk()?;
            let index = u32::from_be_bytes(*index) as usize;
            while submitted.len() < index {
                submitted.push(*stored.next()?);
            }
            submitted.push(hash.try_into().ok()?);
        }
        submitted.extend(stored);
        Some(submitted)
    }
}

/// The edge of the tree that was signed last.
async fn restore(connection: &mut PgConnection) -> Result<Frontier, SealError> {
    let last: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT size, root FROM log_checkpoints ORDER BY size DESC LIMIT 1")
            .fetch_optional(&mut *connection)
            .await?;
    let Some((size, root)) = last else {
        return Ok(Frontier::default());
    };
    let size = size.unsigned_abs();
    let tiles = read_tiles(connection, &Frontier::unfinished(size)).await?;
    let frontier = Frontier::restore(size, tiles).filter(|frontier| frontier.head().root.as_slice() == root);
    Ok(frontier.ok_or(SealRefusal::Tree(size))?)
}

/// Why batches could not be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum BatchesError {
    #[error(transparent)]
    Refused(#[from] SealRefusal),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<BatchesError> for SealError {
    fn from(error: BatchesError) -> Self {
        match error {
            BatchesError::Refused(refusal) => refusal.into(),
            BatchesError::Database(error) => error.into(),
        }
    }
}

/// Some of the batches that follow a position, without a gap.
pub(super) async fn batches_after(
    executor: impl sqlx::PgExecutor<'_>,
    sealed: u64,
) -> Result<VecDeque<BatchRow>, BatchesError> {
    let rows: Vec<(i64, i64, Vec<u8>, Vec<u8>)> = sqlx::query_as(
        "SELECT first_position, last_position, mac, refused FROM event_batches \
         WHERE first_position > $1 AND first_position <= $1 + $2 ORDER BY first_position LIMIT $3",
    )
    .bind(sealed.cast_signed())
    .bind(MAX_EVENTS.cast_signed())
    .bind(i64::try_from(MAX_BATCHES).unwrap_or(i64::MAX))
    .fetch_all(executor)
    .await?;
    let mut next = sealed + 1;
    let mut batches = VecDeque::with_capacity(rows.len());
    for (first, last, mac, refused) in rows {
        let (first, last) = (first.unsigned_abs(), last.unsigned_abs());
        if first != next || last < first {
            return Err(SealRefusal::NoBatch(next).into());
        }
        next = last + 1;
        batches.push_back(BatchRow {
            first,
            last,
            mac,
            refused,
        });
    }
    Ok(batches)
}

/// What stood in the way stands there no more.
async fn forget_refusals(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM log_seal_refusals")
        .execute(connection)
        .await?;
    Ok(())
}

async fn store(
    transaction: &mut Transaction<'_, Postgres>,
    frontier: &Frontier,
    full: Vec<Tile>,
) -> Result<(), SealError> {
    let tiles: Vec<Tile> = full.into_iter().chain(frontier.unfinished_tiles()).collect();
    let levels: Vec<i16> = tiles.iter().map(|tile| i16::from(tile.level)).collect();
    let numbers: Vec<i64> = tiles.iter().map(|tile| tile.number.cast_signed()).collect();
    let hashes: Vec<&[u8]> = tiles.iter().map(|tile| tile.hashes.as_slice()).collect();
    sqlx::query(
        "INSERT INTO log_tiles (level, number, hashes) SELECT * FROM unnest($1, $2, $3) \
         ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes",
    )
    .bind(levels)
    .bind(numbers)
    .bind(hashes)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
