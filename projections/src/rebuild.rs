//! Building a read model anew from the log, beside the one that serves, and switching to it and back.

use vault_event_store::{Database, Lease};

use crate::{
    checkpoint::Checkpoint,
    compare::{Comparison, compare},
    copies::{Copy, Kind},
    error::ProjectionError,
    projector::Projection,
};

/// The most events of one batch.
pub(crate) const BATCH_EVENTS: u32 = 2_000;
/// Keeps the leases of rebuilds apart from other advisory locks.
const LEASE_CLASS: i32 = 0x5651;

/// How far a rebuild has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RebuildProgress {
    /// Events applied.
    pub position: u64,
    /// Events that the copy that serves has applied.
    pub head: u64,
}

/// What is done when the new rows are not those that serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDifferences {
    /// The new copy is thrown away, and the old rows go on serving.
    Keep,
    /// The new rows serve: the old ones are known to be wrong.
    Switch,
}

/// What came of a rebuild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The position at which the new rows began to serve; `None` when they do not.
    pub switched_at: Option<u64>,
    /// How the new rows differed from the old ones.
    pub comparison: Comparison,
}

/// Rebuilds a read model, up to where it stands. Readers see the old rows until they see the new ones; a crash leaves
/// the old ones. The old copy is kept.
///
/// # Errors
/// When an event cannot be applied, or the database fails; the old rows go on serving.
pub async fn rebuild(
    projection: &dyn Projection,
    database: &Database,
    differences: OnDifferences,
    mut report: impl FnMut(RebuildProgress),
) -> Result<Rebuilt, ProjectionError> {
    let lease = Lease::wait(database, LEASE_CLASS, projection.name()).await?;
    let work = async {
        run(projection, database, "SELECT begin_read_model_copy($1)").await?;
        let mut copy = Copy {
            projection,
            database,
            kind: Kind::Next,
            position: 0,
        };
        copy.come_close(&mut report).await?;
        let comparison = compare(&mut copy, &mut report).await?;
        if !comparison.is_same() && differences == OnDifferences::Keep {
            run(projection, database, "SELECT drop_read_model_copy($1)").await?;
            return Ok(Rebuilt {
                switched_at: None,
                comparison,
            });
        }
        copy.come_close(&mut report).await?;
        let switched_at = Some(copy.switch(&mut report).await?);
        Ok(Rebuilt {
            switched_at,
            comparison,
        })
    };
    lease
        .while_held(work)
        .await
        .unwrap_or(Err(ProjectionError::LeaseLost))
}

/// Lets the copy serve again that served before the last switch, after bringing it up to the present. The one that
/// served is kept. Returns the position of the switch.
///
/// # Errors
/// [`ProjectionError::NothingKept`]; the others when an event cannot be applied, or the database fails.
pub async fn roll_back(
    projection: &dyn Projection,
    database: &Database,
    mut report: impl FnMut(RebuildProgress),
) -> Result<u64, ProjectionError> {
    let lease = Lease::wait(database, LEASE_CLASS, projection.name()).await?;
    let work = async {
        let position = kept_position(projection, database)
            .await?
            .ok_or(ProjectionError::NothingKept)?;
        let mut copy = Copy {
            projection,
            database,
            kind: Kind::Kept,
            position,
        };
        copy.come_close(&mut report).await?;
        copy.switch(&mut report).await
    };
    lease
        .while_held(work)
        .await
        .unwrap_or(Err(ProjectionError::LeaseLost))
}

/// Removes the copy that served before the last switch; false when none is kept.
///
/// # Errors
/// When the database fails.
pub async fn drop_old(projection: &dyn Projection, database: &Database) -> Result<bool, ProjectionError> {
    let lease = Lease::wait(database, LEASE_CLASS, projection.name()).await?;
    let work = async {
        let kept = kept_position(projection, database).await?;
        run(projection, database, "SELECT drop_old_read_model($1)").await?;
        Ok(kept.is_some())
    };
    lease
        .while_held(work)
        .await
        .unwrap_or(Err(ProjectionError::LeaseLost))
}

async fn kept_position(
    projection: &dyn Projection,
    database: &Database,
) -> Result<Option<u64>, ProjectionError> {
    Checkpoint::new(projection.name()).load(&database.writer).await?;
    let kept: Option<i64> =
        sqlx::query_scalar("SELECT kept_position FROM projection_checkpoints WHERE projection = $1")
            .bind(projection.name())
            .fetch_one(&database.writer)
            .await?;
    Ok(kept.map(i64::unsigned_abs))
}

async fn run(projection: &dyn Projection, database: &Database, step: &str) -> Result<(), sqlx::Error> {
    sqlx::query(step)
        .bind(projection.name())
        .execute(&database.writer)
        .await?;
    Ok(())
}
