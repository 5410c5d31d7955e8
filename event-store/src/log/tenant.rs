//! Reading a tenant's own part of the log, under row-level security.
//!
//! A page is found by halving (`tenant_position_after`, `tenant_position_from`), so that it costs the same at any depth.
//! Where a filter has no index, only so much of the log is looked through for one page; an emptier page with a place to go
//! on is the answer then, never a request that runs for minutes. Large events make short pages as well.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Postgres, QueryBuilder};
use tokio::time::Instant;
use uuid::Uuid;
use vault_domain::TenantId;

use super::{COLUMNS, Log, StoredEvent};
use crate::{
    archive::{collect_archived, last_up_to, position_at},
    database::TenantTransaction,
    error::LoadError,
};

/// How many of a tenant's events one query looks through.
const WINDOW_EVENTS: i64 = 20_000;
/// How many events one query gives.
const BATCH_EVENTS: usize = 128;
/// From how many bytes of payloads on a page is full.
const MAX_PAGE_BYTES: usize = 8 * 1024 * 1024;
/// For how long windows are looked through for one page.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which events an auditor asks for.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Frozen event names; none means all.
    pub event_types: Vec<String>,
    /// The id of the stream, or one that the event names: a dataset's, a record's, a key's.
    pub resource: Option<Uuid>,
    /// The id of the person whom the event is about: of the stream, or named in it.
    pub subject: Option<Uuid>,
    /// The operation of the API, by its stored name.
    pub operation: Option<String>,
    /// At most this position.
    pub until: Option<u64>,
    /// The acting user.
    pub actor: Option<Uuid>,
    /// Recorded at or after.
    pub from: Option<DateTime<Utc>>,
    /// Recorded before.
    pub to: Option<DateTime<Utc>>,
}

/// Events of a tenant in the order of the log.
#[derive(Debug)]
pub struct EventPage {
    /// The events.
    pub events: Vec<StoredEvent>,
    /// The position to go on after, where more of the log is to be looked through.
    pub next: Option<u64>,
}

/// A page that events are still looked for.
pub(crate) struct PageInMaking {
    events: Vec<StoredEvent>,
    limit: usize,
    bytes: usize,
    patience: Instant,
}

impl PageInMaking {
    fn new(limit: usize) -> Self {
        Self {
            events: Vec::new(),
            limit,
            bytes: 0,
            patience: Instant::now() + PATIENCE,
        }
    }

    /// Whether more is to be looked for: one event more than fits tells that there is a next page.
    pub(crate) fn takes_more(&self) -> bool {
        self.missing() > 0 && self.bytes < MAX_PAGE_BYTES && Instant::now() < self.patience
    }

    fn missing(&self) -> usize {
        self.limit.saturating_add(1).saturating_sub(self.events.len())
    }

    /// Adds the next events.
    pub(crate) fn extend(&mut self, events: impl IntoIterator<Item = StoredEvent>) {
        for event in events {
            self.bytes += event.payload.len() + event.metadata.len();
            self.events.push(event);
        }
    }

    /// The page, after the log was looked through up to `place`; `None` is its end.
    fn finish(mut self, place: Option<u64>) -> EventPage {
        let next = if self.events.len() > self.limit {
            self.events.truncate(self.limit);
            self.events.last().map(|event| event.position)
        } else {
            place
        };
        EventPage {
            events: self.events,
            next,
        }
    }
}

/// Positions of a tenant that are looked through.
struct Range {
    first: i64,
    /// Exclusive.
    end: i64,
}

