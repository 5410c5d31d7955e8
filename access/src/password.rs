//! Passwords: held in memory that is wiped, hashed with Argon2id off the async threads.

mod hasher;
mod phc;
mod rules;

use std::fmt;

use serde::{Deserialize, Deserializer, de::Error as _};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use hasher::{HasherLimits, PasswordError, PasswordHasher, PasswordSalt, Verdict};
pub use phc::{PhcHash, UnusableHash};
pub use rules::{MIN_PASSWORD_CHARS, PasswordRefusal};

/// The longest password, in bytes of UTF-8.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// A password that someone typed, in NFKC: the same on every keyboard. It cannot be shown or serialized.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// The password has more than [`MAX_PASSWORD_BYTES`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
pub struct PasswordTooLong;

impl Password {
    /// Takes a password over; even a wrong one is wiped from memory.
    ///
    /// # Errors
    ///
    /// [`PasswordTooLong`].
    pub fn new(text: String) -> Result<Self, PasswordTooLong> {
        let text = Zeroizing::new(text);
        if text.len() > MAX_PASSWORD_BYTES {
            return Err(PasswordTooLong);
        }
        // of one size from the start: a buffer that grows leaves copies behind
        let mut normal = Zeroizing::new(String::with_capacity(MAX_PASSWORD_BYTES));
        for character in text.nfkc() {
            if normal.len() + character.len_utf8() > MAX_PASSWORD_BYTES {
                return Err(PasswordTooLong);
            }
            normal.push(character);
        }
        Ok(Self(normal))
    }

    /// Whether a new account may have this password.
    ///
    /// # Errors
    ///
    /// [`PasswordRefusal`] says which rule it breaks.
    pub fn check_rules(&self) -> Result<(), PasswordRefusal> {
        rules::check(&self.0)
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_shows() {
        let password = Password::new("correct horse".to_owned()).expect("is short enough");
        assert_eq!(format!("{password:?}"), "Password([redacted])");
    }

    #[test]
    fn a_password_is_the_same_on_every_keyboard() {
        let bytes = |text: &str| Password::new(text.to_owned()).map(|password| password.bytes().to_vec());
        // composed and decomposed, wide and narrow, a ligature
        for (one, other) in [
            ("pässword", "pa\u{308}ssword"),
            ("ｐａｓｓ１２", "pass12"),
            ("ﬁsh", "fish"),
        ] {
            assert_eq!(bytes(one), bytes(other), "{one}");
        }
        assert_ne!(bytes("Password"), bytes("password"));
        // one character that becomes eighteen
        assert_eq!(bytes(&"\u{fdfa}".repeat(300)).err(), Some(PasswordTooLong));
    }

    #[test]
    fn a_password_has_at_most_1024_bytes() {
        assert!(Password::new("ü".repeat(512)).is_ok());
        assert_eq!(
            Password::new(format!("{}x", "ü".repeat(512))).err(),
            Some(PasswordTooLong)
        );
        assert!(serde_json::from_str::<Password>("\"secret\"").is_ok());
        let error = serde_json::from_str::<Password>(&format!("\"{}\"", "s".repeat(1025))).err();
        assert!(error.is_some_and(|error| !error.to_string().contains("sss")));
    }
}
