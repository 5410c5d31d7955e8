//! Keyed hashes of findings.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use vault_domain::EntityType;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// How many bytes of the hash are shown: 64 bits, so that two findings among billions hardly collide.
const SHOWN_BYTES: usize = 8;
/// The block of SHA-256.
const BLOCK_BYTES: usize = 64;

/// The key of [`Strategy::Hash`](super::Strategy::Hash); whoever holds it can confirm guesses.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct HashKey([u8; 32]);

impl HashKey {
    /// Wraps 32 secret, uniformly random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The first 16 hexadecimal digits of HMAC-SHA-256 over the type's name, a zero byte and the finding.
    pub(super) fn digest(&self, kind: EntityType, matched: &str) -> String {
        // HMAC pads its key with zeros to a block, so that this is the same as giving it the 32 bytes.
        let mut block = [0; BLOCK_BYTES];
        block[..self.0.len()].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        block.zeroize();
        mac.update(kind.as_str().as_bytes());
        mac.update(&[0]);
        mac.update(matched.as_bytes());
        hex::encode(&mac.finalize().into_bytes()[..SHOWN_BYTES])
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_hmac_sha_256_of_type_and_value() {
        // HMAC-SHA-256, key of 32 times 0x07, message "email\0a@b.cd", as computed with Python's hmac.
        let key = HashKey::from_bytes([7; 32]);
        assert_eq!(key.digest(EntityType::Email, "a@b.cd"), "c711dc1593d9b096");
    }

    #[test]
    fn key_type_and_value_all_matter_and_the_key_never_shows() {
        let key = HashKey::from_bytes([7; 32]);
        let digest = key.digest(EntityType::Email, "a@b.cd");
        assert_ne!(
            digest,
            HashKey::from_bytes([8; 32]).digest(EntityType::Email, "a@b.cd")
        );
        assert_ne!(digest, key.digest(EntityType::Url, "a@b.cd"));
        assert_ne!(digest, key.digest(EntityType::Email, "a@b.ce"));
        assert_eq!(format!("{key:?}"), "HashKey(..)");
    }
}
