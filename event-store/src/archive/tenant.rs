//! A tenant's events out of bundles: the index is read under row-level security, and what a block holds of others stays
//! here.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::QueryBuilder;
use uuid::Uuid;
use vault_domain::TenantId;

use super::{
    blocks::{BLOCKS, BlockRow},
    bundle::of_tenant,
    reader::MAX_BLOCKS_AT_ONCE,
};
use crate::{
    database::Database,
    error::LoadError,
    log::{EventFilter, PageInMaking, StoredEvent},
};

impl EventFilter {
    /// Whether an event is asked for.
    fn matches(&self, event: &StoredEvent) -> bool {
        (self.event_types.is_empty() || self.event_types.contains(&event.event_type))
            && self.resource.is_none_or(|id| names(event, id))
            && self.subject.is_none_or(|id| names(event, id))
            && self.until.is_none_or(|until| event.position <= until)
            && self.from.is_none_or(|from| event.recorded_at >= from)
            && self.to.is_none_or(|to| event.recorded_at < to)
            && self.matches_metadata(event)
    }

    fn matches_metadata(&self, event: &StoredEvent) -> bool {
        if self.actor.is_none() && self.operation.is_none() {
            return true;
        }
        let metadata: Value = serde_json::from_str(&event.metadata).unwrap_or_default();
        let acts = |actor: Uuid| {
            let actor = actor.to_string();
            ["user", "api_key"]
                .iter()
                .any(|kind| metadata["actor"][kind] == *actor)
        };
        let operation = metadata["operation"].as_str();
        self.actor.is_none_or(acts)
            && self
                .operation
                .as_ref()
                .is_none_or(|wanted| operation == Some(wanted))
    }
}

/// Whether an event is of the stream with this id, or names it.
fn names(event: &StoredEvent, id: Uuid) -> bool {
    let id = id.to_string();
    event.aggregate_id == id || event.payload.contains(&format!("\"{id}\""))
}

/// Looks through the tenant's archived events after a position, up to where the archive ends, and adds those that match.
/// Returns the position that it has looked up to: an earlier one than the archive's end if the page is full before.
pub(crate) async fn collect_archived(
    database: &Database,
    tenant: TenantId,
    after: u64,
    archived_to: u64,
    filter: &EventFilter,
    page: &mut PageInMaking,
) -> Result<u64, LoadError> {
    let until = archived_to.min(filter.until.unwrap_or(u64::MAX));
    let mut place = after;
    while place < until && page.takes_more() {
        let rows = blocks(database, tenant, place, until, filter).await?;
        for row in &rows {
            if !page.takes_more() {
                return Ok(place);
            }
            // one after another: the first one may fill the page
            for block in database.archive.open(std::slice::from_ref(row)).await? {
                let matching = of_tenant(&block, tenant).filter(|event| {
                    event.position > place && event.position <= until && filter.matches(event)
                });
                page.extend(matching.cloned());
            }
            place = row.last();
        }
        if rows.len() < MAX_BLOCKS_AT_ONCE {
            return Ok(archived_to.max(after));
        }
    }
    Ok(if place < until {
        place
    } else {
        archived_to.max(after)
    })
}

/// The next blocks that hold events of the tenant and may hold some that match.
async fn blocks(
    database: &Database,
    tenant: TenantId,
    after: u64,
    until: u64,
    filter: &EventFilter,
) -> Result<Vec<BlockRow>, LoadError> {
    let mut query = QueryBuilder::new(format!(
        "{BLOCKS} JOIN archived_tenants t ON t.block_position = b.first_position WHERE t.tenant_id = "
    ));
    query
        .push_bind(tenant.as_uuid())
        .push(" AND t.last_position > ")
        .push_bind(i64::try_from(after).unwrap_or(i64::MAX))
        .push(" AND b.first_position <= ")
        .push_bind(i64::try_from(until).unwrap_or(i64::MAX));
    if let Some(from) = filter.from {
        query.push(" AND b.last_recorded_at >= ").push_bind(from);
    }
    if let Some(to) = filter.to {
        query.push(" AND b.first_recorded_at < ").push_bind(to);
    }
    query.push(format!(" ORDER BY t.last_position LIMIT {MAX_BLOCKS_AT_ONCE}"));
    let mut transaction = database.begin_tenant(tenant).await?;
    let rows = query.build_query_as().fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(rows)
}

