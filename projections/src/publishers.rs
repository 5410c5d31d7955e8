//! How far each publisher has come, and what stands in its way.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// The longest trouble that is kept, in characters.
const MAX_TROUBLE_CHARS: usize = 1_000;

/// How a publisher stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PublisherState {
    /// The last position that the other side acknowledged.
    pub position: i64,
    /// When it last moved.
    pub updated_at: DateTime<Utc>,
    /// Since when the first event that is not published waits, in seconds; 0 if there is none.
    pub lag_s: f64,
    /// Why nothing is published, if so.
    pub trouble: Option<String>,
    /// Since when.
    pub trouble_at: Option<DateTime<Utc>>,
}

/// How a publisher stands; `None` if it never ran.
///
/// # Errors
/// When reading fails.
pub async fn state(pool: &PgPool, name: &str) -> Result<Option<PublisherState>, sqlx::Error> {
    sqlx::query_as(
        "SELECT p.position, p.updated_at, p.trouble, p.trouble_at, \
         coalesce(greatest(extract(epoch FROM clock_timestamp() - e.recorded_at), 0), 0)::float8 AS lag_s \
         FROM publishers p LEFT JOIN events e ON e.position = p.position + 1 WHERE p.publisher = $1",
    )
    .bind(name)
    .fetch_optional(pool)
    .await
}

/// Makes the row of a publisher if it is missing.
///
/// # Errors
/// When writing fails.
pub async fn register(pool: &PgPool, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO publishers (publisher, position, updated_at) VALUES ($1, 0, now()) \
         ON CONFLICT (publisher) DO NOTHING",
    )
    .bind(name)
    .execute(pool)
    .await?;
    Ok(())
}

/// A publisher leads and nothing stands in its way: clears its trouble, and gives its position.
///
/// # Errors
/// When writing fails.
pub async fn resume(pool: &PgPool, name: &str) -> Result<u64, sqlx::Error> {
    let position: i64 = sqlx::query_scalar(
        "UPDATE publishers SET trouble = NULL, trouble_at = NULL WHERE publisher = $1 RETURNING position",
    )
    .bind(name)
    .fetch_one(pool)
    .await?;
    Ok(position.unsigned_abs())
}

/// Moves a publisher on from where it stands; `false` if another instance has moved it.
///
/// # Errors
/// When writing fails.
pub async fn advance(pool: &PgPool, name: &str, from: u64, to: u64) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query(
        "UPDATE publishers SET position = $3, updated_at = now() WHERE publisher = $1 AND position = $2",
    )
    .bind(name)
    .bind(from.cast_signed())
    .bind(to.cast_signed())
    .execute(pool)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Writes down why nothing is published.
///
/// # Errors
/// When writing fails.
pub async fn mark_trouble(pool: &PgPool, name: &str, trouble: &str) -> Result<(), sqlx::Error> {
    let trouble: String = trouble.chars().take(MAX_TROUBLE_CHARS).collect();
    sqlx::query(
        "UPDATE publishers SET trouble = $2, trouble_at = coalesce(trouble_at, now()) WHERE publisher = $1",
    )
    .bind(name)
    .bind(trouble)
    .execute(pool)
    .await?;
    Ok(())
}
