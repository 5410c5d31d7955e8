//! The secret halves of the keys that sign heads, which the database holds wrapped or not at all.

use async_trait::async_trait;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The secret half of a signing key.
pub type Seed = Zeroizing<[u8; 32]>;

/// How a seed is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptSeed {
    /// It follows from the root key.
    Root,
    /// It stands in a key file.
    File,
    /// It is wrapped.
    Wrapped {
        /// Which kind of KMS wrapped it.
        provider: String,
        /// Which key of the KMS wrapped it.
        kms_key: String,
        /// The wrapped seed.
        bytes: Vec<u8>,
    },
}

impl KeptSeed {
    pub(super) const fn source(&self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::File => "file",
            Self::Wrapped { .. } => "stored",
        }
    }
}

/// A seed could not be made or had.
#[derive(Debug, thiserror::Error)]
#[error("the seed of the log's signing key cannot be had")]
pub struct SeedError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Keeps the seeds of signing keys, with the root key that the database does not have.
#[async_trait]
pub trait SeedKeeper: Send + Sync {
    /// A seed for a key with this id: that of the key file if there is one, a random one otherwise.
    ///
    /// # Errors
    /// When there is no randomness, or the file or the KMS is away.
    async fn create(&self, id: Uuid) -> Result<(Seed, KeptSeed), SeedError>;

    /// The seed of the key with this id.
    ///
    /// # Errors
    /// When the file or the KMS is away, or does not have it.
    async fn open(&self, id: Uuid, kept: &KeptSeed) -> Result<Seed, SeedError>;

    /// What shows that a public key is one of the log's own; only who has the root key can make it.
    fn voucher(&self, public_key: &[u8; 32]) -> [u8; 32];
}
