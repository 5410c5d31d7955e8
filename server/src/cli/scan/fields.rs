//! Paths of fields, without the personal data that object keys may hold.

use std::collections::HashMap;

use vault_privacy::{EntityType, FieldDetection, FieldPart};

/// Replaces every key that holds a finding by the finding's type, in the paths of all findings of a document.
pub(super) fn hide_keys(found: &mut [FieldDetection]) {
    let hidden: HashMap<String, EntityType> = found
        .iter()
        .filter(|finding| finding.part == FieldPart::Key)
        .map(|finding| (finding.field.clone(), finding.detection.entity_type))
        .collect();
    if hidden.is_empty() {
        return;
    }
    for finding in found {
        finding.field = shown(&finding.field, &hidden);
    }
}

fn shown(path: &str, hidden: &HashMap<String, EntityType>) -> String {
    let mut result = String::with_capacity(path.len());
    let mut start = 0;
    while let Some(end) = segment_end(path, start) {
        let (so_far, segment) = (
            path.get(..end).unwrap_or_default(),
            path.get(start..end).unwrap_or_default(),
        );
        match hidden.get(so_far) {
            Some(kind) => {
                result.push_str("[<");
                result.push_str(&kind.as_str().to_ascii_uppercase());
                result.push_str(">]");
            }
            None => result.push_str(segment),
        }
        start = end;
    }
    result
}

/// Where the segment that begins at an offset ends: `.name`, `name`, `[3]` or `["any key"]`.
fn segment_end(path: &str, start: usize) -> Option<usize> {
    let rest = path.get(start..).filter(|rest| !rest.is_empty())?;
    let length = if rest.starts_with("[\"") {
        quoted_length(rest)
    } else if rest.starts_with('[') {
        rest.find(']').map(|at| at + 1)
    } else {
        rest.char_indices()
            .skip(1)
            .find(|(_, character)| matches!(character, '.' | '['))
            .map(|(at, _)| at)
    };
    Some(length.map_or(path.len(), |length| start + length))
}

/// The length of `["..."]`, in which a backslash takes the next character with it.
fn quoted_length(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(2) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 2),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use vault_privacy::{Detector, DetectorConfig};

    use super::*;

    fn fields(json: &str) -> Vec<String> {
        let detector = Detector::new(DetectorConfig::default()).expect("can be built");
        let mut found = detector.scan_json(json).expect("is JSON");
        hide_keys(&mut found);
        found.into_iter().map(|finding| finding.field).collect()
    }

    #[test]
    fn keys_with_findings_are_hidden_in_all_paths_below_them() {
        let json = r#"{"users":{"jo.doe@example.com":{"mail":["x.y@example.com"]},"ok":"a.b@example.com"}}"#;
        let expected = ["users[<EMAIL>]", "users[<EMAIL>].mail[0]", "users.ok"];
        assert_eq!(fields(json), expected);
    }

    #[test]
    fn odd_keys_do_not_confuse_the_segments() {
        let json = r#"{"a \"].b[\\": {"to jo.doe@example.com ]\"": {"": "x.y@example.com"}}}"#;
        assert_eq!(
            fields(json),
            [r#"["a \"].b[\\"][<EMAIL>]"#, r#"["a \"].b[\\"][<EMAIL>][""]"#]
        );
        let long = format!("jo.doe@example.com {}", "ü".repeat(300));
        let json = serde_json::json!({ long: "x.y@example.com" }).to_string();
        assert_eq!(fields(&json), ["[<EMAIL>]", "[<EMAIL>]"]);
    }
}
