//! The key of what the vault does for itself, whoever holds the root key.

use crate::secret::SecretKey;

/// What the keys of the vault's own doings are derived from: batch MACs, token signing, email look-ups.
///
/// It is made once and never rotated, because what hangs on it is never written anew. A vault that began with a key file
/// has that file's key as its service key; another's is made by its KMS. Changing the root key only wraps it anew.
pub struct ServiceKey(SecretKey);

impl ServiceKey {
    /// Takes over an unwrapped or freshly generated key.
    #[must_use]
    pub const fn new(key: SecretKey) -> Self {
        Self(key)
    }

    pub(super) fn of_root(root: &SecretKey) -> Self {
        Self(SecretKey::take(&mut root.expose().to_owned()))
    }

    /// The key for a purpose that the database must not be able to serve.
    ///
    /// The same label always gives the same key; labels are frozen.
    #[must_use]
    pub fn derive(&self, label: &str) -> SecretKey {
        self.0.derive(&[b"vault/v1/local-kms/derived/", label.as_bytes()])
    }

    /// The key itself, to be wrapped.
    #[must_use]
    pub const fn key(&self) -> &SecretKey {
        &self.0
    }
}

impl std::fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServiceKey(redacted)")
    }
}
