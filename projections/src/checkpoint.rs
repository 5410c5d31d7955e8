//! How far whoever follows the log has read: read models, and what tells others of events.

use sqlx::{PgConnection, PgPool};

/// The place up to which one follower of the log has done its work.
///
/// It moves forward alone. Only a switch of a read model's copies sets one, and only a read model has copies: what tells
/// others of events never tells of one again because something was rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint(&'static str);

impl Checkpoint {
    /// The checkpoint of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Makes it if it is missing, and reads it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(self, pool: &PgPool) -> Result<u64, sqlx::Error> {
        sqlx::query(
            "INSERT INTO projection_checkpoints (projection, position, updated_at) VALUES ($1, 0, now()) \
             ON CONFLICT (projection) DO NOTHING",
        )
        .bind(self.0)
        .execute(pool)
        .await?;
        let position: i64 =
            sqlx::query_scalar("SELECT position FROM projection_checkpoints WHERE projection = $1")
                .bind(self.0)
                .fetch_one(pool)
                .await?;
        Ok(position.unsigned_abs())
    }

    /// Holds it until the transaction ends, and reads it. Whoever writes a read model does this first.
    pub(crate) async fn lock(self, connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
        let position: i64 = sqlx::query_scalar(
            "SELECT position FROM projection_checkpoints WHERE projection = $1 FOR UPDATE",
        )
        .bind(self.0)
        .fetch_one(connection)
        .await?;
        Ok(position.unsigned_abs())
    }

    /// Moves it forward, and clears a stop; where it stands further on, it stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn advance(self, connection: &mut PgConnection, position: u64) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE projection_checkpoints SET position = $2, updated_at = now(), \
             stopped_position = NULL, stopped_reason = NULL WHERE projection = $1 AND position < $2",
        )
        .bind(self.0)
        .bind(position.cast_signed())
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Writes down that nothing goes on at this event, and why, unless the checkpoint has left the one before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_stopped(self, pool: &PgPool, position: u64, reason: &str) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE projection_checkpoints SET stopped_position = $2, stopped_reason = $3 \
             WHERE projection = $1 AND position = $2 - 1",
        )
        .bind(self.0)
        .bind(position.cast_signed())
        .bind(reason)
        .execute(pool)
        .await?;
        Ok(())
    }

    /// Whether it stopped at an event, and nobody has cleared that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_stopped(self, pool: &PgPool) -> Result<bool, sqlx::Error> {
        let stopped: Option<bool> = sqlx::query_scalar(
            "SELECT stopped_position IS NOT NULL FROM projection_checkpoints WHERE projection = $1",
        )
        .bind(self.0)
        .fetch_optional(pool)
        .await?;
        Ok(stopped.unwrap_or(false))
    }

    /// Clears a stop, so that the event is tried again.
    pub(crate) async fn clear_stop(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE projection_checkpoints SET stopped_position = NULL, stopped_reason = NULL \
             WHERE projection = $1",
        )
        .bind(self.0)
        .execute(connection)
        .await?;
        Ok(())
    }
}
