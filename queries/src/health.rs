//! How the parts of the vault stand.

use vault_access::{Permit, act};
pub use vault_crypto::{Circuit, KmsState};
use vault_event_store::{
    archive::ArchiveState,
    tree::{LogState, WitnessState},
};
pub use vault_projections::ProjectionState;
use vault_projections::{
    projection_states,
    publishers::{self, PublisherState},
};

use crate::{Queries, RowsState, error::QueryError};

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
    /// How many witnesses must have cosigned a head.
    pub required_cosignatures: usize,
    /// How each of the configured witnesses stands, by its name.
    pub witnesses: Vec<(String, WitnessState)>,
    /// How much of it is archived.
    pub archive: ArchiveState,
    /// How each service stands that holds root keys.
    pub kms: Vec<KmsState>,
    /// Whether rate limits are shared now, where they shall be.
    pub limits_are_shared: Option<bool>,
    /// How the rows stand that this node remembers, if it does.
    pub rows: Option<RowsState>,
    /// How each projector stands.
    pub projections: Vec<ProjectionState>,
    /// How the publisher stands, if the log is published and it ever ran.
    pub publisher: Option<PublisherState>,
}

impl Detailed {
    /// The largest tree that as many witnesses as must have seen, or a later one; none if none must.
    #[must_use]
    pub fn witnessed_position(&self) -> Option<u64> {
        let mut sizes: Vec<u64> = self
            .witnesses
            .iter()
            .map(|(_, state)| state.cosigned_size)
            .collect();
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        sizes.get(self.required_cosignatures.checked_sub(1)?).copied()
    }

    /// Whether nothing is known to be wrong with the log.
    #[must_use]
    pub fn log_is_sound(&self) -> bool {
        self.log.is_sound() && self.witnesses.iter().all(|(_, state)| !state.alarm)
    }
}

/// How the parts stand, for those who may know.
///
/// # Errors
/// When the database does not answer.
pub async fn detailed(queries: &Queries, _: &Permit<act::HealthDetailed>) -> Result<Detailed, QueryError> {
    let mut witnesses = Vec::new();
    for witness in queries.witnesses.witnesses() {
        witnesses.push((witness.name().to_owned(), queries.tree.witness(witness).await?));
    }
    let publisher = match queries.publisher {
        Some(name) => publishers::state(&queries.database.writer, name).await?,
        None => None,
    };
    Ok(Detailed {
        publisher,
        required_cosignatures: queries.witnesses.required(),
        witnesses,
        log_position: queries.log.last_position().await?,
        log: queries.tree.state().await?,
        archive: queries.log.archive_state().await?,
        kms: queries.keys.kms_states(),
        limits_are_shared: queries.shared_limits.as_ref().map(|limits| limits.is_reached()),
        rows: queries.rows.state(),
        projections: projection_states(&queries.database.writer).await?,
    })
}
