//! Masking: stars in place of characters.

use vault_domain::EntityType;

/// How many letters and digits stay readable at the end.
const KEPT: usize = 4;
/// Shorter findings show nothing: four of seven digits would be most of it.
const MIN_FOR_KEPT: usize = 8;

/// Appends the masked finding.
pub(super) fn push_masked(result: &mut String, kind: EntityType, matched: &str) {
    let total = matched
        .chars()
        .filter(|character| character.is_alphanumeric())
        .count();
    let kept = if keeps_its_end(kind) && total >= MIN_FOR_KEPT {
        KEPT
    } else {
        0
    };
    let mut left = total;
    for character in matched.chars() {
        if character.is_alphanumeric() {
            result.push(if left <= kept { character } else { '*' });
            left -= 1;
        } else {
            result.push(if stays(kind, character) { character } else { '*' });
        }
    }
}

/// The types that people recognize by their last characters.
const fn keeps_its_end(kind: EntityType) -> bool {
    matches!(
        kind,
        EntityType::Phone
            | EntityType::CreditCard
            | EntityType::Iban
            | EntityType::UsSsn
            | EntityType::UsPassport
    )
}

/// Punctuation within a secret is part of it.
fn stays(kind: EntityType, character: char) -> bool {
    if kind.is_secret() {
        character.is_whitespace()
    } else {
        character.is_ascii_punctuation() || character.is_whitespace()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(kind: EntityType, matched: &str) -> String {
        let mut result = String::new();
        push_masked(&mut result, kind, matched);
        result
    }

    #[test]
    fn numbers_keep_their_last_four_and_their_punctuation() {
        assert_eq!(
            masked(EntityType::CreditCard, "4111 1111 1111 1234"),
            "**** **** **** 1234"
        );
        assert_eq!(
            masked(EntityType::Phone, "+1 (415) 555-2671"),
            "+* (***) ***-2671"
        );
        assert_eq!(
            masked(EntityType::Iban, "DE89370400440532013000"),
            "******************3000"
        );
        assert_eq!(masked(EntityType::UsSsn, "123-45-6789"), "***-**-6789");
    }

    #[test]
    fn short_numbers_and_other_types_keep_nothing() {
        assert_eq!(masked(EntityType::Phone, "555-123"), "***-***");
        assert_eq!(
            masked(EntityType::Email, "jo.doe@example.com"),
            "**.***@*******.***"
        );
        assert_eq!(masked(EntityType::DateOfBirth, "1990-01-31"), "****-**-**");
        assert_eq!(masked(EntityType::AwsSecretKey, "ab/c+d=\n"), "*******\n");
    }
}
