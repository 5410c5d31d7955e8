//! COPY, the fastest way into and out of Postgres: the limit that bulk appends and replay are compared with.

use futures::TryStreamExt as _;
use sqlx::{PgConnection, postgres::PgPoolCopyExt as _};

use crate::Result;

/// How many events one COPY of the limit carries: about what one batch of the appender holds.
const EVENTS_PER_COPY: u64 = 2_400;

/// The rows of a range of positions, in COPY's own form, a part for each transaction.
pub(crate) async fn rows(pool: &sqlx::PgPool, after: u64, up_to: u64) -> Result<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    let mut from = after;
    while from < up_to {
        let to = up_to.min(from + EVENTS_PER_COPY);
        let query = format!(
            "COPY (SELECT * FROM events WHERE position > {from} AND position <= {to} ORDER BY position) \
             TO STDOUT (FORMAT binary)"
        );
        let mut part = Vec::new();
        let mut stream = pool.copy_out_raw(&query).await?;
        while let Some(bytes) = stream.try_next().await? {
            part.extend_from_slice(&bytes);
        }
        parts.push(part);
        from = to;
    }
    Ok(parts)
}

/// Copies rows into a table, one transaction a part.
pub(crate) async fn insert(connection: &mut PgConnection, table: &str, parts: &[Vec<u8>]) -> Result<()> {
    for part in parts {
        let mut copy = connection
            .copy_in_raw(&format!("COPY {table} FROM STDIN (FORMAT binary)"))
            .await?;
        copy.send(part.as_slice()).await?;
        copy.finish().await?;
    }
    Ok(())
}
