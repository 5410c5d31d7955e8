//! Reading the log from a position to its end, as fast as Postgres gives it out.

use futures::TryStreamExt as _;
use sqlx::PgConnection;
use tokio::{sync::mpsc, task::JoinHandle};

use super::{StoredEvent, check_gap_free, copied::copied_event};
use crate::{database::Database, error::LoadError};

/// How many pages are read ahead of whoever takes them.
const PAGES_AHEAD: usize = 2;

/// Pages of the log, in order, each read while the one before is being used. Ends at the log's end.
pub struct Replay {
    pages: mpsc::Receiver<Result<Vec<StoredEvent>, LoadError>>,
    reader: JoinHandle<()>,
}

impl Replay {
    pub(super) fn start(database: Database, after: u64, page_events: u32) -> Self {
        let (sender, pages) = mpsc::channel(PAGES_AHEAD);
        let reader = tokio::spawn(read(database, after, page_events, sender));
        Self { pages, reader }
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

async fn read(
    database: Database,
    mut after: u64,
    page_events: u32,
    pages: mpsc::Sender<Result<Vec<StoredEvent>, LoadError>>,
) {
    let mut connection = match database.writer.acquire().await {
        Ok(connection) => connection,
        Err(error) => {
            // whoever dropped the replay needs no answer
            let _ = pages.send(Err(error.into())).await;
            return;
        }
    };
    // it may be left amid a COPY, from which it could not be used again
    connection.close_on_drop();
    loop {
        let page = read_page(&database, &mut connection, after, page_events).await;
        let last = page.as_ref().ok().and_then(|events| events.last());
        let next = last.map(|event| event.position);
        let at_end = page.as_ref().is_ok_and(Vec::is_empty);
        if at_end || pages.send(page).await.is_err() {
            return;
        }
        let Some(next) = next else { return };
        after = next;
    }
}

/// One page, from the table or from the archive.
async fn read_page(
    database: &Database,
    connection: &mut PgConnection,
    after: u64,
    page_events: u32,
) -> Result<Vec<StoredEvent>, LoadError> {
    let archive = &database.archive;
    if archive.holds(after.saturating_add(1)) {
        return archive.read_after(connection, after, page_events).await;
    }
    match copy_page(connection, after, page_events).await {
        Err(LoadError::Gap { .. }) if archive.learn(&mut *connection).await? > after => {
            archive.read_after(connection, after, page_events).await
        }
        page => page,
    }
}

/// One page by COPY, which spares both sides the costs of a result set.
async fn copy_page(
    connection: &mut PgConnection,
    after: u64,
    page_events: u32,
) -> Result<Vec<StoredEvent>, LoadError> {
    // COPY takes no parameters, and numbers need no quoting
    let query = format!(
        "COPY (SELECT position, tenant_position, event_id, tenant_id, aggregate_type, aggregate_id, sequence, \
         event_type, event_version, payload, metadata, recorded_at, event_hash FROM events \
         WHERE position > {after} ORDER BY position LIMIT {page_events}) TO STDOUT (FORMAT binary)"
    );
    let mut rows = connection.copy_out_raw(&query).await?;
    let mut events = Vec::new();
    let mut is_first = true;
    while let Some(row) = rows.try_next().await? {
        events.extend(copied_event(&row, is_first)?);
        is_first = false;
    }
    check_gap_free(&events, after)?;
    Ok(events)
}
