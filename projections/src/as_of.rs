//! Read models as they were at a position of the log, beside those that serve.

use std::sync::Arc;

use sqlx::{Connection, PgConnection};
use vault_event_store::{Database, LoadError, Log};

use crate::{
    error::ProjectionError,
    projector::Projection,
    rebuild::{BATCH_EVENTS, RebuildProgress},
    skip::apply_or_skip,
};

/// Where read models stand as of a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOf {
    /// The schema that holds them, under row-level security, read-only.
    pub schema: String,
    /// The position.
    pub position: u64,
}

/// Builds the read models as they were when the log ended at `until`; a copy of an earlier time is replaced.
///
/// # Errors
/// When the log does not reach so far, an event cannot be applied, or the database fails.
pub async fn replay_until(
    projections: &[Arc<dyn Projection>],
    database: &Database,
    until: u64,
    mut report: impl FnMut(RebuildProgress),
) -> Result<AsOf, ProjectionError> {
    let log = Log::new(database.clone());
    let mut connection = PgConnection::connect_with(&database.writer_options()).await?;
    let schema: String = sqlx::query_scalar("SELECT begin_read_models_as_of($1)")
        .bind(until.cast_signed())
        .fetch_one(&mut connection)
        .await?;
    let mut position = 0;
    while position < until {
        let left = u32::try_from(until - position).unwrap_or(u32::MAX);
        let events = log.read_after(position, left.min(BATCH_EVENTS)).await?;
        if events.is_empty() {
            return Err(LoadError::Gap { after: position }.into());
        }
        let mut transaction = connection.begin().await?;
        // a name that was made of a number needs no quoting
        sqlx::query(&format!("SET LOCAL search_path = {schema}, public"))
            .execute(&mut *transaction)
            .await?;
        for projection in projections {
            apply_or_skip(projection.as_ref(), &database.writer, &events, &mut transaction).await?;
        }
        transaction.commit().await?;
        position += events.len() as u64;
        report(RebuildProgress {
            position,
            head: until,
        });
    }
    sqlx::query("SELECT end_read_models_as_of($1)")
        .bind(until.cast_signed())
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(AsOf { schema, position })
}
