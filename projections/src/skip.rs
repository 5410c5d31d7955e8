//! Passing over events that an operator let a projection pass over.

use sqlx::{Connection, PgConnection, PgPool};
use vault_domain::{
    Aggregate,
    projection::{ProjectionName, Skip},
};
use vault_event_store::{Database, StoredEvent};

use crate::{checkpoint::Checkpoint, error::ProjectionError, projector::Projection};

/// Whether an operator let a projection pass over the event at a position.
pub(crate) async fn is_skipped(pool: &PgPool, projection: &str, position: u64) -> Result<bool, sqlx::Error> {
    let Ok(named) = projection.parse::<ProjectionName>() else {
        return Ok(false);
    };
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM events WHERE aggregate_type = $1 AND aggregate_id = $2)")
        .bind(Skip::TYPE)
        .bind(Skip::stream_id(named, position).to_string())
        .fetch_one(pool)
        .await
}

/// Applies events within a transaction. One that cannot be applied is passed over if an operator said so.
pub(crate) async fn apply_or_skip(
    projection: &dyn Projection,
    pool: &PgPool,
    events: &[StoredEvent],
    transaction: &mut PgConnection,
) -> Result<(), ProjectionError> {
    match attempt(projection, events, transaction).await {
        Err(error) if error.is_poison() => {}
        done => return done,
    }
    for event in events {
        match attempt(projection, std::slice::from_ref(event), transaction).await {
            Err(error) if error.is_poison() => {
                if !is_skipped(pool, projection.name(), event.position).await? {
                    return Err(error.at(event.position));
                }
            }
            done => done?,
        }
    }
    Ok(())
}

/// Applies events, all or none, and leaves the transaction usable.
async fn attempt(
    projection: &dyn Projection,
    events: &[StoredEvent],
    transaction: &mut PgConnection,
) -> Result<(), ProjectionError> {
    let mut savepoint = transaction.begin().await?;
    match projection.apply(events, &mut savepoint).await {
        Ok(()) => savepoint.commit().await?,
        Err(error) => {
            savepoint.rollback().await?;
            return Err(error);
        }
    }
    Ok(())
}

/// Moves a projection that stopped at an event past it; false when it does not stand there.
///
/// The decision is in the log by then. So a projector that comes to the event meanwhile passes over it by itself.
///
/// # Errors
/// When the database fails.
pub async fn pass_over(
    projection: ProjectionName,
    database: &Database,
    position: u64,
) -> Result<bool, sqlx::Error> {
    let checkpoint = Checkpoint::new(projection.name());
    let mut transaction = database.writer.begin().await?;
    if checkpoint.lock(&mut transaction).await? + 1 != position {
        return Ok(false);
    }
    checkpoint.advance(&mut transaction, position).await?;
    transaction.commit().await?;
    Ok(true)
}
