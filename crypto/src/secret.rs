//! Key material: 32 secret bytes that are wiped when dropped and never shown.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The length of every secret key.
pub const KEY_SIZE_BYTES: usize = 32;

/// The operating system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no randomness")]
pub struct RandomError(#[source] getrandom::Error);

/// Bytes that were to become a key are not 32 long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key has 32 bytes, not {found_bytes}")]
pub struct InvalidKeyLength {
    /// How many bytes there were.
    pub found_bytes: usize,
}

/// Fills a buffer with randomness of the operating system.
///
/// # Errors
/// When the operating system gives none.
pub(crate) fn fill_random(buffer: &mut [u8]) -> Result<(), RandomError> {
    getrandom::fill(buffer).map_err(RandomError)
}

/// A 256-bit secret key.
///
/// The bytes live on the heap, so that moving the key leaves no copy behind; they are wiped on drop. Comparison
/// takes the same time whatever differs, `Debug` is redacted, and there is no `Serialize` and no `Clone`.
pub struct SecretKey(Box<[u8; KEY_SIZE_BYTES]>);

impl SecretKey {
    /// A fresh key from the operating system's randomness.
    ///
    /// # Errors
    /// When the operating system gives none.
    pub fn generate() -> Result<Self, RandomError> {
        let mut key = Self(Box::new([0; KEY_SIZE_BYTES]));
        fill_random(key.0.as_mut_slice())?;
        Ok(key)
    }

    /// Takes the bytes over and wipes the caller's copy.
    #[must_use]
    pub fn take(bytes: &mut [u8; KEY_SIZE_BYTES]) -> Self {
        let key = Self(Box::new(*bytes));
        bytes.zeroize();
        key
    }

    /// Copies a key out of a buffer that the caller wipes.
    ///
    /// # Errors
    /// When there are not exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, InvalidKeyLength> {
        let mut key = Self(Box::new([0; KEY_SIZE_BYTES]));
        if bytes.len() != KEY_SIZE_BYTES {
            return Err(InvalidKeyLength {
                found_bytes: bytes.len(),
            });
        }
        key.0.copy_from_slice(bytes);
        Ok(key)
    }

    /// The bytes, for a cipher or for wrapping under another key; never for a log, an event or a row.
    #[must_use]
    pub fn expose(&self) -> &[u8; KEY_SIZE_BYTES] {
        &self.0
    }

    /// The key for one purpose: HKDF-SHA-256 (RFC 5869) without salt and with the purpose as `info`.
    ///
    /// At this output length the expansion is a single HMAC, so it cannot fail and is written out here.
    #[must_use]
    pub fn derive(&self, purpose: &[&[u8]]) -> Self {
        let mut extract = hmac_sha256(&[0; KEY_SIZE_BYTES]);
        extract.update(self.0.as_slice());
        let prk: Zeroizing<[u8; KEY_SIZE_BYTES]> = Zeroizing::new(extract.finalize().into_bytes().into());
        let mut expand = hmac_sha256(&prk);
        for part in purpose {
            expand.update(part);
        }
        expand.update(&[1]);
        let mut okm = Zeroizing::new(expand.finalize().into_bytes().into());
        Self::take(&mut okm)
    }
}

/// HMAC-SHA-256 under a 32-byte key.
pub(crate) fn hmac_sha256(key: &[u8; KEY_SIZE_BYTES]) -> Hmac<Sha256> {
    // HMAC pads a short key with zeros to the block length, so this is the same key and cannot fail.
    let mut block = Zeroizing::new([0; 64]);
    block[..KEY_SIZE_BYTES].copy_from_slice(key);
    let block: &[u8; 64] = &block;
    Hmac::new(block.into())
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl ZeroizeOnDrop for SecretKey {}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(redacted)")
    }
}

impl ConstantTimeEq for SecretKey {
    fn ct_eq(&self, other: &Self) -> subtle::Choice {
        self.0.as_slice().ct_eq(other.0.as_slice())
    }
}

impl PartialEq for SecretKey {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for SecretKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_keys_differ_and_debug_shows_no_byte() {
        let one = SecretKey::generate().expect("randomness");
        let other = SecretKey::generate().expect("randomness");
        assert_ne!(one, other);
        assert_eq!(one, SecretKey::from_slice(one.expose()).expect("32 bytes"));
        assert_eq!(format!("{one:?}"), "SecretKey(redacted)");
    }

    #[test]
    fn a_key_has_32_bytes() {
        for found_bytes in [0, 16, 31, 33, 64] {
            let result = SecretKey::from_slice(&vec![7; found_bytes]);
            assert_eq!(result, Err(InvalidKeyLength { found_bytes }));
        }
    }

    #[test]
    fn taking_a_key_wipes_the_source() {
        let mut bytes = [7; 32];
        let key = SecretKey::take(&mut bytes);
        assert_eq!(bytes, [0; 32]);
        assert_eq!(key.expose(), &[7; 32]);
    }

    #[test]
    fn keys_that_differ_in_any_byte_differ() {
        let key = SecretKey::take(&mut [7; 32]);
        for index in 0..32 {
            let mut bytes = [7; 32];
            bytes[index] ^= 0x80;
            assert_ne!(key, SecretKey::take(&mut bytes));
        }
    }

    #[test]
    fn derivation_is_hkdf_sha_256() {
        let key = SecretKey::take(&mut [0x0b; 32]);
        let mut expected = [0; 32];
        hkdf::Hkdf::<Sha256>::new(None, &[0x0b; 32])
            .expand(b"vault/test", &mut expected)
            .expect("32 bytes");
        assert_eq!(key.derive(&[b"vault/", b"test"]).expose(), &expected);
        assert_ne!(key.derive(&[b"vault/other"]).expose(), &expected);
    }
}
