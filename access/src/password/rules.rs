//! Which passwords a new account may have.

use vault_domain::ErrorCode;

/// The fewest characters of a password.
pub const MIN_PASSWORD_CHARS: usize = 12;

/// The most common passwords of published breaches that are long enough for the other rules; sorted, in lower case.
const BREACHED: &str = include_str!("breached.txt");

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
    if BREACHED
        .lines()
        .any(|breached| same_but_for_case(breached, password))
    {
        return Err(PasswordRefusal::Breached);
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
        Err(PasswordRefusal::TooUniform)
    } else {
        Ok(())
    }
}

/// Compares without making a copy of the password.
fn same_but_for_case(breached: &str, password: &str) -> bool {
    breached.eq_ignore_ascii_case(password)
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
        for breached in ["password1234", "PassWord1234", "123456789012", "qwertyuiop123"] {
            assert_eq!(check(breached), Err(PasswordRefusal::Breached), "{breached}");
        }
        assert_eq!(check("xpassword1234"), Ok(()));
    }

    #[test]
    fn one_character_again_and_again_is_refused() {
        assert_eq!(check("zzzzzzzzzzzzzzzz"), Err(PasswordRefusal::TooUniform));
        assert_eq!(check("abababababababab"), Err(PasswordRefusal::TooUniform));
        assert_eq!(check("abcabcabcabc"), Ok(()));
    }

    #[test]
    fn the_list_is_sorted_without_doubles_and_holds_nothing_needless() {
        let list: Vec<&str> = BREACHED.lines().collect();
        assert!(list.len() > 100);
        assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
        for entry in list {
            assert_eq!(entry, entry.to_ascii_lowercase());
            assert!(entry.chars().count() >= MIN_PASSWORD_CHARS, "{entry}");
        }
    }
}
