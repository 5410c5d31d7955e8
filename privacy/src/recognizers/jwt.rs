//! JSON Web Tokens: three parts of base64url, the first a JSON object that names an algorithm.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use vault_domain::EntityType;

use super::token::is_base64url;
use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
};

/// Longer headers are not looked into.
const MAX_HEADER_BYTES: usize = 4096;

pub(super) struct Jwt;

impl Recognizer for Jwt {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::Jwt]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Literals(&["eyJ"])]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Literal(start) = anchor else { return };
        let bytes = text.as_bytes();
        let part_end = |from: usize| {
            let rest = bytes.get(from..).unwrap_or_default();
            from + rest
                .iter()
                .position(|byte| !is_base64url(*byte))
                .unwrap_or(rest.len())
        };
        let header = part_end(start);
        found.examined(header);
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        if before.is_some_and(|byte| is_base64url(*byte)) || bytes.get(header) != Some(&b'.') {
            return;
        }
        let payload = part_end(header + 1);
        if payload == header + 1 || bytes.get(payload) != Some(&b'.') {
            return;
        }
        // An unsigned token has nothing after its second dot.
        let end = part_end(payload + 1);
        found.add(EntityType::Jwt, start, end, Strength::Strong);
    }

    fn validate(&self, _: &Candidate, matched: &str) -> Validity {
        Validity::require(names_algorithm(matched))
    }

    fn specificity(&self) -> u8 {
        90
    }
}

fn names_algorithm(matched: &str) -> bool {
    let header = matched.split('.').next().unwrap_or_default();
    if header.len() > MAX_HEADER_BYTES {
        return false;
    }
    let Ok(json) = URL_SAFE_NO_PAD.decode(header) else {
        return false;
    };
    let parsed: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_slice(&json);
    parsed.is_ok_and(|header| header.get("alg").is_some_and(serde_json::Value::is_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_must_name_an_algorithm() {
        assert!(names_algorithm("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x"));
        for header in [r#"{"typ":"JWT"}"#, r#"{"alg":1}"#, "{\"alg\"", ""] {
            assert!(
                !names_algorithm(&format!("{}.e30.x", URL_SAFE_NO_PAD.encode(header))),
                "{header}"
            );
        }
        assert!(!names_algorithm("eyJ€"));
    }
}
