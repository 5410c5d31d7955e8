//! Key management services: where the root key lives. They wrap and unwrap tenant keys, and nothing else.

mod local;

mod aws;
mod transit;

mod resilient;
mod set;

#[cfg(test)]
mod fake_http;

use std::{error::Error, fmt};

use async_trait::async_trait;
use vault_domain::{KeyId, TenantId};

pub use aws::{AwsKms, AwsKmsConfig};
pub(crate) use local::create_key_file;
pub use local::{KeyFileError, LocalKms, ServiceKey, read_key_file};
pub use resilient::{Circuit, KmsState, ResilientKms};
pub use set::KmsSet;
pub use transit::{TransitConfigError, TransitKms, TransitKmsConfig};

use crate::secret::{InvalidKeyLength, RandomError, SecretKey};

/// What a wrapped tenant key is bound to: it unwraps with the same context alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncryptionContext {
    /// The tenant.
    pub tenant: TenantId,
    /// The tenant key's id.
    pub key_id: KeyId,
}

impl EncryptionContext {
    /// The context as names and values, for a KMS that takes it so and shows it in its own audit trail.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, String); 2] {
        [
            ("vault:tenant", self.tenant.to_string()),
            ("vault:key", self.key_id.to_string()),
        ]
    }
}

/// A key that a KMS wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Which kind of KMS wrapped it.
    pub provider: String,
    /// Which key of the KMS wrapped it.
    pub kms_key: String,
    /// The wrapped key, in the KMS's own format.
    pub bytes: Vec<u8>,
}

/// A fresh key, in clear and wrapped.
#[derive(Debug)]
pub struct GeneratedKey {
    /// The key itself.
    pub key: SecretKey,
    /// The same key, wrapped.
    pub wrapped: WrappedKey,
}

/// Why a KMS did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    /// The key was wrapped by another kind of KMS.
    #[error("the key was wrapped by KMS provider {found:?}, this one is {expected:?}")]
    OtherProvider {
        /// This provider.
        expected: &'static str,
        /// The provider that wrapped it.
        found: Box<str>,
    },
    /// The key was wrapped under a root key that this KMS does not hold.
    #[error("the key was wrapped under root key {found:?}, this KMS holds {expected:?}")]
    OtherRootKey {
        /// The root key at hand.
        expected: Box<str>,
        /// The root key that wrapped it.
        found: Box<str>,
    },
    /// The wrapped key was changed, or belongs to another tenant or key id.
    #[error("the wrapped key does not open")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// The KMS does not let this process use the root key: no permission, disabled, deleted.
    #[error("the key management service does not allow it")]
    Denied(#[source] Box<dyn Error + Send + Sync>),
    /// No configured KMS wrapped the key.
    #[error("the key was wrapped by {provider} under {kms_key}, and no KMS of the configuration holds that")]
    NotConfigured {
        /// The provider that wrapped it.
        provider: Box<str>,
        /// The root key that wrapped it.
        kms_key: Box<str>,
    },
    /// What was unwrapped is no key.
    #[error(transparent)]
    NotAKey(#[from] InvalidKeyLength),
    /// No fresh key could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The KMS could not be reached, or answered with a fault.
    #[error("the key management service is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The KMS failed again and again, and is left alone for a moment.
    #[error("the key management service failed too often and is not asked for a moment")]
    CircuitOpen,
}

impl KmsError {
    /// Whether the same call may succeed later without anybody doing anything.
    #[must_use]
    pub const fn is_outage(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::CircuitOpen)
    }
}

/// A key management service with one root key for new wrappings.
#[async_trait]
pub trait Kms: fmt::Debug + Send + Sync {
    /// The provider's stable name, kept beside every key it wraps.
    fn provider(&self) -> &'static str;

    /// The name of the root key that wraps new keys.
    fn key_id(&self) -> &str;

    /// Whether it is this KMS that can unwrap the key.
    fn opens(&self, wrapped: &WrappedKey) -> bool;

    /// How each service behind it stands; none for a KMS that cannot be away.
    fn states(&self) -> Vec<KmsState> {
        Vec::new()
    }

    /// Wraps a key under the root key.
    ///
    /// # Errors
    /// When the KMS is away or refuses.
    async fn wrap(&self, key: &SecretKey, context: &EncryptionContext) -> Result<WrappedKey, KmsError>;

    /// Unwraps a key that was wrapped in the same context.
    ///
    /// # Errors
    /// When the KMS is away or refuses, or the key was wrapped elsewhere or in another context.
    async fn unwrap(&self, wrapped: &WrappedKey, context: &EncryptionContext) -> Result<SecretKey, KmsError>;

    /// A fresh key; a remote KMS makes it itself, in one call.
    ///
    /// # Errors
    /// When there is no randomness, or as [`Self::wrap`].
    async fn generate(&self, context: &EncryptionContext) -> Result<GeneratedKey, KmsError> {
        let key = SecretKey::generate()?;
        let wrapped = self.wrap(&key, context).await?;
        Ok(GeneratedKey { key, wrapped })
    }

    /// Wraps anew under the current root key what an older one wrapped; a remote KMS does it without showing the key.
    ///
    /// # Errors
    /// As [`Self::unwrap`] and [`Self::wrap`].
    async fn rewrap(
        &self,
        wrapped: &WrappedKey,
        context: &EncryptionContext,
    ) -> Result<WrappedKey, KmsError> {
        let key = self.unwrap(wrapped, context).await?;
        self.wrap(&key, context).await
    }
}
