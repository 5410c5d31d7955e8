//! GitHub tokens; the classic ones carry a checksum.

use vault_domain::EntityType;

use super::token::{Form, Token, has_base62_crc, is_base62};
use crate::{
    confidence::{Strength, Validity},
    recognizer::Trigger,
};

pub(super) const TOKEN: Token = Token {
    types: &[EntityType::GithubToken],
    triggers: &[Trigger::Literals(&[
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
    ])],
    forms: &[
        Form {
            prefix: "ghp_",
            alphabet: is_base62,
            body: (36, 36),
            strength: Strength::Exact,
        },
        Form {
            prefix: "gho_",
            alphabet: is_base62,
            body: (36, 36),
            strength: Strength::Exact,
        },
        Form {
            prefix: "ghu_",
            alphabet: is_base62,
            body: (36, 36),
            strength: Strength::Exact,
        },
        Form {
            prefix: "ghs_",
            alphabet: is_base62,
            body: (36, 36),
            strength: Strength::Exact,
        },
        Form {
            prefix: "ghr_",
            alphabet: is_base62,
            body: (36, 36),
            strength: Strength::Exact,
        },
        Form {
            prefix: "github_pat_",
            alphabet: is_pat_byte,
            body: (82, 82),
            strength: Strength::Exact,
        },
    ],
    check,
    context_words: &["github", "token"],
};

fn is_pat_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Personal and OAuth tokens without their checksum are none. Installations' tokens changed their form before, so
/// that theirs only confirms.
fn check(matched: &str) -> Validity {
    let Some((prefix, body)) = matched.split_at_checked(4) else {
        return Validity::Invalid;
    };
    match (has_base62_crc(body), prefix) {
        (true, _) => Validity::Valid,
        (false, "ghp_" | "gho_" | "ghu_" | "ghr_") => Validity::Invalid,
        (false, _) => Validity::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_decides_over_classic_tokens() {
        assert_eq!(check("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"), Validity::Valid);
        assert_eq!(
            check("ghp_bB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW00snvpY"),
            Validity::Invalid
        );
        assert_eq!(
            check("ghs_bB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW00snvpY"),
            Validity::Unknown
        );
        assert_eq!(check("github_pat_11ABCDEFG0"), Validity::Unknown);
        assert_eq!(check(""), Validity::Invalid);
    }
}
