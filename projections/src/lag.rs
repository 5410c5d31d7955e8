//! How far projectors are behind the log, as every process tells it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// How often the metrics are brought up to date.
const PERIOD: Duration = Duration::from_secs(1);
/// How long the database may take to say how things stand.
const PATIENCE: Duration = Duration::from_secs(10);

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
    /// How many events it has not applied.
    pub lag_events: i64,
    /// How old the oldest of them is; 0 when there is none.
    pub lag_seconds: f64,
    /// How far the copy came that served before, while that is kept.
    pub kept_position: Option<i64>,
    /// Since when it is kept.
    pub kept_since: Option<DateTime<Utc>>,
}

/// How all projectors stand, as role `vault_writer`, who sees the log of all tenants.
///
/// # Errors
/// When reading fails.
pub async fn projection_states(writer: &PgPool) -> Result<Vec<ProjectionState>, sqlx::Error> {
    sqlx::query_as(
        "SELECT c.projection, c.position, c.updated_at, c.stopped_position, c.stopped_reason, \
         greatest(log.last - c.position, 0) AS lag_events, \
         coalesce(greatest(extract(epoch FROM clock_timestamp() - next.recorded_at), 0), 0)::float8 AS lag_seconds, \
         c.kept_position, c.kept_since FROM projection_checkpoints c \
         CROSS JOIN (SELECT coalesce(max(position), 0) AS last FROM events) AS log \
         LEFT JOIN LATERAL (SELECT recorded_at FROM events WHERE position > c.position ORDER BY position LIMIT 1) AS next \
         ON true ORDER BY c.projection",
    )
    .fetch_all(writer)
    .await
}

/// The position of every projector.
pub(crate) async fn positions(pool: &PgPool) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT projection, position FROM projection_checkpoints")
        .fetch_all(pool)
        .await
}

/// Keeps the metrics about projectors up to date, whichever process they run in.
pub async fn watch_lag(writer: PgPool, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        match tokio::time::timeout(PATIENCE, projection_states(&writer)).await {
            Ok(Ok(states)) => states.iter().for_each(tell),
            Ok(Err(error)) => tracing::debug!(error = %error, "how projectors stand cannot be read"),
            Err(_) => tracing::debug!("how projectors stand was not said in time"),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge need not tell positions beyond 2^52 exactly"
)]
fn tell(state: &ProjectionState) {
    let gauge = |name: &'static str| metrics::gauge!(name, "projection" => state.projection.clone());
    gauge("projection_position").set(state.position as f64);
    gauge("projection_lag_events").set(state.lag_events as f64);
    gauge("projection_lag_seconds").set(state.lag_seconds);
    gauge("projection_stopped").set(f64::from(u8::from(state.stopped_position.is_some())));
    gauge("projection_stopped_position").set(state.stopped_position.unwrap_or(0) as f64);
}
