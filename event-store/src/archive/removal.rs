//! Removing rows that are archived: after one more look at their bundle, and when nothing looks for them any more.

use chrono::{DateTime, Utc};
use object_store::ObjectStore;
use sqlx::PgConnection;

use super::{
    bundle,
    check::{Place, fetch},
    error::{ArchiveError, BundleError, BundleFault},
};
use crate::{database::Database, error::LoadError, log::Log};

/// How many events are compared at once.
const PAGE_EVENTS: u32 = 2_000;

/// A range whose rows all stand in the table.
#[derive(sqlx::FromRow)]
struct Registered {
    first_position: i64,
    last_position: i64,
    object_name: String,
    size_bytes: i64,
    sha256: Vec<u8>,
}

/// A block of it.
#[derive(sqlx::FromRow)]
struct RegisteredBlock {
    first_position: i64,
    last_position: i64,
    offset_bytes: i64,
    size_bytes: i64,
    sha256: Vec<u8>,
}

/// Removes the rows of ranges that are registered, in order, as far as nothing looks for them. Returns how many.
pub(super) async fn remove_registered(
    database: &Database,
    lease: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<u64, ArchiveError> {
    let objects = database.archive.objects().ok_or(ArchiveError::NotConfigured)?;
    let mut removed = 0;
    loop {
        let next: Option<Registered> = sqlx::query_as(
            "SELECT first_position, last_position, object_name, size_bytes, sha256 FROM archived_ranges \
             WHERE removed_at IS NULL ORDER BY first_position LIMIT 1",
        )
        .fetch_optional(&mut *lease)
        .await?;
        let Some(range) = next else { return Ok(removed) };
        if is_looked_for(database, &range, now).await? {
            return Ok(removed);
        }
        compare(database, objects.as_ref(), lease, &range).await?;
        let rows: Option<i64> = sqlx::query_scalar("SELECT remove_archived_range($1, $2)")
            .bind(range.first_position)
            .bind(now)
            .fetch_one(&mut *lease)
            .await?;
        removed += rows.unwrap_or(0).unsigned_abs();
        database.archive.learn(&mut *lease).await?;
    }
}

/// Whether a request that is repeated under its idempotency key would be answered from these rows.
async fn is_looked_for(
    database: &Database,
    range: &Registered,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM idempotency_keys k JOIN events e ON e.event_id = k.event_id \
         WHERE k.expires_at > $1 AND e.position BETWEEN $2 AND $3)",
    )
    .bind(now)
    .bind(range.first_position)
    .bind(range.last_position)
    .fetch_one(&database.writer)
    .await
}

/// Makes sure that the bundle holds what the rows hold.
async fn compare(
    database: &Database,
    objects: &dyn ObjectStore,
    lease: &mut PgConnection,
    range: &Registered,
) -> Result<(), ArchiveError> {
    let (first, last) = (
        range.first_position.unsigned_abs(),
        range.last_position.unsigned_abs(),
    );
    let place = Place {
        first,
        last,
        name: &range.object_name,
        size_bytes: range.size_bytes.unsigned_abs(),
        sha256: &range.sha256,
    };
    let stored = fetch(objects, &place).await?;
    let blocks: Vec<RegisteredBlock> = sqlx::query_as(
        "SELECT first_position, last_position, offset_bytes, size_bytes, sha256 FROM archived_blocks \
         WHERE range_position = $1 ORDER BY first_position",
    )
    .bind(range.first_position)
    .fetch_all(lease)
    .await?;
    let fault = BundleFault::Altered;
    let damaged = || BundleError::Damaged { first, last, fault };
    let log = Log::new(database.clone());
    let mut after = first - 1;
    for block in blocks {
        let opened = open(&stored, &block).ok_or_else(damaged)?;
        let mut opened = opened.into_iter();
        while after < block.last_position.unsigned_abs() {
            let left = u32::try_from(block.last_position.unsigned_abs() - after).unwrap_or(u32::MAX);
            let page = log.read_after(after, left.min(PAGE_EVENTS)).await?;
            let Some(end) = page.last().map(|event| event.position) else {
                return Err(LoadError::Gap { after }.into());
            };
            for row in page {
                let position = row.position;
                if opened.next() != Some(row) {
                    return Err(ArchiveError::Doubtful { position });
                }
            }
            after = end;
        }
    }
    if after < last {
        return Err(damaged().into());
    }
    Ok(())
}

fn open(stored: &[u8], block: &RegisteredBlock) -> Option<Vec<crate::log::StoredEvent>> {
    let offset = usize::try_from(block.offset_bytes).ok()?;
    let size = usize::try_from(block.size_bytes).ok()?;
    let bytes = stored.get(offset..offset.checked_add(size)?)?;
    bundle::open(
        bytes,
        &block.sha256,
        block.first_position.unsigned_abs(),
        block.last_position.unsigned_abs(),
    )
}
