//! The orders that a subject takes.

use super::PurgedDataset;
use crate::{EpochId, KeyId, Sealed};

/// An order to one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectCommand {
    /// A record names it for the first time.
    Register {
        /// By what the client names it.
        name: Sealed,
    },
    /// It must not be erased until the hold is released.
    Hold {
        /// Why.
        reason: Sealed,
    },
    /// It may be erased again.
    ReleaseHold,
    /// Its records are kept, and not read.
    Restrict,
    /// Its records may be read again.
    LiftRestriction,
    /// Its keys are destroyed with the event.
    Erase {
        /// The epoch whose key wraps them.
        epoch_id: EpochId,
        /// The keys.
        key_ids: Vec<KeyId>,
    },
    /// What its keys sealed was removed.
    Purge {
        /// What was removed, by dataset.
        datasets: Vec<PurgedDataset>,
    },
    /// The key that wrapped its keys once more was destroyed.
    EndEpoch,
}
