//! How the parts of the vault stand.

use vault_access::{Permit, act};
use vault_event_store::{archive::ArchiveState, tree::LogState};
use vault_projections::{ProjectionState, projection_states};

use crate::{Queries, error::QueryError};

/// Whether requests can be served: the database answers.
///
/// # Errors
/// When it does not.
pub async fn ready(queries: &Queries) -> Result<(), QueryError> {
    Ok(queries.database.ping().await?)
}

/// How the parts stand.
#[derive(Debug, Clone)]
pub struct Detailed {
    /// The last position of the log.
    pub log_position: u64,
    /// How far the log is sealed, and what its audit found.
    pub log: LogState,
    /// How much of it is archived.
    pub archive: ArchiveState,
    /// How each projector stands.
    pub projections: Vec<ProjectionState>,
}

/// How the parts stand, for those who may know.
///
/// # Errors
/// When the database does not answer.
pub async fn detailed(queries: &Queries, _: &Permit<act::HealthDetailed>) -> Result<Detailed, QueryError> {
    Ok(Detailed {
        log_position: queries.log.last_position().await?,
        log: queries.tree.state().await?,
        archive: queries.log.archive_state().await?,
        projections: projection_states(&queries.database.reader).await?,
    })
}
