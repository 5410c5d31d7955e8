//! What can go wrong between a caller and the log.

use uuid::Uuid;

use crate::{
    append::{EncodeError, Guard},
    archive::BundleError,
};

/// Why an append was not done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// The stream is not where the caller saw it: load again and decide again.
    #[error("the stream stands at {actual_sequence}")]
    Conflict {
        /// Where it stands.
        actual_sequence: u64,
    },
    /// The stream belongs to another tenant.
    #[error("the stream belongs to another tenant")]
    OtherTenant,
    /// A guard that must be open does not exist for this tenant.
    #[error("there is no such {guard_type}")]
    GuardMissing {
        /// The kind of guard.
        guard_type: &'static str,
    },
    /// A guard that must be open is closed.
    #[error("the {guard_type} is closed")]
    GuardClosed {
        /// The kind of guard.
        guard_type: &'static str,
    },
    /// Names are taken.
    #[error("{} names are taken", .0.len())]
    ClaimsTaken(Vec<TakenClaim>),
    /// The request was answered before: look the answer up.
    #[error("a request with this idempotency key was answered before")]
    AnsweredBefore,
    /// Postgres refuses it for a reason that a repeat would meet again.
    #[error("the log refuses the append ({sqlstate})")]
    Rejected {
        /// The SQLSTATE.
        sqlstate: String,
    },
    /// The log cannot be reached; whether the events are in it shows a repeat with the same ids.
    #[error("the log cannot be reached")]
    Unavailable,
    /// More is waiting than the queue may hold.
    #[error("too many appends are waiting")]
    Overloaded,
}

impl AppendError {
    pub(crate) fn guard(guard: Option<&Guard>, missing: bool) -> Self {
        let guard_type = guard.map_or("guard", |guard| guard.guard_type);
        if missing {
            Self::GuardMissing { guard_type }
        } else {
            Self::GuardClosed { guard_type }
        }
    }
}

/// A name that somebody holds already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenClaim {
    /// Its index in [`crate::Append::takes`].
    pub index: usize,
    /// Who holds it.
    pub holder: Uuid,
}

/// Why reading from the log failed.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database failed.
    #[error("the log could not be read")]
    Database(#[from] sqlx::Error),
    /// An event cannot be decoded.
    #[error("the event at position {position} cannot be decoded")]
    Decode {
        /// Where it stands.
        position: u64,
        /// Why.
        #[source]
        source: vault_domain::DecodeError,
    },
    /// Events that should follow one another do not.
    #[error("events after {after} do not follow one another")]
    Gap {
        /// The last number before the gap.
        after: u64,
    },
    /// Events are archived, and their bundle cannot be read.
    #[error(transparent)]
    Archive(#[from] BundleError),
}

impl From<EncodeError> for AppendError {
    fn from(_: EncodeError) -> Self {
        Self::Rejected {
            sqlstate: "22000".to_owned(),
        }
    }
}
