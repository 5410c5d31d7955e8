//! Why content was not stored or not read.

use vault_crypto::{CryptoError, KeyError};

/// Why content was not stored or not read.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The dataset's keys are not to be had: it was erased, or KMS or key store are away.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The object store failed.
    #[error("the object store failed")]
    Store(#[from] object_store::Error),
    /// There is no such content.
    #[error("no content is stored at this address")]
    Missing,
    /// A chunk is missing in the midst of the content.
    #[error("chunk {index} is missing")]
    MissingChunk {
        /// The chunk's number, from 0.
        index: u32,
    },
    /// A chunk's bytes are no chunk: too few, too many, or not marked as one.
    #[error("chunk {index} is malformed")]
    Malformed {
        /// The chunk's number, from 0.
        index: u32,
    },
    /// A chunk does not open: it was changed, or belongs elsewhere.
    #[error("chunk {index} does not open")]
    Refused {
        /// The chunk's number, from 0.
        index: u32,
        /// The cause.
        source: CryptoError,
    },
    /// A chunk could not be sealed.
    #[error("the content cannot be sealed")]
    Seal(#[source] CryptoError),
    /// The content does not have the address it was given, or stored under.
    #[error("the content has another address")]
    OtherAddress,
    /// The content is longer than [`MAX_CONTENT_BYTES`](crate::MAX_CONTENT_BYTES).
    #[error("the content is too long")]
    TooLong,
}
