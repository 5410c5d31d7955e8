//! Building a read model anew from the log, beside the one that serves, and swapping it in.

use sqlx::Connection;
use vault_event_store::{Database, Log};

use crate::{checkpoint, error::ProjectionError, projector::Projection};

/// The most events of one batch.
pub(crate) const BATCH_EVENTS: u32 = 2_000;
/// How far behind the serving copy the new one may be when the last step, during which it stands still, begins.
const CLOSE_EVENTS: u64 = 5_000;

/// How far a rebuild has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RebuildProgress {
    /// Events applied.
    pub position: u64,
    /// Events in the log.
    pub head: u64,
}

/// Rebuilds a read model. Readers see the old rows until they see the new ones; a crash leaves the old ones.
///
/// Returns the number of events that were read.
///
/// # Errors
/// When an event cannot be applied, or the database fails; the old rows go on serving.
pub async fn rebuild(
    projection: &dyn Projection,
    database: &Database,
    mut report: impl FnMut(RebuildProgress),
) -> Result<u64, ProjectionError> {
    let name = projection.name();
    let log = Log::new(database.clone());
    let mut lease = sqlx::PgConnection::connect_with(&database.writer_options()).await?;
    sqlx::query("SELECT pg_advisory_lock(22097, hashtext($1))")
        .bind(name)
        .execute(&mut lease)
        .await?;
    sqlx::query("SELECT begin_read_model_copy($1)")
        .bind(name)
        .execute(&mut lease)
        .await?;
    checkpoint::load(&database.writer, name).await?;

    let mut position = 0;
    let mut head = log.last_position().await?;
    while head > position + CLOSE_EVENTS {
        position = apply_next(projection, &log, &mut lease, position).await?;
        report(RebuildProgress {
            position,
            head: head.max(position),
        });
        if position >= head {
            head = log.last_position().await?;
        }
    }

    // from here the projector that serves the old rows waits
    let mut last = database
        .writer
        .begin_with("BEGIN; SET LOCAL search_path = read_models_next, public")
        .await?;
    let serving = checkpoint::lock(&mut last, name).await?;
    let end = log.last_position().await?.max(serving);
    while position < end {
        let events = log.read_after(position, BATCH_EVENTS).await?;
        position += events.len() as u64;
        projection.apply(&events, &mut last).await?;
        report(RebuildProgress {
            position,
            head: end.max(position),
        });
    }
    sqlx::query("SELECT swap_read_model_copy($1)")
        .bind(name)
        .execute(&mut *last)
        .await?;
    checkpoint::store(&mut last, name, position).await?;
    last.commit().await?;
    Ok(position)
}

async fn apply_next(
    projection: &dyn Projection,
    log: &Log,
    connection: &mut sqlx::PgConnection,
    position: u64,
) -> Result<u64, ProjectionError> {
    let events = log.read_after(position, BATCH_EVENTS).await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("SET LOCAL search_path = read_models_next, public")
        .execute(&mut *transaction)
        .await?;
    projection.apply(&events, &mut transaction).await?;
    transaction.commit().await?;
    Ok(position + events.len() as u64)
}
