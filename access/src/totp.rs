//! Second factors: codes of authenticator apps (RFC 6238), and recovery codes.

use std::fmt;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Totp, TotpError};
use vault_domain::UserId;
use zeroize::Zeroizing;

/// How many recovery codes a user is given.
pub const RECOVERY_CODES: usize = 10;

const SECRET_BYTES: usize = 20;
const RECOVERY_BYTES: usize = 10;
/// Characters of a group of a recovery code, and how many groups there are.
const GROUP: usize = 5;
const ISSUER: &str = "LLM Data Vault";

/// The secret that an authenticator app and the vault share: SHA-1, six digits, 30 seconds, as all apps have it.
pub struct TotpSecret(Totp);

/// The secret is not usable.
#[derive(Debug, thiserror::Error)]
#[error("the secret of a second factor is not usable")]
pub struct UnusableSecret(#[source] TotpError);

impl TotpSecret {
    /// Takes 20 bytes from a cryptographic random source, for the account of this name.
    ///
    /// # Errors
    /// [`UnusableSecret`].
    pub fn new(secret: &[u8; SECRET_BYTES], account: &str) -> Result<Self, UnusableSecret> {
        let totp = Builder::new()
            .with_secret(secret.to_vec())
            // a colon separates the two in the address
            .with_account_name(account.replace(':', " "))
            .with_issuer(Some(ISSUER))
            .build()
            .map_err(UnusableSecret)?;
        Ok(Self(totp))
    }

    /// The secret for people who type it in.
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.secret().to_base32())
    }

    /// The address that apps read from a picture.
    ///
    /// # Errors
    /// [`UnusableSecret`] if the account has no name.
    pub fn url(&self) -> Result<Zeroizing<String>, UnusableSecret> {
        self.0.to_url().map(Zeroizing::new).map_err(UnusableSecret)
    }

    /// The step that a code is of: the present one, the one before, or the one after. Each step counts once, which is for
    /// the caller to see to.
    #[must_use]
    pub fn step(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let is_code = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        let now_s = u64::try_from(now.timestamp()).ok().filter(|_| is_code)?;
        self.0
            .check(code, now_s)
            .and_then(|step| i64::try_from(step).ok())
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret([redacted])")
    }
}

/// A code that lets a user in once without the app: 80 random bits in groups of five hexadecimal digits.
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// Makes a code of 10 bytes from a cryptographic random source.
    #[must_use]
    pub fn from_random(random: [u8; RECOVERY_BYTES]) -> Self {
        Self(Zeroizing::new(hex::encode(random)))
    }

    /// Reads what a user typed: dashes, blanks and the case of letters do not count.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 64 {
            return None;
        }
        let digits = text.chars().filter(|character| !matches!(character, '-' | ' '));
        let code = Zeroizing::new(digits.collect::<String>().to_ascii_lowercase());
        let is_code = code.len() == 2 * RECOVERY_BYTES && code.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_code.then_some(Self(code))
    }

    /// The code's text, for the answer to its owner and for nothing else.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.0.len() + self.0.len() / GROUP));
        for (number, digit) in self.0.chars().enumerate() {
            if number > 0 && number % GROUP == 0 {
                text.push('-');
            }
            text.push(digit);
        }
        text
    }

    /// What is stored of the code. It has 80 random bits, and few guesses are free.
    #[must_use]
    pub fn hash(&self, user: UserId) -> [u8; 32] {
        let hasher = Sha256::new().chain_update(b"vault recovery code\0");
        let hasher = hasher.chain_update(user.as_uuid().as_bytes());
        hasher.chain_update(self.0.as_bytes()).finalize().into()
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("is a time")
    }

    fn secret() -> TotpSecret {
        TotpSecret::new(b"12345678901234567890", "ana@example.com").expect("is usable")
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of its eight digits
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().step(code, at(time)), Some(time / 30), "{time}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_one_step_late() {
        for (time, good) in [
            (29, true),
            (30, true),
            (59, true),
            (89, true),
            (90, false),
            (1_000, false),
        ] {
            let step = secret().step("287082", at(time));
            assert_eq!(step, good.then_some(1), "{time}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused_and_debug_shows_nothing() {
        for bad in [
            "",
            "28708",
            "2870822",
            "28708a",
            "２８７０８２",
            " 287082",
            "-87082",
        ] {
            assert_eq!(secret().step(bad, at(59)), None, "{bad}");
        }
        assert_eq!(format!("{:?}", secret()), "TotpSecret([redacted])");
        let url = secret().url().expect("has a name");
        assert!(
            url.starts_with("otpauth://totp/") && url.contains("issuer=LLM%20Data%20Vault"),
            "{url:?}"
        );
    }

    #[test]
    fn a_recovery_code_is_read_as_people_type_it_and_is_its_users_own() {
        let code = RecoveryCode::from_random([0xab; 10]);
        assert_eq!(code.expose().as_str(), "ababa-babab-ababa-babab");
        let (user, other) = (
            UserId::from_uuid(Uuid::from_u128(1)),
            UserId::from_uuid(Uuid::from_u128(2)),
        );
        let typed = RecoveryCode::parse(" ABABA BABAB-ababa-babab").expect("parses");
        assert_eq!(typed.hash(user), code.hash(user));
        assert_ne!(typed.hash(other), code.hash(user));
        for bad in ["", "123456", "zbaba-babab-ababa-babab", &"a".repeat(100)] {
            assert!(RecoveryCode::parse(bad).is_none(), "{bad}");
        }
    }
}
