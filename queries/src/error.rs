//! Why a question was not answered.

use vault_crypto::{CryptoError, KeyError};
use vault_event_store::{
    DatabaseError, LoadError, NotRecorded,
    archive::BundleError,
    is_data_exception,
    tree::{InvalidNote, KeyError as LogKeyError, TreeError},
};
use vault_projections::ProjectionError;
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
    /// There is no such subject for this caller.
    #[error("there is no such subject")]
    SubjectNotFound,
    /// The record's subject was erased.
    #[error("the subject was erased")]
    Erased,
    /// The record's subject has restricted the use of its records.
    #[error("the subject is restricted")]
    Restricted,
    /// The subject was not erased.
    #[error("the subject was not erased")]
    NotErased,
    /// An access could not be recorded, so it is not answered.
    #[error("the access cannot be recorded")]
    NotRecorded(#[from] NotRecorded),
    /// The log has not come so far.
    #[error("the log ends before that position")]
    BeyondTheLog,
    /// The read models have not reached the position that the caller must see.
    #[error("the read models are behind")]
    Behind,
    /// A value of the request, such as a time, is beyond what the database can compare with.
    #[error("a value is out of range")]
    OutOfRange(#[source] DatabaseError),
    /// A row could not be made from the log.
    #[error("a row could not be made from the log")]
    FromLog(#[source] ProjectionError),
    /// The signed tree over the log does not reach so far.
    #[error("no signed tree reaches so far")]
    NotInTree,
    /// The stored tree over the log is damaged.
    #[error("the tree cannot be used")]
    Tree(#[source] TreeError),
    /// A certificate cannot be written as a signed note.
    #[error("the certificate cannot be signed")]
    Note(#[from] InvalidNote),
    /// The key that signs the log's heads cannot be had now.
    #[error("the log's signing key cannot be had")]
    LogKey(#[source] LogKeyError),
    /// The database cannot be read now.
    #[error("the database cannot be read")]
    Database(#[source] DatabaseError),
    /// The log cannot be read now.
    #[error("the log cannot be read")]
    Log(#[source] LoadError),
    /// Events are archived, and their bundle cannot be read.
    #[error("an archived event cannot be read")]
    Archive(#[source] BundleError),
    /// A key cannot be had now.
    #[error("a key cannot be had")]
    Key(#[from] KeyError),
    /// A ciphertext does not open.
    #[error("a ciphertext does not open")]
    Crypto(#[from] CryptoError),
    /// A large content cannot be read now.
    #[error("a content cannot be read")]
    Content(#[source] ContentError),
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

impl From<ContentError> for QueryError {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::Keys(error) => Self::Key(error),
            error => Self::Content(error),
        }
    }
}

impl From<DatabaseError> for QueryError {
    fn from(error: DatabaseError) -> Self {
        if is_data_exception(&error) {
            Self::OutOfRange(error)
        } else {
            Self::Database(error)
        }
    }
}

impl From<LogKeyError> for QueryError {
    fn from(error: LogKeyError) -> Self {
        match error {
            LogKeyError::Database(error) => error.into(),
            error => Self::LogKey(error),
        }
    }
}

impl From<LoadError> for QueryError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Database(error) => error.into(),
            LoadError::Archive(error) => Self::Archive(error),
            error => Self::Log(error),
        }
    }
}

impl From<ProjectionError> for QueryError {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Database(error) => error.into(),
            ProjectionError::Log(error) => error.into(),
            ProjectionError::Key(error) => Self::Key(error),
            ProjectionError::Sealed(error) => Self::Crypto(error),
            error => Self::FromLog(error),
        }
    }
}
