//! The KMS of a single machine: a root key in a file.

mod file;

use std::{fmt, path::Path};

use async_trait::async_trait;
use uuid::Uuid;
use vault_domain::KeyId;

pub use file::KeyFileError;

use super::{EncryptionContext, Kms, KmsError, WrappedKey};
use crate::{
    context::{Label, Scope, SealContext},
    envelope::DataKey,
    secret::SecretKey,
};

const PROVIDER: &str = "local";

/// Reads a key of another purpose from a file of the same form. Blocks.
///
/// # Errors
/// As [`LocalKms::open`].
pub fn read_key_file(path: &Path) -> Result<SecretKey, KeyFileError> {
    file::read(path)
}

/// A KMS whose root key is read from a file at the start and kept in memory.
pub struct LocalKms {
    root: SecretKey,
    wrapping: DataKey,
    key_id: String,
}

impl LocalKms {
    /// Makes a new key file, readable by its owner alone, and opens it. Blocks; an existing file is never replaced.
    ///
    /// # Errors
    /// When the file exists, or it or its folder cannot be written.
    pub fn create(path: &Path) -> Result<Self, KeyFileError> {
        let root = SecretKey::generate()?;
        file::create(path, &root)?;
        Ok(Self::from_root(root))
    }

    /// Opens a key file. Blocks.
    ///
    /// # Errors
    /// When the file is absent, is a symbolic link or no file, may be read by others than its owner, or is malformed.
    pub fn open(path: &Path) -> Result<Self, KeyFileError> {
        file::read(path).map(Self::from_root)
    }

    /// The key for a purpose that the database must not be able to serve: batch MACs, token signing, email look-ups.
    ///
    /// The same label always gives the same key; labels are frozen.
    #[must_use]
    pub fn derive(&self, label: &str) -> SecretKey {
        self.root
            .derive(&[b"vault/v1/local-kms/derived/", label.as_bytes()])
    }

    fn from_root(root: SecretKey) -> Self {
        // A name for the root key that tells nothing about it: an operator sees which file wrapped a key.
        let fingerprint = root.derive(&[b"vault/v1/local-kms/key-id"]);
        let (&name, _) = fingerprint
            .expose()
            .split_first_chunk()
            .unwrap_or((&[0; 16], &[]));
        let id = KeyId::from_uuid(Uuid::from_bytes(name));
        let wrapping = DataKey::new(id, &root.derive(&[b"vault/v1/local-kms/wrap"]));
        Self {
            root,
            wrapping,
            key_id: format!("local:{id}"),
        }
    }

    fn check_origin(&self, wrapped: &WrappedKey) -> Result<(), KmsError> {
        if wrapped.provider != PROVIDER {
            let found = wrapped.provider.as_str().into();
            return Err(KmsError::OtherProvider {
                expected: PROVIDER,
                found,
            });
        }
        if wrapped.kms_key != self.key_id {
            let expected = self.key_id.as_str().into();
            return Err(KmsError::OtherRootKey {
                expected,
                found: wrapped.kms_key.as_str().into(),
            });
        }
        Ok(())
    }
}

impl fmt::Debug for LocalKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalKms({})", self.key_id)
    }
}

const fn seal_context(context: &EncryptionContext) -> SealContext {
    SealContext {
        tenant: context.tenant,
        scope: Scope::Tenant,
        label: Label::TenantKey(context.key_id),
    }
}

#[async_trait]
impl Kms for LocalKms {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn key_id(&self) -> &str {
        &self.key_id
    }

    async fn wrap(&self, key: &SecretKey, context: &EncryptionContext) -> Result<WrappedKey, KmsError> {
        let bytes = self
            .wrapping
            .seal(&seal_context(context), key.expose())
            .map_err(KmsError::Refused)?;
        Ok(WrappedKey {
            provider: PROVIDER.to_owned(),
            kms_key: self.key_id.clone(),
            bytes,
        })
    }

    async fn unwrap(&self, wrapped: &WrappedKey, context: &EncryptionContext) -> Result<SecretKey, KmsError> {
        self.check_origin(wrapped)?;
        let bytes = self
            .wrapping
            .open(&seal_context(context), &wrapped.bytes)
            .map_err(KmsError::Refused)?;
        Ok(SecretKey::from_slice(&bytes)?)
    }
}

#[cfg(test)]
mod tests;
