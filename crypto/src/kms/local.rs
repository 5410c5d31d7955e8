//! The KMS of a single machine: a root key in a file, in clear or under a passphrase.

mod file;
mod passphrase;
mod service_key;

use std::{fmt, path::Path};

use async_trait::async_trait;
use uuid::Uuid;
use vault_domain::KeyId;

pub use file::KeyFileError;
pub use service_key::ServiceKey;

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
    file::read(path, None)
}

/// Makes a key of another purpose, in a new file of the same form. Blocks.
///
/// # Errors
/// As [`LocalKms::create`].
pub(crate) fn create_key_file(path: &Path, key: &SecretKey) -> Result<(), KeyFileError> {
    file::create(path, key, None)
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
        file::create(path, &root, None)?;
        Ok(Self::from_root(root))
    }

    /// As [`Self::create`], with the key sealed under a passphrase. Blocks for about a second.
    ///
    /// # Errors
    /// As [`Self::create`], and when the passphrase is shorter than [`MIN_PASSPHRASE_CHARS`](KeyFileError).
    pub fn create_with_passphrase(path: &Path, passphrase: &str) -> Result<Self, KeyFileError> {
        let root = SecretKey::generate()?;
        file::create(path, &root, Some(passphrase))?;
        Ok(Self::from_root(root))
    }

    /// Opens a key file. Blocks.
    ///
    /// # Errors
    /// When the file is absent, is a symbolic link or no file, may be read by others than its owner, is malformed, or
    /// needs a passphrase.
    pub fn open(path: &Path) -> Result<Self, KeyFileError> {
        file::read(path, None).map(Self::from_root)
    }

    /// Opens a key file that is sealed under a passphrase. Blocks for about a second.
    ///
    /// # Errors
    /// As [`Self::open`], and when the passphrase is not the file's, or the file has none.
    pub fn open_with_passphrase(path: &Path, passphrase: &str) -> Result<Self, KeyFileError> {
        file::read(path, Some(passphrase)).map(Self::from_root)
    }

    /// The service key of a vault whose first root key this is: the same 32 bytes.
    #[must_use]
    pub fn service_key(&self) -> ServiceKey {
        ServiceKey::of_root(&self.root)
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

    fn opens(&self, wrapped: &WrappedKey) -> bool {
        wrapped.provider == PROVIDER && wrapped.kms_key == self.key_id
    }

    async fn wrap(&self, key: &SecretKey, context: &EncryptionContext) -> Result<WrappedKey, KmsError> {
        let bytes = self
            .wrapping
            .seal(&seal_context(context), key.expose())
            .map_err(|error| KmsError::Refused(Box::new(error)))?;
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
            .map_err(|error| KmsError::Refused(Box::new(error)))?;
        Ok(SecretKey::from_slice(&bytes)?)
    }
}

#[cfg(test)]
mod tests;
