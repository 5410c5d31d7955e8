//! Questions of auditors: the tenant's own part of the log.

use std::{sync::Arc, time::Duration};

use futures::{Stream, stream};
use vault_access::{Permit, act};
use vault_domain::TenantId;
use vault_event_store::{EventFilter, EventPage, StoredEvent};

use crate::{Queries, error::QueryError};

/// The most events that a live tail reads at once.
const TAIL_BATCH: usize = 100;
/// The shortest pause between two looks at the log.
const TAIL_PAUSE: Duration = Duration::from_millis(100);
/// How long a live tail waits before it looks at the log unasked.
const TAIL_PATIENCE: Duration = Duration::from_secs(5);

/// The tenant's events after a position, at most `limit`.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.audit.events", skip_all)]
pub async fn events(
    queries: &Queries,
    permit: &Permit<act::AuditRead>,
    after: u64,
    limit: usize,
    filter: &EventFilter,
) -> Result<EventPage, QueryError> {
    Ok(queries
        .log
        .tenant_events(permit.principal().tenant, after, limit, filter)
        .await?)
}

/// The tenant's events after a position, for as long as the caller listens; the stream ends at the first fault.
pub fn tail(
    queries: Arc<Queries>,
    permit: &Permit<act::AuditRead>,
    after: u64,
    filter: EventFilter,
) -> impl Stream<Item = Result<StoredEvent, QueryError>> + use<> {
    let tail = Tail {
        tenant: permit.principal().tenant,
        after,
        filter,
        waiting: Vec::new().into_iter(),
        queries,
    };
    stream::try_unfold(tail, |mut tail| async move {
        let closing = tail.queries.closing.clone();
        let next = closing.run_until_cancelled(tail.next()).await.transpose()?;
        Ok(next.map(|event| (event, tail)))
    })
}

struct Tail {
    queries: Arc<Queries>,
    tenant: TenantId,
    after: u64,
    filter: EventFilter,
    waiting: std::vec::IntoIter<StoredEvent>,
}

impl Tail {
    async fn next(&mut self) -> Result<StoredEvent, QueryError> {
        let mut head = self.queries.head.subscribe();
        loop {
            if let Some(event) = self.waiting.next() {
                self.after = event.position;
                return Ok(event);
            }
            head.mark_unchanged();
            // what was looked through and did not match is not looked through again
            let looked_through = *head.borrow();
            let EventPage { events, next } = self
                .queries
                .log
                .tenant_events(self.tenant, self.after, TAIL_BATCH, &self.filter)
                .await?;
            if let (true, Some(next)) = (events.is_empty(), next) {
                self.after = next;
            } else if events.is_empty() {
                self.after = self.after.max(looked_through);
                // a missed wake-up costs patience, never an event
                let _ = tokio::time::timeout(TAIL_PATIENCE, head.changed()).await;
                tokio::time::sleep(TAIL_PAUSE).await;
            }
            self.waiting = events.into_iter();
        }
    }
}
