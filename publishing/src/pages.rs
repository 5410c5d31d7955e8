//! The log as the publisher reads it: at its end by what has come, far behind it as fast as Postgres gives it out.

use vault_event_store::{Log, PageLimit, Replay, StoredEvent};

use crate::error::PublishError;

/// How many events are read at a time. Of so many, or of 8 MiB, six are in memory while much waits to be sent: read, made
/// into messages, and sent.
pub(crate) const FULL_PAGE: u16 = 4_000;

const PAGE: PageLimit = PageLimit {
    events: FULL_PAGE as u32,
    payload_bytes: 8 << 20,
};

/// The log after a position, page by page.
pub(crate) struct Pages {
    log: Log,
    /// What the last page ended with.
    reached: u64,
    /// Reads on while pages are full.
    replay: Option<Replay>,
}

impl Pages {
    /// What follows a position.
    pub(crate) const fn after(log: Log, position: u64) -> Self {
        Self {
            log,
            reached: position,
            replay: None,
        }
    }

    /// The next page; an empty one at the log's end.
    pub(crate) async fn next(&mut self) -> Result<Vec<StoredEvent>, PublishError> {
        let replayed = match &mut self.replay {
            Some(replay) => replay.next_page().await?,
            None => None,
        };
        let page = if let Some(page) = replayed {
            page
        } else {
            self.replay = None;
            self.log.read_page(self.reached, PAGE).await?
        };
        if let Some(last) = page.last() {
            self.reached = last.position;
        }
        if self.replay.is_none() && page.len() == usize::from(FULL_PAGE) {
            self.replay = Some(self.log.replay(self.reached, PAGE));
        }
        Ok(page)
    }
}
