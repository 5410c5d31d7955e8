//! The path to a field, as text.

use std::fmt;

use vault_domain::json_path::{CUT_MARK, MAX_KEY_BYTES, ROOT};

use super::MAX_PATH_BYTES;

/// The path from the document to a field.
#[derive(Debug, Default)]
pub(crate) struct Path {
    text: String,
}

impl Path {
    /// Goes into an object's member; answers the mark to come back to, or nothing when the path gets too long.
    pub(crate) fn push_key(&mut self, key: &str) -> Option<usize> {
        let mark = self.text.len();
        if is_plain(key) {
            if mark > 0 {
                self.text.push('.');
            }
            self.text.push_str(key);
        } else {
            self.text.push('[');
            self.text.push_str(&quoted(key));
            self.text.push(']');
        }
        self.checked(mark)
    }

    /// Goes into an array's item; answers the mark to come back to, or nothing when the path gets too long.
    pub(crate) fn push_index(&mut self, index: usize) -> Option<usize> {
        let mark = self.text.len();
        self.text.push('[');
        self.text.push_str(&index.to_string());
        self.text.push(']');
        self.checked(mark)
    }

    /// Comes back to a mark.
    pub(crate) fn truncate(&mut self, mark: usize) {
        self.text.truncate(mark);
    }

    fn checked(&mut self, mark: usize) -> Option<usize> {
        if self.text.len() <= MAX_PATH_BYTES {
            return Some(mark);
        }
        self.text.truncate(mark);
        None
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.text.is_empty() { ROOT } else { &self.text })
    }
}

fn is_plain(key: &str) -> bool {
    let bytes = key.as_bytes();
    bytes
        .first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && bytes.len() <= MAX_KEY_BYTES
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The key as a JSON string, cut if long.
fn quoted(key: &str) -> String {
    if key.len() <= MAX_KEY_BYTES {
        return serde_json::Value::from(key).to_string();
    }
    let cut = key.floor_char_boundary(MAX_KEY_BYTES);
    let kept = key.get(..cut).unwrap_or_default();
    serde_json::Value::from(format!("{kept}{CUT_MARK}")).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;
    use vault_domain::json_path::json_pointer;

    use super::*;

    #[test]
    fn paths_read_like_code_and_odd_keys_are_quoted() {
        let mut path = Path::default();
        assert_eq!(path.to_string(), "$");
        let root = path.push_key("messages").unwrap();
        path.push_index(0).unwrap();
        let item = path.push_key("content").unwrap();
        assert_eq!(path.to_string(), "messages[0].content");
        path.truncate(item);
        path.push_key("a \"b\".c").unwrap();
        path.push_key("x").unwrap();
        assert_eq!(path.to_string(), r#"messages[0]["a \"b\".c"].x"#);
        path.truncate(root);
        path.push_key("").unwrap();
        assert_eq!(path.to_string(), r#"[""]"#);
    }

    #[test]
    fn a_cut_key_has_no_pointer_and_the_longest_whole_one_has() {
        let pointer = |key: &str| {
            let mut path = Path::default();
            path.push_key(key).unwrap();
            json_pointer(&path.to_string())
        };
        for key in [
            "k".repeat(MAX_KEY_BYTES),
            "é".repeat(MAX_KEY_BYTES / 2),
            " ".repeat(MAX_KEY_BYTES),
        ] {
            assert_eq!(pointer(&key), Some(format!("/{key}")));
            assert_eq!(pointer(&format!("{key}.")), None);
        }
    }

    #[test]
    fn long_keys_are_cut_between_characters_and_long_paths_refused() {
        let mut path = Path::default();
        path.push_key(&"é".repeat(500)).unwrap();
        assert_eq!(path.to_string(), format!("[\"{}…\"]", "é".repeat(64)));
        let marks = (0..100).map_while(|_| path.push_key(&"k".repeat(100))).count();
        assert_eq!(marks, (MAX_PATH_BYTES - path_len_of_cut_key()) / 101);
    }

    fn path_len_of_cut_key() -> usize {
        "[\"\"]".len() + 128 + "…".len()
    }

    fn document() -> impl Strategy<Value = Value> {
        let leaf = Just(Value::from("here"));
        leaf.prop_recursive(5, 20, 3, |inner| {
            let key = r#"[a-z"\[\]\\./~$é0-9 ]{0,6}"#;
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..3).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 1..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn check(value: &Value, root: &Value, path: &mut Path) -> Result<(), TestCaseError> {
        let pointer = json_pointer(&path.to_string());
        prop_assert_eq!(pointer.and_then(|pointer| root.pointer(&pointer)), Some(value));
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let mark = path.push_index(index).unwrap();
                    check(item, root, path)?;
                    path.truncate(mark);
                }
            }
            Value::Object(members) => {
                for (key, member) in members {
                    let mark = path.push_key(key).unwrap();
                    check(member, root, path)?;
                    path.truncate(mark);
                }
            }
            _ => {}
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn every_pointer_leads_to_the_field(root in document()) {
            check(&root, &root, &mut Path::default())?;
        }
    }
}
