//! Places of fields, without the personal data that object keys may hold.

use std::collections::HashMap;

use vault_domain::json_path::{ROOT, Segment, path_segments, push_token};
use vault_privacy::{EntityType, FieldDetection, FieldPart};

/// The keys of a document that hold findings, by their paths, and what stands in their place.
pub(super) struct HiddenKeys(HashMap<String, String>);

impl HiddenKeys {
    pub(super) fn of<'f>(found: impl IntoIterator<Item = &'f FieldDetection>) -> Self {
        let of_keys = found.into_iter().filter(|found| found.part == FieldPart::Key);
        let label = |kind: EntityType| format!("<{}>", kind.as_str().to_ascii_uppercase());
        let hidden = of_keys.map(|found| (found.field.clone(), label(found.detection.entity_type)));
        Self(hidden.collect())
    }

    /// A path, and the JSON Pointer for it, as they may be shown: below an item of the document's array, if there is one.
    pub(super) fn shown(&self, path: &str, item: Option<u64>) -> (String, Option<String>) {
        let (mut field, mut pointer) = (String::new(), Some(String::new()));
        if let Some(index) = item {
            field = format!("[{index}]");
            pointer = Some(format!("/{index}"));
        }
        let mut start = 0;
        for (end, segment) in path_segments(path) {
            let hidden = self.0.get(path.get(..end).unwrap_or_default());
            let piece = path.get(start..end).unwrap_or_default();
            start = end;
            if let Some(label) = hidden {
                field.push('[');
                field.push_str(label);
                field.push(']');
            } else {
                let dot = !field.is_empty() && !piece.starts_with(['.', '[']);
                field.push_str(if dot { "." } else { "" });
                field.push_str(piece);
            }
            let token = match (hidden, &segment) {
                (Some(label), _) => Some(label.as_str()),
                (None, Segment::Key(key)) => Some(key.as_ref()),
                (None, Segment::Index(index)) => Some(*index),
                (None, Segment::CutKey) => None,
            };
            pointer = pointer.zip(token).map(|(mut pointer, token)| {
                push_token(&mut pointer, token);
                pointer
            });
        }
        if field.is_empty() {
            field.push_str(ROOT);
        }
        (field, pointer)
    }
}

#[cfg(test)]
mod tests {
    use vault_privacy::{Detector, DetectorConfig};

    use super::*;

    fn places(json: &str, item: Option<u64>) -> Vec<(String, Option<String>)> {
        let detector = Detector::new(DetectorConfig::default()).expect("can be built");
        let found = detector.scan_json(json).expect("is JSON");
        let hidden = HiddenKeys::of(&found);
        found
            .iter()
            .map(|found| hidden.shown(&found.field, item))
            .collect()
    }

    fn place(field: &str, pointer: &str) -> (String, Option<String>) {
        (field.to_owned(), Some(pointer.to_owned()))
    }

    #[test]
    fn keys_with_findings_are_hidden_in_all_places_below_them() {
        let json = r#"{"users":{"jo.doe@example.com":{"mail":["x.y@example.com"]},"ok":"a.b@example.com"}}"#;
        let expected = [
            place("users[<EMAIL>]", "/users/<EMAIL>"),
            place("users[<EMAIL>].mail[0]", "/users/<EMAIL>/mail/0"),
            place("users.ok", "/users/ok"),
        ];
        assert_eq!(places(json, None), expected);
    }

    #[test]
    fn items_of_an_array_stand_before_the_path() {
        assert_eq!(places("\"a.b@example.com\"", None), [place("$", "")]);
        assert_eq!(places("\"a.b@example.com\"", Some(7)), [place("[7]", "/7")]);
        assert_eq!(
            places("{\"a\":[\"a.b@example.com\"]}", Some(7)),
            [place("[7].a[0]", "/7/a/0")]
        );
        assert_eq!(
            places("{\"a b\":\"a.b@example.com\"}", Some(0)),
            [place("[0][\"a b\"]", "/0/a b")]
        );
    }

    #[test]
    fn odd_keys_do_not_confuse_the_segments() {
        let json = r#"{"a \"].b[\\": {"to jo.doe@example.com ]\"": {"": "x.y@example.com"}}}"#;
        let expected = [
            place(r#"["a \"].b[\\"][<EMAIL>]"#, r#"/a "].b[\/<EMAIL>"#),
            place(r#"["a \"].b[\\"][<EMAIL>][""]"#, r#"/a "].b[\/<EMAIL>/"#),
        ];
        assert_eq!(places(json, None), expected);
        let long = format!("jo.doe@example.com {}", "ü".repeat(300));
        let json = serde_json::json!({ long: "x.y@example.com" }).to_string();
        let hidden = place("[<EMAIL>]", "/<EMAIL>");
        assert_eq!(places(&json, None), [hidden.clone(), hidden]);
    }
}
