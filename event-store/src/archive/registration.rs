//! Writing down where bundles and their blocks are.

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::{
    bundle::{Block, Bundle},
    error::ArchiveError,
};

/// Writes down where a bundle is, in one transaction.
pub(super) async fn register(
    lease: &mut PgConnection,
    bundle: &Bundle,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), ArchiveError> {
    let signed = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let mut transaction = lease.begin().await?;
    sqlx::query(
        "INSERT INTO archived_ranges (first_position, last_position, object_name, size_bytes, sha256, archived_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(bundle.first.cast_signed())
    .bind(bundle.last.cast_signed())
    .bind(name)
    .bind(signed(bundle.bytes.len()))
    .bind(bundle.sha256.as_slice())
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    let blocks = &bundle.blocks;
    let firsts: Vec<i64> = blocks.iter().map(|block| block.first.cast_signed()).collect();
    let lasts: Vec<i64> = blocks.iter().map(|block| block.last.cast_signed()).collect();
    let offsets: Vec<i64> = blocks.iter().map(|block| signed(block.offset)).collect();
    let sizes: Vec<i64> = blocks.iter().map(|block| signed(block.size)).collect();
    let hashes: Vec<&[u8]> = blocks.iter().map(|block| block.sha256.as_slice()).collect();
    let begun: Vec<DateTime<Utc>> = blocks.iter().map(|block| block.first_recorded_at).collect();
    let ended: Vec<DateTime<Utc>> = blocks.iter().map(|block| block.last_recorded_at).collect();
    sqlx::query(
        "INSERT INTO archived_blocks (range_position, first_position, last_position, offset_bytes, size_bytes, sha256, \
         first_recorded_at, last_recorded_at) SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(bundle.first.cast_signed())
    .bind(&firsts)
    .bind(lasts)
    .bind(offsets)
    .bind(sizes)
    .bind(hashes)
    .bind(begun)
    .bind(ended)
    .execute(&mut *transaction)
    .await?;
    let tenants: Vec<_> = blocks.iter().flat_map(tenants_of).collect();
    sqlx::query(
        "INSERT INTO archived_tenants (tenant_id, last_position, block_position) SELECT * FROM unnest($1, $2, $3)",
    )
    .bind(tenants.iter().map(|(tenant, _, _)| *tenant).collect::<Vec<_>>())
    .bind(tenants.iter().map(|(_, last, _)| *last).collect::<Vec<_>>())
    .bind(tenants.iter().map(|(_, _, first)| *first).collect::<Vec<_>>())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// The tenants of a block: each with its last position, and the block's first.
fn tenants_of(block: &Block) -> impl Iterator<Item = (Uuid, i64, i64)> {
    let first = block.first.cast_signed();
    block
        .tenants
        .iter()
        .map(move |(tenant, last)| (*tenant, last.cast_signed(), first))
}
