//! The KMS of new keys together with those of older ones, so that a vault can move from one to another.

use std::{fmt, sync::Arc};

use async_trait::async_trait;

use super::{EncryptionContext, GeneratedKey, Kms, KmsError, KmsState, WrappedKey};
use crate::secret::SecretKey;

/// Wraps with one KMS, and unwraps with whichever wrapped.
pub struct KmsSet {
    current: Arc<dyn Kms>,
    previous: Vec<Arc<dyn Kms>>,
}

impl KmsSet {
    /// The KMS that wraps, and those that only unwrap.
    #[must_use]
    pub const fn new(current: Arc<dyn Kms>, previous: Vec<Arc<dyn Kms>>) -> Self {
        Self { current, previous }
    }

    fn that_wrapped(&self, wrapped: &WrappedKey) -> Result<&Arc<dyn Kms>, KmsError> {
        let all = || std::iter::once(&self.current).chain(&self.previous);
        // one holder may open what another wrapped, as within an account of AWS; the one that wrapped may for sure
        let same = all().find(|kms| kms.opens(wrapped) && kms.key_id() == wrapped.kms_key);
        same.or_else(|| all().find(|kms| kms.opens(wrapped)))
            .ok_or_else(|| KmsError::NotConfigured {
                provider: wrapped.provider.as_str().into(),
                kms_key: wrapped.kms_key.as_str().into(),
            })
    }
}

impl fmt::Debug for KmsSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} after {:?}", self.current, self.previous)
    }
}

#[async_trait]
impl Kms for KmsSet {
    fn provider(&self) -> &'static str {
        self.current.provider()
    }

    fn key_id(&self) -> &str {
        self.current.key_id()
    }

    fn opens(&self, wrapped: &WrappedKey) -> bool {
        self.that_wrapped(wrapped).is_ok()
    }

    fn states(&self) -> Vec<KmsState> {
        let all = std::iter::once(&self.current).chain(&self.previous);
        all.flat_map(|kms| kms.states()).collect()
    }

    async fn wrap(&self, key: &SecretKey, context: &EncryptionContext) -> Result<WrappedKey, KmsError> {
        self.current.wrap(key, context).await
    }

    async fn unwrap(&self, wrapped: &WrappedKey, context: &EncryptionContext) -> Result<SecretKey, KmsError> {
        self.that_wrapped(wrapped)?.unwrap(wrapped, context).await
    }

    async fn generate(&self, context: &EncryptionContext) -> Result<GeneratedKey, KmsError> {
        self.current.generate(context).await
    }

    /// Within one KMS the key is not shown; from one to another it passes through this process.
    async fn rewrap(
        &self,
        wrapped: &WrappedKey,
        context: &EncryptionContext,
    ) -> Result<WrappedKey, KmsError> {
        if self.current.opens(wrapped) {
            return self.current.rewrap(wrapped, context).await;
        }
        let key = self.unwrap(wrapped, context).await?;
        self.wrap(&key, context).await
    }
}

#[cfg(test)]
mod tests;
