//! Large contents and the records that name them: what is missing or damaged is found, and what nothing names is removed.

mod check;
mod collect;
mod named;

use std::sync::Arc;

use vault_commands::Vault;
use vault_queries::Queries;

pub(crate) use check::{CheckedContents, MAX_LISTED, check};
pub(crate) use collect::{Collected, collect, start};

use crate::parts::Parts;

/// What stores contents, and what knows the records that name them.
#[derive(Clone)]
pub(crate) struct Shelves {
    vault: Arc<Vault>,
    queries: Arc<Queries>,
}

impl Shelves {
    /// Those of a running vault.
    pub(crate) fn of(parts: &Parts) -> Self {
        Self {
            vault: Arc::clone(&parts.vault),
            queries: Arc::clone(&parts.queries),
        }
    }
}
