//! AWS access key ids: four letters for the kind of key, then 16 of base 32.

use vault_domain::EntityType;

use super::token::{Form, Token};
use crate::{
    confidence::{Strength, Validity},
    recognizer::Trigger,
};

pub(super) const ACCESS_KEY: Token = Token {
    types: &[EntityType::AwsAccessKey],
    triggers: &[Trigger::Literals(&["AKIA", "ASIA", "ABIA", "ACCA"])],
    forms: &[
        Form {
            prefix: "AKIA",
            alphabet: is_id_byte,
            body: (16, 16),
            strength: Strength::Strong,
        },
        Form {
            prefix: "ASIA",
            alphabet: is_id_byte,
            body: (16, 16),
            strength: Strength::Strong,
        },
        Form {
            prefix: "ABIA",
            alphabet: is_id_byte,
            body: (16, 16),
            strength: Strength::Strong,
        },
        Form {
            prefix: "ACCA",
            alphabet: is_id_byte,
            body: (16, 16),
            strength: Strength::Strong,
        },
    ],
    check,
    context_words: &["aws", "access key", "key id", "amazon"],
};

/// The ids are base 32; in word lists only `AKIA` and its like run on into lowercase or other digits.
fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn check(matched: &str) -> Validity {
    let is_base32 = |byte: u8| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7');
    if matched.bytes().all(is_base32) {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_base_32() {
        assert_eq!(check("AKIAIOSFODNN7EXAMPLE"), Validity::Unknown);
        assert_eq!(check("AKIAIOSFODNN1EXAMPLE"), Validity::Invalid);
        assert_eq!(check("AKIAIOSFODNN7example"), Validity::Invalid);
    }
}
