//! The one format of everything that the vault seals; `docs/security/CIPHERTEXT.md` describes it byte by byte.

use std::fmt;

use uuid::Uuid;
use vault_domain::{KeyId, Sealed};
use zeroize::Zeroizing;

use crate::{
    context::SealContext,
    nonces::{FreshNonce, Nonces},
    secret::{RandomError, SecretKey},
    xaes::{NONCE_SIZE_BYTES, NotAuthentic, TAG_SIZE_BYTES, TooLong, Xaes256Gcm},
};

/// The version of the format that this code writes, and the only one it reads.
pub const VERSION: u8 = 1;

/// The number of XAES-256-GCM in byte 1.
pub const ALGORITHM_XAES_256_GCM: u8 = 1;

/// By how much a sealed value is longer than its plaintext.
pub const OVERHEAD_BYTES: usize = BODY + TAG_SIZE_BYTES;

const NONCE: usize = 18;
const BODY: usize = NONCE + NONCE_SIZE_BYTES;

/// Why a value was not sealed or not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// No nonce could be drawn.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The plaintext is too long for the cipher.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The bytes are too short to be a sealed value.
    #[error("a sealed value has at least {OVERHEAD_BYTES} bytes, not {found_bytes}")]
    Truncated {
        /// How many bytes there are.
        found_bytes: usize,
    },
    /// The format's version is not known here.
    #[error("sealed in format {found}, which this version does not know")]
    UnknownVersion {
        /// The version that the value names.
        found: u8,
    },
    /// The algorithm is not known here.
    #[error("sealed with algorithm {found}, which this version does not know")]
    UnknownAlgorithm {
        /// The algorithm that the value names.
        found: u8,
    },
    /// The value names another key than the one at hand.
    #[error("sealed under key {found}, not {expected}")]
    OtherKey {
        /// The key at hand.
        expected: KeyId,
        /// The key that the value names.
        found: KeyId,
    },
    /// The value was changed, belongs elsewhere, or was sealed under another key.
    #[error(transparent)]
    NotAuthentic(#[from] NotAuthentic),
}

/// A key that seals values, with its id. The key is wiped on drop.
pub struct DataKey {
    id: KeyId,
    cipher: Xaes256Gcm,
    nonces: Nonces,
}

impl DataKey {
    /// Prepares a key for use; the secret itself is no longer needed afterwards.
    #[must_use]
    pub fn new(id: KeyId, secret: &SecretKey) -> Self {
        Self {
            id,
            cipher: Xaes256Gcm::new(secret),
            nonces: Nonces::default(),
        }
    }

    /// The key's id, as it stands in what the key sealed.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Seals a plaintext so that it opens under this key and in this context alone.
    ///
    /// # Errors
    /// When there is no randomness for the nonce, or more than 64 GiB of plaintext.
    pub fn seal(&self, context: &SealContext, plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let nonce = self.nonces.next(&self.cipher)?;
        self.seal_with_nonce(context, plaintext, &nonce)
    }

    fn seal_with_nonce(
        &self,
        context: &SealContext,
        plaintext: &[u8],
        nonce: &FreshNonce,
    ) -> Result<Vec<u8>, CryptoError> {
        let mut sealed = Vec::with_capacity(plaintext.len() + OVERHEAD_BYTES);
        sealed.extend_from_slice(&[VERSION, ALGORITHM_XAES_256_GCM]);
        sealed.extend_from_slice(self.id.as_uuid().as_bytes());
        let associated_data = associated_data(&sealed, context);
        sealed.extend_from_slice(&nonce.first);
        sealed.extend_from_slice(&nonce.second);
        sealed.extend_from_slice(plaintext);
        let tag = nonce
            .cipher
            .seal_in_place(&nonce.second, &associated_data, &mut sealed[BODY..])?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens what [`Self::seal`] sealed in the same context.
    ///
    /// # Errors
    /// When the bytes are no sealed value of a known format, name another key, were changed, or belong elsewhere.
    pub fn open(&self, context: &SealContext, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let parts = Parts::read(sealed)?;
        if parts.key_id != self.id {
            return Err(CryptoError::OtherKey {
                expected: self.id,
                found: parts.key_id,
            });
        }
        let mut plaintext = Zeroizing::new(parts.body.to_vec());
        let associated_data = associated_data(parts.header, context);
        self.cipher
            .open_in_place(parts.nonce, &associated_data, &mut plaintext, parts.tag)?;
        Ok(plaintext)
    }

    /// Seals a value for an event or a row.
    ///
    /// # Errors
    /// As [`Self::seal`].
    pub fn seal_value(&self, context: &SealContext, plaintext: &[u8]) -> Result<Sealed, CryptoError> {
        self.seal(context, plaintext).map(Sealed::from_envelope)
    }

    /// Opens a value of an event or a row.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_value(
        &self,
        context: &SealContext,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        self.open(context, sealed.envelope())
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({})", self.id)
    }
}

/// The id of the key that a value says it was sealed under. Only opening it proves that.
///
/// # Errors
/// When the bytes are no sealed value of a known format.
pub fn key_id(sealed: &[u8]) -> Result<KeyId, CryptoError> {
    Parts::read(sealed).map(|parts| parts.key_id)
}

struct Parts<'a> {
    header: &'a [u8],
    key_id: KeyId,
    nonce: &'a [u8; NONCE_SIZE_BYTES],
    body: &'a [u8],
    tag: &'a [u8; TAG_SIZE_BYTES],
}

impl<'a> Parts<'a> {
    fn read(sealed: &'a [u8]) -> Result<Self, CryptoError> {
        let truncated = || CryptoError::Truncated {
            found_bytes: sealed.len(),
        };
        let (header, rest) = sealed.split_at_checked(NONCE).ok_or_else(truncated)?;
        let (nonce, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
        let (body, tag) = rest.split_last_chunk().ok_or_else(truncated)?;
        let (names, id) = header.split_last_chunk().ok_or_else(truncated)?;
        let key_id = KeyId::from_uuid(Uuid::from_bytes(*id));
        match *names {
            [VERSION, ALGORITHM_XAES_256_GCM] => Ok(Self {
                header,
                key_id,
                nonce,
                body,
                tag,
            }),
            [VERSION, found, ..] => Err(CryptoError::UnknownAlgorithm { found }),
            [found, ..] => Err(CryptoError::UnknownVersion { found }),
            [] => Err(truncated()),
        }
    }
}

/// The header is bound too: its length is fixed, the context follows with lengths.
fn associated_data(header: &[u8], context: &SealContext) -> Vec<u8> {
    // Enough for the header and every context but one with a very long label.
    let mut bytes = Vec::with_capacity(192);
    bytes.extend_from_slice(header);
    context.encode(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests;
