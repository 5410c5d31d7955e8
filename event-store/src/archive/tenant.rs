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
    log::{EventFilter, StoredEvent},
};

impl EventFilter {
    /// Whether an event is asked for.
    fn matches(&self, event: &StoredEvent) -> bool {
        (self.event_types.is_empty() || self.event_types.contains(&event.event_type))
            && self
                .aggregate_id
                .as_ref()
                .is_none_or(|id| *id == event.aggregate_id)
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
        let user = metadata["actor"]["user"].as_str();
        let operation = metadata["operation"].as_str();
        self.actor
            .is_none_or(|actor| user == Some(actor.to_string().as_str()))
            && self
                .operation
                .as_ref()
                .is_none_or(|wanted| operation == Some(wanted))
    }
}

/// Adds to what the table gave what it no longer holds. Both are the first events that match, in order; `rows` were read
/// before.
pub(crate) async fn with_archived(
    database: &Database,
    tenant: TenantId,
    after: u64,
    limit: i64,
    filter: &EventFilter,
    rows: Vec<StoredEvent>,
) -> Result<Vec<StoredEvent>, LoadError> {
    // asked after the rows were read: what was removed before is known now
    if database.archive.learn(&database.reader).await? <= after {
        return Ok(rows);
    }
    let limit = usize::try_from(limit).unwrap_or(0);
    // beyond a full page nothing is wanted
    let until = rows
        .last()
        .filter(|_| rows.len() >= limit)
        .map_or(u64::MAX, |last| last.position)
        .min(filter.until.unwrap_or(u64::MAX));
    let archived = events(database, tenant, after, until, limit, filter).await?;
    if archived.is_empty() {
        return Ok(rows);
    }
    let mut all = rows;
    all.extend(archived);
    all.sort_by_key(|event| event.position);
    all.dedup_by_key(|event| event.position);
    all.truncate(limit);
    Ok(all)
}

/// The tenant's archived events after a position and up to another that match, at most `limit`.
async fn events(
    database: &Database,
    tenant: TenantId,
    after: u64,
    until: u64,
    limit: usize,
    filter: &EventFilter,
) -> Result<Vec<StoredEvent>, LoadError> {
    let mut found = Vec::new();
    let mut after = after;
    while found.len() < limit && after < until {
        let rows = blocks(database, tenant, after, until, filter).await?;
        let Some(last) = rows.last() else { break };
        for block in database.archive.open(&rows).await? {
            let matching = of_tenant(&block, tenant)
                .filter(|event| event.position > after && event.position <= until && filter.matches(event));
            found.extend(matching.take(limit - found.len()).cloned());
        }
        if rows.len() < MAX_BLOCKS_AT_ONCE {
            break;
        }
        after = last.last();
    }
    Ok(found)
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
    if let Some(id) = &filter.aggregate_id {
        query
            .push(" AND b.first_position IN (SELECT s.block_position FROM archived_streams s WHERE s.tenant_id = ")
            .push_bind(tenant.as_uuid())
            .push(" AND s.aggregate_id = ")
            .push_bind(id)
            .push(")");
    }
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
