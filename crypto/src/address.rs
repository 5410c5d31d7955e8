//! Keyed hashes: addresses of content, and hashes to look values up by.

use std::{fmt, str::FromStr};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use vault_domain::KeyedHash;

use crate::secret::{SecretKey, hmac_sha256};

/// The address of a content within its scope: HMAC-SHA-256 of its bytes under the scope's [`AddressKey`].
///
/// It is stable across key generations, and tells nothing to those who lack the address key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentAddress([u8; 32]);

/// A text is no content address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a content address is 64 lower-case hexadecimal digits")]
pub struct InvalidAddress;

impl ContentAddress {
    /// Wraps the 32 bytes of an address.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, for SQL and for the version tree.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ContentAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for ContentAddress {
    type Err = InvalidAddress;

    /// Takes lower case only, so that an address has one spelling.
    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(InvalidAddress);
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidAddress)?;
        Ok(Self(bytes))
    }
}

/// The key that addresses a scope's content. It has no generations, and is destroyed with the scope.
#[derive(Clone)]
pub struct AddressKey(Hmac<Sha256>);

impl AddressKey {
    /// Derives the key from the scope's address secret.
    #[must_use]
    pub fn new(secret: &SecretKey) -> Self {
        Self(hmac_sha256(
            secret.derive(&[b"vault/v1/content-address"]).expose(),
        ))
    }

    /// The address of a content.
    #[must_use]
    pub fn address(&self, content: &[u8]) -> ContentAddress {
        let mut hasher = self.hasher();
        hasher.update(content);
        hasher.finish()
    }

    /// Addresses a content that arrives in pieces.
    #[must_use]
    pub fn hasher(&self) -> AddressHasher {
        AddressHasher(self.0.clone())
    }

    /// Whether the content has this address, in the same time whatever differs.
    #[must_use]
    pub fn matches(&self, content: &[u8], address: &ContentAddress) -> bool {
        self.address(content).0.ct_eq(&address.0).into()
    }
}

impl fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressKey(redacted)")
    }
}

/// An address being computed.
pub struct AddressHasher(Hmac<Sha256>);

impl AddressHasher {
    /// Takes the next piece of the content.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The address of all pieces together.
    #[must_use]
    pub fn finish(self) -> ContentAddress {
        ContentAddress(self.0.finalize().into_bytes().into())
    }
}

impl fmt::Debug for AddressHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressHasher(redacted)")
    }
}

/// Hashes values for look-ups by equality: names, emails, external ids, idempotency keys.
///
/// Labels such as `dataset.name` are frozen: equal values under different labels have unrelated hashes. What counts
/// as equal (case, Unicode form) is the caller's to settle before hashing.
pub struct KeyedHasher(Hmac<Sha256>);

impl KeyedHasher {
    /// Derives the hashing key from a look-up secret.
    #[must_use]
    pub fn new(secret: &SecretKey) -> Self {
        Self(hmac_sha256(secret.derive(&[b"vault/v1/keyed-lookup"]).expose()))
    }

    /// The hash of one value.
    #[must_use]
    pub fn hash(&self, label: &'static str, value: &[u8]) -> KeyedHash {
        self.hash_parts(label, &[value])
    }

    /// The hash of a value of several parts; where one part ends and the next begins matters.
    #[must_use]
    pub fn hash_parts(&self, label: &'static str, parts: &[&[u8]]) -> KeyedHash {
        let mut mac = self.0.clone();
        for part in std::iter::once(&label.as_bytes()).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        KeyedHash::from_bytes(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for KeyedHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedHasher(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret(byte: u8) -> SecretKey {
        SecretKey::take(&mut [byte; 32])
    }

    #[test]
    fn an_address_is_the_hmac_of_the_content_under_the_derived_key() {
        let key = secret(1).derive(&[b"vault/v1/content-address"]);
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.expose()).expect("any length");
        mac.update(b"content");
        let expected: [u8; 32] = mac.finalize().into_bytes().into();
        assert_eq!(
            AddressKey::new(&secret(1)).address(b"content").as_bytes(),
            &expected
        );
    }

    #[test]
    fn addresses_and_hashes_depend_on_the_key_and_share_nothing() {
        let address = AddressKey::new(&secret(1)).address(b"x");
        assert_ne!(address, AddressKey::new(&secret(2)).address(b"x"));
        let hash = KeyedHasher::new(&secret(1)).hash("label", b"x");
        assert_ne!(hash, KeyedHasher::new(&secret(2)).hash("label", b"x"));
        assert_ne!(hash.as_bytes(), address.as_bytes());
    }

    #[test]
    fn labels_and_the_borders_of_parts_separate_hashes() {
        let hasher = KeyedHasher::new(&secret(1));
        assert_ne!(hasher.hash("dataset.name", b"x"), hasher.hash("user.email", b"x"));
        assert_ne!(hasher.hash("a", b"bx"), hasher.hash("ab", b"x"));
        assert_ne!(
            hasher.hash_parts("l", &[b"ab", b"c"]),
            hasher.hash_parts("l", &[b"a", b"bc"])
        );
        assert_ne!(
            hasher.hash_parts("l", &[b"a", b""]),
            hasher.hash_parts("l", &[b"a"])
        );
        assert_eq!(hasher.hash("l", b"a"), hasher.hash_parts("l", &[b"a"]));
    }

    #[test]
    fn an_address_has_one_spelling() {
        let address = ContentAddress::from_bytes([0xab; 32]);
        assert_eq!(address.to_string(), "ab".repeat(32));
        assert_eq!(address.to_string().parse(), Ok(address));
        for bad in [
            String::new(),
            "ab".repeat(31),
            "ab".repeat(33),
            "AB".repeat(32),
            "zz".repeat(32),
        ] {
            assert_eq!(bad.parse::<ContentAddress>(), Err(InvalidAddress), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn pieces_have_the_address_of_the_whole(content: Vec<u8>, cut: proptest::sample::Index) {
            let key = AddressKey::new(&secret(1));
            let (head, tail) = content.split_at(cut.index(content.len() + 1));
            let mut hasher = key.hasher();
            hasher.update(head);
            hasher.update(tail);
            let address = hasher.finish();
            prop_assert_eq!(address, key.address(&content));
            prop_assert!(key.matches(&content, &address));
        }
    }
}
