//! Why a projector could not go on.

use vault_crypto::{CryptoError, KeyError};
use vault_event_store::LoadError;

/// Why a batch was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The database failed.
    #[error("the read model could not be written")]
    Database(#[from] sqlx::Error),
    /// The log could not be read, or an event in it cannot be decoded.
    #[error("the log could not be read")]
    Log(#[from] LoadError),
    /// A key could not be had.
    #[error("a key could not be had")]
    Key(#[from] KeyError),
    /// A sealed value does not open.
    #[error("a sealed value does not open")]
    Sealed(#[from] CryptoError),
    /// A sealed value is not of the shape that it was sealed with.
    #[error("a sealed value has an unexpected shape")]
    Shape(#[from] serde_json::Error),
    /// A sealed value is no text.
    #[error("a sealed value is no text")]
    Text(#[from] std::str::Utf8Error),
    /// One event of a batch cannot be applied.
    #[error("the event at position {position} cannot be applied")]
    Event {
        /// Where it stands.
        position: u64,
        /// Why.
        #[source]
        source: Box<ProjectionError>,
    },
    /// Another process does the same, or did while the way to the database was broken.
    #[error("the right to change the copies of the read model was lost")]
    LeaseLost,
    /// There is no copy to switch back to.
    #[error("no earlier copy of the read model is kept")]
    NothingKept,
}

impl ProjectionError {
    /// Whether the event itself is at fault, so that a repeat would fail again.
    #[must_use]
    pub fn is_poison(&self) -> bool {
        match self {
            Self::Database(error) => error
                .as_database_error()
                .and_then(sqlx::error::DatabaseError::code)
                .is_some_and(|code| matches!(code.get(..2), Some("22" | "23" | "42"))),
            // a bundle that cannot be read may be put back
            Self::Log(error) => !matches!(error, LoadError::Database(_) | LoadError::Archive(_)),
            Self::Key(error) => !matches!(error, KeyError::Kms(_) | KeyError::Store(_) | KeyError::Random(_)),
            Self::Sealed(_) | Self::Shape(_) | Self::Text(_) => true,
            Self::Event { source, .. } => source.is_poison(),
            Self::LeaseLost | Self::NothingKept => false,
        }
    }

    /// The same, of the event at a position.
    pub(crate) fn at(self, position: u64) -> Self {
        Self::Event {
            position,
            source: Box::new(self),
        }
    }

    /// Whether a lock was not to be had in time.
    pub(crate) fn is_lock_timeout(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| code == "55P03")
    }

    /// A stable word for the kind of fault, free of data.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Database(_) => "database",
            Self::Log(_) => "log",
            Self::Key(_) => "key",
            Self::Sealed(_) => "sealed",
            Self::Shape(_) => "shape",
            Self::Text(_) => "text",
            Self::Event { source, .. } => source.kind(),
            Self::LeaseLost => "lease",
            Self::NothingKept => "copy",
        }
    }
}
