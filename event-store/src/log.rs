//! Reading the log by position: for projectors, auditors and replay.

mod copied;
mod replay;
mod row;
mod tenant;

use sqlx::PgPool;

pub use replay::Replay;
pub use row::StoredEvent;
pub(crate) use tenant::PageInMaking;
pub use tenant::{EventFilter, EventPage};

use crate::{
    archive::{Archive, position_at},
    database::Database,
    error::LoadError,
};

/// The columns of a [`StoredEvent`].
pub(crate) const COLUMNS: &str = "position, tenant_position, event_id, tenant_id, aggregate_type, aggregate_id, sequence, \
     event_type, event_version, payload::text AS payload, metadata::text AS metadata, recorded_at, event_hash";

/// The most that a page of the log holds; it holds one event however large that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit {
    /// How many events.
    pub events: u32,
    /// How many bytes of payloads.
    pub payload_bytes: u32,
}

impl PageLimit {
    /// So many events, and no more than 16 MiB.
    #[must_use]
    pub const fn of_events(events: u32) -> Self {
        Self {
            events,
            payload_bytes: 16 << 20,
        }
    }

    /// How many of these events make a page.
    fn fitting(self, events: &[StoredEvent]) -> usize {
        let mut room = self.room();
        events.iter().take_while(|event| room.takes(event)).count()
    }

    const fn room(self) -> Room {
        Room {
            events: self.events,
            bytes: self.payload_bytes as usize,
            is_empty: true,
        }
    }
}

/// What a page can still hold.
struct Room {
    events: u32,
    bytes: usize,
    is_empty: bool,
}

impl Room {
    /// Whether the page holds this event, too.
    fn takes(&mut self, event: &StoredEvent) -> bool {
        let bytes = event.payload.len();
        let fits = self.is_empty || (self.events > 0 && bytes <= self.bytes);
        self.is_empty = false;
        self.events = self.events.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
        fits
    }
}

/// The whole log, across tenants, in order of position.
#[derive(Clone)]
pub struct Log {
    database: Database,
}

impl Log {
    /// Reads through these pools.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Where it is read across tenants.
    pub(crate) const fn pool(&self) -> &PgPool {
        &self.database.writer
    }

    pub(crate) const fn archive(&self) -> &Archive {
        &self.database.archive
    }

    /// The events after a position, at most `limit`, in order and without a gap.
    ///
    /// # Errors
    /// [`LoadError::Gap`] when an event is missing, [`LoadError::Database`] when reading fails.
    pub async fn read_after(&self, after: u64, limit: u32) -> Result<Vec<StoredEvent>, LoadError> {
        read_after(&self.database, after, limit).await
    }

    /// The events after a position, at most as many as the limit says, in order and without a gap.
    ///
    /// # Errors
    /// As [`Self::read_after`].
    pub async fn read_page(&self, after: u64, limit: PageLimit) -> Result<Vec<StoredEvent>, LoadError> {
        let mut events = if self.archive().holds(after.saturating_add(1)) {
            self.read_after(after, limit.events).await?
        } else {
            let events = self.read_stored_page(after, limit).await?;
            match check_gap_free(&events, after) {
                // they may have been archived meanwhile
                Err(LoadError::Gap { .. }) => self.read_after(after, limit.events).await?,
                checked => checked.map(|()| events)?,
            }
        };
        events.truncate(limit.fitting(&events));
        Ok(events)
    }

    /// The next events that are not archived, which may leave some out.
    async fn read_stored_page(&self, after: u64, limit: PageLimit) -> Result<Vec<StoredEvent>, sqlx::Error> {
        sqlx::query_as(&format!(
            "SELECT {COLUMNS} FROM (SELECT *, sum(octet_length(payload::text)) OVER up AS bytes, \
             row_number() OVER up AS number \
             FROM (SELECT * FROM events WHERE position > $1 ORDER BY position LIMIT $2) AS next \
             WINDOW up AS (ORDER BY position)) AS summed \
             WHERE bytes <= $3 OR number = 1 ORDER BY position"
        ))
        .bind(after.cast_signed())
        .bind(i64::from(limit.events))
        .bind(i64::from(limit.payload_bytes))
        .fetch_all(self.pool())
        .await
    }

    /// All events after a position, in pages, each read while the one before is being used. For what reads much of the
    /// log at once; [`Self::read_after`] is quicker for a few events.
    ///
    /// Must be called within a tokio runtime.
    #[must_use]
    pub fn replay(&self, after: u64, limit: PageLimit) -> Replay {
        Replay::start(self.database.clone(), after, limit)
    }

    /// The position of the last event; 0 while there is none.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn last_position(&self) -> Result<u64, LoadError> {
        let last: Option<i64> =
            sqlx::query_scalar("SELECT position FROM events ORDER BY position DESC LIMIT 1")
                .fetch_optional(&self.database.writer)
                .await?;
        Ok(last.unwrap_or(0).unsigned_abs())
    }

    /// The position of the last event that was recorded by a time; 0 when there is none.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn position_at(&self, time: chrono::DateTime<chrono::Utc>) -> Result<u64, LoadError> {
        let found: i64 = sqlx::query_scalar("SELECT position_at($1)")
            .bind(time)
            .fetch_one(self.pool())
            .await?;
        // later ones may be archived
        let archived = position_at(&self.database, time).await?;
        Ok(found.unsigned_abs().max(archived))
    }
}

async fn read_after(database: &Database, after: u64, limit: u32) -> Result<Vec<StoredEvent>, LoadError> {
    let (pool, archive) = (&database.writer, &database.archive);
    if archive.holds(after.saturating_add(1)) {
        return archive.read_after(pool, after, limit).await;
    }
    let rows: Vec<StoredEvent> = sqlx::query_as(&format!(
        "SELECT {COLUMNS} FROM events WHERE position > $1 ORDER BY position LIMIT $2"
    ))
    .bind(after.cast_signed())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    match check_gap_free(&rows, after) {
        Err(LoadError::Gap { .. }) if archive.learn(pool).await? > after => {
            archive.read_after(pool, after, limit).await
        }
        checked => checked.map(|()| rows),
    }
}

/// Whether these events follow a position one by one.
pub(crate) fn check_gap_free(events: &[StoredEvent], after: u64) -> Result<(), LoadError> {
    for (event, expected) in events.iter().zip(after + 1..) {
        if event.position != expected {
            return Err(LoadError::Gap { after: expected - 1 });
        }
    }
    Ok(())
}
