//! What can go wrong with bundles.

use crate::{error::LoadError, tree::TreeError};

/// What is wrong with a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleFault {
    /// The object store does not have it.
    #[error("is missing")]
    Missing,
    /// Its bytes are not those that were archived.
    #[error("was altered or cut short")]
    Altered,
}

/// Why a bundle could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It is not what was archived.
    #[error("the bundle of positions {first} to {last} {fault}")]
    Damaged {
        /// The first position of its range.
        first: u64,
        /// The last position of its range.
        last: u64,
        /// What is wrong.
        fault: BundleFault,
    },
    /// This process does not know where bundles are.
    #[error("positions {first} to {last} are archived, and archive.dir is not set")]
    NotConfigured {
        /// The first position of its range.
        first: u64,
        /// The last position of its range.
        last: u64,
    },
    /// The object store failed.
    #[error("the object store failed at the bundle of positions {first} to {last}")]
    Store {
        /// The first position of its range.
        first: u64,
        /// The last position of its range.
        last: u64,
        /// Why.
        #[source]
        source: Box<object_store::Error>,
    },
}

/// Why archiving stopped. Whatever was archived before is kept, and nothing is lost.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The log could not be read.
    #[error("the log could not be read")]
    Log(#[from] LoadError),
    /// The tree could not be read.
    #[error("the tree could not be read")]
    Tree(#[from] TreeError),
    /// A bundle could not be read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// No bundle could be written.
    #[error("the object store failed")]
    Store(#[from] object_store::Error),
    /// Bytes could not be compressed.
    #[error("a block could not be compressed")]
    Compress(#[source] std::io::Error),
    /// Nobody said where bundles go.
    #[error("archive.dir is not set")]
    NotConfigured,
    /// An event is not what was recorded.
    #[error(
        "the event at position {position} is not what was recorded, so nothing from there on is archived"
    )]
    Doubtful {
        /// Its position.
        position: u64,
    },
    /// The events are not those of the signed tree.
    #[error(
        "positions {first} to {last} are not those of the signed tree, so nothing from there on is archived"
    )]
    Unproved {
        /// The first position of the range.
        first: u64,
        /// The last position of the range.
        last: u64,
    },
}

impl ArchiveError {
    /// Whether log or archive are not what was written, and not just out of reach.
    #[must_use]
    pub const fn is_finding(&self) -> bool {
        matches!(
            self,
            Self::Doubtful { .. }
                | Self::Unproved { .. }
                | Self::Bundle(BundleError::Damaged { .. })
                | Self::Log(LoadError::Gap { .. } | LoadError::Archive(BundleError::Damaged { .. }))
        )
    }
}
