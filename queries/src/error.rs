//! Why a question was not answered.

use vault_crypto::{CryptoError, KeyError};
use vault_event_store::LoadError;
use vault_storage::{ContentError, MalformedContent};

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// There is no such dataset for this caller.
    #[error("there is no such dataset")]
    DatasetNotFound,
    /// There is no such record in the dataset.
    #[error("there is no such record")]
    RecordNotFound,
    /// The read models have not reached the position that the caller must see.
    #[error("the read models are behind")]
    Behind,
    /// A value of the request, such as a time, is beyond what the database can compare with.
    #[error("a value is out of range")]
    OutOfRange(#[source] sqlx::Error),
    /// The database cannot be read now.
    #[error("the database cannot be read")]
    Database(#[source] sqlx::Error),
    /// The log cannot be read now.
    #[error("the log cannot be read")]
    Log(#[source] LoadError),
    /// A key cannot be had now.
    #[error("a key cannot be had")]
    Key(#[from] KeyError),
    /// A ciphertext does not open.
    #[error("a ciphertext does not open")]
    Crypto(#[from] CryptoError),
    /// A large content cannot be read now.
    #[error("a content cannot be read")]
    Content(#[from] ContentError),
    /// A ciphertext that a row names is not there.
    #[error("a content is missing")]
    ContentMissing,
    /// A content that opened is not what was put in.
    #[error("a content is malformed")]
    Malformed(#[from] MalformedContent),
    /// A content that opened holds no JSON where JSON was put in.
    #[error("a content holds no JSON")]
    Json(#[from] serde_json::Error),
}

impl From<sqlx::Error> for QueryError {
    fn from(error: sqlx::Error) -> Self {
        // SQLSTATE class 22, data exception: the question was at fault
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        if code.is_some_and(|code| code.starts_with("22")) { Self::OutOfRange(error) } else { Self::Database(error) }
    }
}

impl From<LoadError> for QueryError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Database(error) => error.into(),
            error => Self::Log(error),
        }
    }
}
