//! Why a key is not to be had.

use std::sync::Arc;

use vault_domain::{ErrorCode, KeyId, TenantId};

use super::{observer::KeyUnobserved, rows::KeyPurpose, store::KeyStoreError};
use crate::{
    context::Scope,
    envelope::CryptoError,
    epochs::EpochError,
    kms::KmsError,
    secret::{InvalidKeyLength, RandomError},
};

/// Why a key is not to be had. It can be cloned, because all who wait for one load learn of its failure.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KeyError {
    /// The KMS is away or refuses.
    #[error(transparent)]
    Kms(Arc<KmsError>),
    /// The rows cannot be read.
    #[error(transparent)]
    Store(#[from] KeyStoreError),
    /// The tenant has no key: it does not exist, or was erased.
    #[error("tenant {tenant} has no key")]
    NoTenantKey {
        /// The tenant.
        tenant: TenantId,
    },
    /// The scope has no such key: it does not exist, or was erased.
    #[error("{scope} of tenant {tenant} has no {} key", purpose.as_str())]
    NoScopeKey {
        /// The tenant.
        tenant: TenantId,
        /// The scope.
        scope: Scope,
        /// What the key was to be for.
        purpose: KeyPurpose,
    },
    /// There is no key of this id: it never existed, or was destroyed.
    #[error("tenant {tenant} has no key {key_id}")]
    NoKey {
        /// The tenant.
        tenant: TenantId,
        /// The key.
        key_id: KeyId,
    },
    /// The key was revoked: what it sealed is handed to nobody.
    #[error("key {key_id} was revoked")]
    Revoked {
        /// The key.
        key_id: KeyId,
    },
    /// The key of this id seals neither content nor values.
    #[error("key {key_id} is a {} key", purpose.as_str())]
    NotContentKey {
        /// The key.
        key_id: KeyId,
        /// What it is for.
        purpose: KeyPurpose,
    },
    /// A key that must not be rotated has several rows.
    #[error("{scope} of tenant {tenant} has several {} keys", purpose.as_str())]
    SeveralKeys {
        /// The tenant.
        tenant: TenantId,
        /// The scope.
        scope: Scope,
        /// What the keys are for.
        purpose: KeyPurpose,
    },
    /// The key of the erasure epoch that wraps the key is not to be had.
    #[error(transparent)]
    Epoch(Arc<EpochError>),
    /// The row's wrapped key does not open: it was changed, or belongs elsewhere.
    #[error("the row of key {key_id} does not open")]
    Unwrap {
        /// The key.
        key_id: KeyId,
        /// The cause.
        source: CryptoError,
    },
    /// A new key could not be wrapped.
    #[error("a new key cannot be wrapped")]
    Wrap(#[source] CryptoError),
    /// What was unwrapped is no key.
    #[error(transparent)]
    NotAKey(#[from] InvalidKeyLength),
    /// No fresh key could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The use of the key could not be recorded.
    #[error(transparent)]
    Unobserved(#[from] KeyUnobserved),
}

impl KeyError {
    /// Whether the same may succeed later without anybody doing anything.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Kms(error) => error.is_outage(),
            // what an epoch's key needs, an operator may put back
            Self::Epoch(_) | Self::Store(_) | Self::Unobserved(_) => true,
            _ => false,
        }
    }

    /// The code that a caller is shown.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Kms(error) => match **error {
                KmsError::CircuitOpen => ErrorCode::CircuitBreakerOpen,
                KmsError::Unavailable(_) => ErrorCode::HsmUnavailable,
                _ => ErrorCode::HsmOperationFailed,
            },
            Self::Store(_) => ErrorCode::DatabaseConnectionFailed,
            Self::Unobserved(_) | Self::Epoch(_) => ErrorCode::ServiceUnavailable,
            Self::Revoked { .. } => ErrorCode::KeyExpired,
            Self::Wrap(_) | Self::Random(_) => ErrorCode::EncryptionFailed,
            Self::NoTenantKey { .. }
            | Self::NoScopeKey { .. }
            | Self::NoKey { .. }
            | Self::NotContentKey { .. }
            | Self::SeveralKeys { .. }
            | Self::Unwrap { .. }
            | Self::NotAKey(_) => ErrorCode::DecryptionFailed,
        }
    }
}

impl From<EpochError> for KeyError {
    fn from(error: EpochError) -> Self {
        Self::Epoch(Arc::new(error))
    }
}

impl From<KmsError> for KeyError {
    fn from(error: KmsError) -> Self {
        Self::Kms(Arc::new(error))
    }
}