impl Log {
    /// A tenant's own events after a position, at most `limit`, in order.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn tenant_events(
        &self,
        tenant: TenantId,
        after: u64,
        limit: usize,
        filter: &EventFilter,
    ) -> Result<EventPage, LoadError> {
        let archive = &self.database.archive;
        let mut archived_to = archive.learn(&self.database.reader).await?;
        loop {
            let mut page = PageInMaking::new(limit);
            let place =
                collect_archived(&self.database, tenant, after, archived_to, filter, &mut page).await?;
            let place = if place < archived_to {
                Some(place)
            } else {
                self.collect_rows(tenant, place.max(after), filter, &mut page)
                    .await?
            };
            // what was removed from the table meanwhile was not seen there
            let known = archive.learn(&self.database.reader).await?;
            if known == archived_to || known <= after {
                return Ok(page.finish(place));
            }
            archived_to = known;
        }
    }

    /// Looks through the tenant's events in the table after a position, and adds those that match. Returns the position
    /// that it has looked up to, if that is not the end.
    async fn collect_rows(
        &self,
        tenant: TenantId,
        after: u64,
        filter: &EventFilter,
        page: &mut PageInMaking,
    ) -> Result<Option<u64>, LoadError> {
        let mut transaction = self.database.begin_tenant(tenant).await?;
        let mut range = range(&mut transaction, tenant, after, filter).await?;
        while range.first < range.end && page.takes_more() {
            let end = range.end.min(range.first.saturating_add(WINDOW_EVENTS));
            let window = Range {
                first: range.first,
                end,
            };
            let batch = BATCH_EVENTS.min(page.missing());
            let mut query = window_query(tenant, &window, filter, batch);
            let found: Vec<StoredEvent> = query.build_query_as().fetch_all(&mut *transaction).await?;
            range.first = match found.last() {
                Some(last) if found.len() == batch => last.tenant_position.cast_signed() + 1,
                _ => end,
            };
            page.extend(found);
        }
        let place = if range.first < range.end {
            position_of(&mut transaction, tenant, range.first - 1)
                .await?
                .map(|place| place.max(after))
                .or(Some(after))
        } else {
            None
        };
        transaction.commit().await?;
        Ok(place)
    }

    /// The position of a tenant's last event that was recorded by a time; 0 when there is none.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn tenant_position_at(&self, tenant: TenantId, time: DateTime<Utc>) -> Result<u64, LoadError> {
        let mut transaction = self.database.begin_tenant(tenant).await?;
        // times have microseconds, so the first event after a time is the first from a microsecond later on
        let after = time
            .checked_add_signed(TimeDelta::microseconds(1))
            .unwrap_or(time);
        let first_later: i64 = sqlx::query_scalar("SELECT tenant_position_from($1, $2)")
            .bind(tenant.as_uuid())
            .bind(after)
            .fetch_one(&mut *transaction)
            .await?;
        let found = position_of(&mut transaction, tenant, first_later - 1).await?;
        transaction.commit().await?;
        // later ones may be archived
        let archived_to = position_at(&self.database, time).await?;
        let archived = last_up_to(&self.database, tenant, archived_to).await?;
        Ok(found.unwrap_or(0).max(archived.map_or(0, |event| event.position)))
    }
}

/// The tenant's positions that a position and a filter leave.
async fn range(
    transaction: &mut TenantTransaction,
    tenant: TenantId,
    after: u64,
    filter: &EventFilter,
) -> Result<Range, LoadError> {
    let position = |position: u64| i64::try_from(position).unwrap_or(i64::MAX);
    // greatest and least pass over what is NULL
    let (first, end): (i64, i64) = sqlx::query_as(
        "SELECT greatest(tenant_position_after($1, $2), CASE WHEN $3 IS NOT NULL THEN tenant_position_from($1, $3) END), \
         CASE WHEN $4 IS NULL AND $5 IS NULL THEN tenant_position_after($1, 9223372036854775807) ELSE \
         least(CASE WHEN $4 IS NOT NULL THEN tenant_position_after($1, $4) END, \
               CASE WHEN $5 IS NOT NULL THEN tenant_position_from($1, $5) END) END",
    )
    .bind(tenant.as_uuid())
    .bind(position(after))
    .bind(filter.from)
    .bind(filter.until.map(position))
    .bind(filter.to)
    .fetch_one(&mut **transaction)
    .await?;
    Ok(Range { first, end })
}

/// The position of the last of a tenant's events up to one of its positions.
async fn position_of(
    transaction: &mut TenantTransaction,
    tenant: TenantId,
    tenant_position: i64,
) -> Result<Option<u64>, LoadError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT position FROM events WHERE tenant_id = $1 AND tenant_position <= $2 \
         ORDER BY tenant_position DESC LIMIT 1",
    )
    .bind(tenant.as_uuid())
    .bind(tenant_position)
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(found.map(i64::unsigned_abs))
}

fn window_query<'a>(
    tenant: TenantId,
    window: &Range,
    filter: &'a EventFilter,
    limit: usize,
) -> QueryBuilder<'a, Postgres> {
    let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM events WHERE tenant_id = "));
    query
        .push_bind(tenant.as_uuid())
        .push(" AND tenant_position >= ")
        .push_bind(window.first)
        .push(" AND tenant_position < ")
        .push_bind(window.end);
    if !filter.event_types.is_empty() {
        query
            .push(" AND event_type = ANY(")
            .push_bind(&filter.event_types)
            .push(")");
    }
    for id in filter.resource.into_iter().chain(filter.subject) {
        query
            .push(" AND (aggregate_id = ")
            .push_bind(id.to_string())
            .push(" OR strpos(payload::text, ")
            .push_bind(format!("\"{id}\""))
            .push(") > 0)");
    }
    if let Some(actor) = filter.actor {
        query
            .push(" AND ")
            .push_bind(actor.to_string())
            .push(" IN (metadata -> 'actor' ->> 'user', metadata -> 'actor' ->> 'api_key')");
    }
    if let Some(operation) = &filter.operation {
        query
            .push(" AND metadata ->> 'operation' = ")
            .push_bind(operation);
    }
    query
        .push(" ORDER BY tenant_position LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query
}
