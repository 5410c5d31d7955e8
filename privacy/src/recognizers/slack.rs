//! Slack tokens and incoming webhooks.

use vault_domain::EntityType;

use super::token::{Form, Token};
use crate::{
    confidence::{Strength, Validity},
    recognizer::Trigger,
};

pub(super) const TOKEN: Token = Token {
    types: &[EntityType::SlackToken],
    triggers: &[Trigger::Literals(&[
        "xoxb-",
        "xoxp-",
        "xoxa-",
        "xoxr-",
        "xoxs-",
        "xoxo-",
        "xoxe-",
        "xoxe.",
        "xoxc-",
        "xoxd-",
        "xapp-",
        "hooks.slack.com/services/T",
    ])],
    forms: &[
        Form {
            prefix: "xoxb-",
            alphabet: is_part_byte,
            body: (20, 400),
            strength: Strength::Exact,
        },
        Form {
            prefix: "xoxp-",
            alphabet: is_part_byte,
            body: (20, 400),
            strength: Strength::Exact,
        },
        Form {
            prefix: "xoxa-",
            alphabet: is_part_byte,
            body: (20, 400),
            strength: Strength::Exact,
        },
        Form {
            prefix: "xoxr-",
            alphabet: is_part_byte,
            body: (20, 400),
            strength: Strength::Exact,
        },
        Form {
            prefix: "xoxs-",
            alphabet: is_part_byte,
            body: (20, 400),
            strength: Strength::Exact,
        },
        Form {
            prefix: "xoxo-",
            alphabet: is_part_byte,
            body: (20, 400),
            strength: Strength::Exact,
        },
        Form {
            prefix: "xoxe-",
            alphabet: is_part_byte,
            body: (20, 400),
            strength: Strength::Exact,
        },
        Form {
            prefix: "xoxe.",
            alphabet: is_part_byte,
            body: (20, 400),
            strength: Strength::Exact,
        },
        Form {
            prefix: "xoxc-",
            alphabet: is_part_byte,
            body: (20, 400),
            strength: Strength::Exact,
        },
        Form {
            prefix: "xoxd-",
            alphabet: is_part_byte,
            body: (20, 400),
            strength: Strength::Exact,
        },
        Form {
            prefix: "xapp-",
            alphabet: is_part_byte,
            body: (20, 400),
            strength: Strength::Exact,
        },
        Form {
            prefix: "hooks.slack.com/services/T",
            alphabet: is_path_byte,
            body: (30, 100),
            strength: Strength::Exact,
        },
    ],
    check,
    context_words: &["slack"],
};

fn is_part_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'%')
}

fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'/'
}

/// Every token holds the number of its team or app.
fn check(matched: &str) -> Validity {
    if matched.bytes().any(|byte| byte.is_ascii_digit()) {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}