/// A stream's archived events after a sequence: those of this tenant.
pub(crate) async fn stream_events(
    database: &Database,
    tenant: TenantId,
    aggregate_type: &str,
    id: Uuid,
    after: u64,
) -> Result<Vec<StoredEvent>, LoadError> {
    let id = id.to_string();
    let query = format!(
        "{BLOCKS} JOIN archived_streams s ON s.block_position = b.first_position \
         WHERE s.aggregate_id = $1 AND s.aggregate_type = $2 AND s.tenant_id = $3 AND s.last_sequence > $4 \
         ORDER BY b.first_position"
    );
    let mut transaction = database.begin_tenant(tenant).await?;
    let rows: Vec<BlockRow> = sqlx::query_as(&query)
        .bind(&id)
        .bind(aggregate_type)
        .bind(tenant.as_uuid())
        .bind(after.cast_signed())
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    let mut events = Vec::new();
    for some in rows.chunks(MAX_BLOCKS_AT_ONCE) {
        for block in database.archive.open(some).await? {
            let of_stream = of_tenant(&block, tenant).filter(|event| {
                event.aggregate_type == aggregate_type && event.aggregate_id == id && event.sequence > after
            });
            events.extend(of_stream.cloned());
        }
    }
    Ok(events)
}

/// The tenant's last archived event up to a position.
pub(crate) async fn last_up_to(
    database: &Database,
    tenant: TenantId,
    position: u64,
) -> Result<Option<StoredEvent>, LoadError> {
    if database.archive.learn(&database.reader).await? == 0 {
        return Ok(None);
    }
    // the block that holds the position, or begins after it, and the one before
    let query = format!(
        "({BLOCKS} JOIN archived_tenants t ON t.block_position = b.first_position \
          WHERE t.tenant_id = $1 AND t.last_position <= $2 ORDER BY t.last_position DESC LIMIT 1) UNION ALL \
         ({BLOCKS} JOIN archived_tenants t ON t.block_position = b.first_position \
          WHERE t.tenant_id = $1 AND t.last_position > $2 ORDER BY t.last_position LIMIT 1)"
    );
    let mut transaction = database.begin_tenant(tenant).await?;
    let rows: Vec<BlockRow> = sqlx::query_as(&query)
        .bind(tenant.as_uuid())
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    let blocks = database.archive.open(&rows).await?;
    let last = blocks
        .iter()
        .flat_map(|block| of_tenant(block, tenant))
        .filter(|event| event.position <= position)
        .max_by_key(|event| event.position);
    Ok(last.cloned())
}

/// The position of the last archived event that was recorded by a time; 0 when there is none.
pub(crate) async fn position_at(database: &Database, time: DateTime<Utc>) -> Result<u64, LoadError> {
    let query = format!(
        "{BLOCKS} WHERE b.first_recorded_at <= $1 ORDER BY b.first_recorded_at DESC, b.first_position DESC LIMIT 1"
    );
    let row: Option<BlockRow> = sqlx::query_as(&query)
        .bind(time)
        .fetch_optional(&database.writer)
        .await?;
    let Some(row) = row else { return Ok(0) };
    if row.last_recorded_at <= time {
        return Ok(row.last());
    }
    let blocks = database.archive.open(std::slice::from_ref(&row)).await?;
    let recorded = blocks
        .iter()
        .flat_map(|block| block.iter())
        .filter(|event| event.recorded_at <= time);
    Ok(recorded.map(|event| event.position).max().unwrap_or(0))
}
