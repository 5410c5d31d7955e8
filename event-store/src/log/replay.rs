//! Reading the log from a position to its end, as fast as Postgres gives it out.

use futures::TryStreamExt as _;
use sqlx::{PgConnection, Postgres, pool::PoolConnection};
use tokio::{sync::mpsc, task::JoinHandle};

use super::{PageLimit, StoredEvent, check_gap_free, copied::copied_event};
use crate::{database::Database, error::LoadError};

/// How many pages are read ahead of whoever takes them.
const PAGES_AHEAD: usize = 2;
/// How many events one COPY gives out at most: its snapshot is kept until they are taken.
const STRETCH_EVENTS: u32 = 50_000;

/// Pages of the log, in order, each read while the one before is being used. Ends at the log's end.
pub struct Replay {
    pages: mpsc::Receiver<Result<Vec<StoredEvent>, LoadError>>,
    reader: JoinHandle<()>,
}

impl Replay {
    pub(super) fn start(database: Database, after: u64, limit: PageLimit) -> Self {
        let (pages, taken) = mpsc::channel(PAGES_AHEAD);
        let reader = Reader {
            database,
            limit,
            pages,
        };
        Self {
            pages: taken,
            reader: tokio::spawn(reader.run(after)),
        }
    }

    /// The next page, never empty; `None` at the log's end.
    ///
    /// # Errors
    /// [`LoadError::Gap`] when an event is missing, [`LoadError::Database`] when reading fails. Nothing follows.
    pub async fn next_page(&mut self) -> Result<Option<Vec<StoredEvent>>, LoadError> {
        self.pages.recv().await.transpose()
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// What a replay waits for.
type Pages = mpsc::Sender<Result<Vec<StoredEvent>, LoadError>>;

struct Reader {
    database: Database,
    limit: PageLimit,
    pages: Pages,
}

impl Reader {
    async fn run(self, after: u64) {
        if let Err(error) = self.read(after).await {
            // whoever dropped the replay needs no answer
            let _ = self.pages.send(Err(error)).await;
        }
    }

    async fn read(&self, mut after: u64) -> Result<(), LoadError> {
        let archive = &self.database.archive;
        let mut connection = self.connect().await?;
        loop {
            let begun = after;
            if archive.holds(after.saturating_add(1)) {
                let page = archive
                    .read_after(&mut *connection, after, self.limit.events)
                    .await?;
                self.give(page, &mut after).await?;
            } else {
                match self.copy_stretch(&mut connection, &mut after).await {
                    // the rows may have been archived meanwhile
                    Err(LoadError::Gap { .. }) if archive.learn(&self.database.writer).await? > after => {
                        connection = self.connect().await?;
                        continue;
                    }
                    read => read?,
                }
            }
            if after == begun || self.pages.is_closed() {
                return Ok(());
            }
        }
    }

    async fn connect(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let mut connection = self.database.writer.acquire().await?;
        // it may be left amid a COPY, from which it could not be used again
        connection.close_on_drop();
        Ok(connection)
    }

    /// Reads by COPY, which spares both sides the costs of a result set.
    async fn copy_stretch(&self, connection: &mut PgConnection, after: &mut u64) -> Result<(), LoadError> {
        // COPY takes no parameters, and numbers need no quoting
        let query = format!(
            "COPY (SELECT position, tenant_position, event_id, tenant_id, aggregate_type, aggregate_id, sequence, \
             event_type, event_version, payload, metadata, recorded_at, event_hash FROM events \
             WHERE position > {after} ORDER BY position LIMIT {stretch}) TO STDOUT (FORMAT binary)",
            stretch = STRETCH_EVENTS.max(self.limit.events),
        );
        let mut rows = connection.copy_out_raw(&query).await?;
        let (mut page, mut room, mut is_first) = (Vec::new(), self.limit.room(), true);
        while let Some(row) = rows.try_next().await? {
            let event = copied_event(&row, is_first)?;
            is_first = false;
            let Some(event) = event else { continue };
            if !room.takes(&event) {
                self.give(std::mem::take(&mut page), after).await?;
                room = self.limit.room();
                room.takes(&event);
            }
            page.push(event);
        }
        self.give(page, after).await
    }

    /// Hands a page over that follows a position, and moves that to the page's end.
    async fn give(&self, page: Vec<StoredEvent>, after: &mut u64) -> Result<(), LoadError> {
        check_gap_free(&page, *after)?;
        if let Some(last) = page.last() {
            *after = last.position;
            // whoever dropped the replay needs no more
            let _ = self.pages.send(Ok(page)).await;
        }
        Ok(())
    }
}
