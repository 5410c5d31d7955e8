//! Which passwords a new account may have.

use sha2::{Digest, Sha256};
use vault_domain::ErrorCode;
use zeroize::Zeroizing;

/// The fewest characters of a password.
pub const MIN_PASSWORD_CHARS: usize = 12;

/// Some 40,000 passwords of published breaches, each as the first [`HASH_BYTES`] of the SHA-256 of its lower case, sorted.
/// `scripts/breached-passwords` makes it.
const BREACHED: &[u8] = include_bytes!("breached.bin");
const HASH_BYTES: usize = 8;
/// The fewest letters of a breached password that count with digits and signs around them: fewer are part of many.
const MIN_CORE_CHARS: usize = 4;

/// The rule that a password breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// It has fewer than [`MIN_PASSWORD_CHARS`] characters.
    #[error("the password has fewer than {MIN_PASSWORD_CHARS} characters")]
    TooShort,
    /// It stands in a list of passwords that attackers try first.
    #[error("the password is among those that attackers try first")]
    Breached,
    /// It repeats one or two characters.
    #[error("the password consists of too few different characters")]
    TooUniform,
}

impl PasswordRefusal {
    /// The code to answer with.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::TooShort => ErrorCode::FieldTooShort,
            Self::Breached | Self::TooUniform => ErrorCode::InvalidFieldValue,
        }
    }
}

pub(super) fn check(password: &str) -> Result<(), PasswordRefusal> {
    if password.chars().count() < MIN_PASSWORD_CHARS {
        return Err(PasswordRefusal::TooShort);
    }
    let mut different = ['\0'; 3];
    let mut count = 0;
    for character in password.chars() {
        if count < different.len() && !different[..count].contains(&character) {
            different[count] = character;
            count += 1;
        }
    }
    if count < different.len() {
        return Err(PasswordRefusal::TooUniform);
    }
    if is_breached(password) {
        return Err(PasswordRefusal::Breached);
    }
    Ok(())
}

/// Whether it is on the list, or is made of one that is as attackers make it: over and over, or with digits and signs
/// around it.
fn is_breached(password: &str) -> bool {
    // of one size from the start: a buffer that grows leaves copies behind
    let mut lower = Zeroizing::new(String::with_capacity(password.len().saturating_mul(3)));
    lower.extend(password.chars().flat_map(char::to_lowercase));
    let lower = lower.as_str();
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    let core = if core.chars().count() < MIN_CORE_CHARS {
        lower
    } else {
        core
    };
    [lower, unit(lower), core, unit(core)].into_iter().any(is_listed)
}

/// What a text repeats; itself if nothing.
fn unit(text: &str) -> &str {
    let repeated = (2..=text.len()).find_map(|times| {
        let (first, _) = text.split_at_checked(text.len() / times)?;
        let mut parts = text.as_bytes().chunks(first.len().max(1));
        parts.all(|part| part == first.as_bytes()).then_some(first)
    });
    repeated.unwrap_or(text)
}

fn is_listed(lower: &str) -> bool {
    let hash = Sha256::digest(lower.as_bytes());
    let (entries, _) = BREACHED.as_chunks::<HASH_BYTES>();
    entries
        .binary_search_by(|entry| entry.as_slice().cmp(&hash[..HASH_BYTES]))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_count_and_not_bytes() {
        assert_eq!(check("elevenchars"), Err(PasswordRefusal::TooShort));
        assert_eq!(check("twelve chars"), Ok(()));
        assert_eq!(check("üäöüäöüäöü"), Err(PasswordRefusal::TooShort));
        assert_eq!(check(""), Err(PasswordRefusal::TooShort));
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for breached in [
            "password1234",
            "PassWord1234",
            "123456789012",
            "qwertyuiop123",
            "manchesterunited",
        ] {
            assert_eq!(check(breached), Err(PasswordRefusal::Breached), "{breached}");
        }
        assert_eq!(check("xpassword1234"), Ok(()));
    }

    #[test]
    fn what_attackers_make_of_common_passwords_is_refused() {
        for made in [
            "Dragon!2024!!",
            "2024-Monkey-01",
            "letmeinletmein",
            "adminadminadmin123",
            "SupermanSuperman",
        ] {
            assert_eq!(check(made), Err(PasswordRefusal::Breached), "{made}");
        }
        for fine in [
            "correct horse battery staple 7",
            "a perfectly good password 1",
            "k3#dragon$9!xQ",
        ] {
            assert_eq!(check(fine), Ok(()), "{fine}");
        }
    }

    #[test]
    fn one_character_again_and_again_is_refused() {
        assert_eq!(check("zzzzzzzzzzzzzzzz"), Err(PasswordRefusal::TooUniform));
        assert_eq!(check("abababababababab"), Err(PasswordRefusal::TooUniform));
        assert_eq!(check("abacabadabac"), Ok(()));
    }

    #[test]
    fn the_list_is_sorted_and_without_doubles() {
        let (entries, rest) = BREACHED.as_chunks::<HASH_BYTES>();
        assert!(entries.len() > 40_000 && rest.is_empty());
        assert!(entries.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
