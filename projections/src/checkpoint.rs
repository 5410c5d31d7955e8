//! How far each projector has read.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

/// How a projector stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ProjectionState {
    /// Its name.
    pub projection: String,
    /// The last position that it applied.
    pub position: i64,
    /// When it last moved.
    pub updated_at: DateTime<Utc>,
    /// The position at which it stopped, if it did.
    pub stopped_position: Option<i64>,
    /// The kind of fault at which it stopped.
    pub stopped_reason: Option<String>,
}

/// How all projectors stand.
///
/// # Errors
/// When reading fails.
pub async fn projection_states(pool: &PgPool) -> Result<Vec<ProjectionState>, sqlx::Error> {
    sqlx::query_as(
        "SELECT projection, position, updated_at, stopped_position, stopped_reason \
         FROM projection_checkpoints ORDER BY projection",
    )
    .fetch_all(pool)
    .await
}

/// Makes the checkpoint if it is missing, and reads it.
pub(crate) async fn load(pool: &PgPool, projection: &str) -> Result<u64, sqlx::Error> {
    sqlx::query(
        "INSERT INTO projection_checkpoints (projection, position, updated_at) VALUES ($1, 0, now()) \
         ON CONFLICT (projection) DO NOTHING",
    )
    .bind(projection)
    .execute(pool)
    .await?;
    let position: i64 =
        sqlx::query_scalar("SELECT position FROM projection_checkpoints WHERE projection = $1")
            .bind(projection)
            .fetch_one(pool)
            .await?;
    Ok(position.unsigned_abs())
}

/// Holds the checkpoint until the transaction ends, and reads it. Whoever writes a read model does this first.
pub(crate) async fn lock(connection: &mut PgConnection, projection: &str) -> Result<u64, sqlx::Error> {
    let position: i64 =
        sqlx::query_scalar("SELECT position FROM projection_checkpoints WHERE projection = $1 FOR UPDATE")
            .bind(projection)
            .fetch_one(connection)
            .await?;
    Ok(position.unsigned_abs())
}

/// Moves the checkpoint, which the transaction holds, and clears a stop.
pub(crate) async fn store(
    connection: &mut PgConnection,
    projection: &str,
    position: u64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE projection_checkpoints SET position = $2, updated_at = now(), \
         stopped_position = NULL, stopped_reason = NULL WHERE projection = $1",
    )
    .bind(projection)
    .bind(position.cast_signed())
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes down at which event a projector stopped, and why.
pub(crate) async fn mark_stopped(
    pool: &PgPool,
    projection: &str,
    position: u64,
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE projection_checkpoints SET stopped_position = $2, stopped_reason = $3 WHERE projection = $1",
    )
    .bind(projection)
    .bind(position.cast_signed())
    .bind(reason)
    .execute(pool)
    .await?;
    Ok(())
}

/// Whether a projector stopped at an event, and nobody has cleared that.
pub(crate) async fn is_stopped(pool: &PgPool, projection: &str) -> Result<bool, sqlx::Error> {
    let stopped: Option<bool> = sqlx::query_scalar(
        "SELECT stopped_position IS NOT NULL FROM projection_checkpoints WHERE projection = $1",
    )
    .bind(projection)
    .fetch_optional(pool)
    .await?;
    Ok(stopped.unwrap_or(false))
}
