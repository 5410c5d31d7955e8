//! The path to a field, as text.

use std::fmt;

use super::MAX_PATH_BYTES;

/// Keys longer than this are cut, in bytes.
const MAX_KEY_BYTES: usize = 128;

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
        f.write_str(if self.text.is_empty() { "$" } else { &self.text })
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
    serde_json::Value::from(format!("{kept}…")).to_string()
}

#[cfg(test)]
mod tests {
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
}
