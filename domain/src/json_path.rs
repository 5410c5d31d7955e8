//! Paths to fields in JSON, as findings tell them: `messages[0].content`, `["first name"]`, `$` for the document itself.
//! What they name is also told as JSON Pointers (RFC 6901).

use std::borrow::Cow;

/// Keys longer than this are cut in paths, in bytes.
pub const MAX_KEY_BYTES: usize = 128;
/// Ends a key that was cut.
pub const CUT_MARK: char = '…';
/// The path of the document itself.
pub const ROOT: &str = "$";
/// Begins the path of a field of a record's metadata, so that it cannot be taken for one of the data.
pub const METADATA: &str = "$metadata";

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment<'p> {
    /// Into the member with this key.
    Key(Cow<'p, str>),
    /// Into the member with a key that begins like this: it was too long for the path.
    CutKey,
    /// Into the item at this index.
    Index(&'p str),
}

/// The steps of a finding's path, each with the offset at which it ends in the path. What is no path ends early.
pub fn path_segments(path: &str) -> impl Iterator<Item = (usize, Segment<'_>)> {
    let mut at = if path == ROOT { path.len() } else { 0 };
    std::iter::from_fn(move || {
        let (length, segment) = segment(path.get(at..)?)?;
        at += length;
        Some((at, segment))
    })
}

/// The JSON Pointer to the field at a finding's path; none where a key on the way was too long for the path. To a field
/// of a record's metadata it leads from the metadata.
#[must_use]
pub fn json_pointer(path: &str) -> Option<String> {
    let path = path.strip_prefix(METADATA).unwrap_or(path);
    let mut pointer = String::with_capacity(path.len() + 1);
    for (_, segment) in path_segments(path) {
        match segment {
            Segment::Key(key) => push_token(&mut pointer, &key),
            Segment::Index(index) => push_token(&mut pointer, index),
            Segment::CutKey => return None,
        }
    }
    Some(pointer)
}

/// Goes one step further: `~` is written `~0`, `/` is written `~1`.
pub fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// The first step, and its length in bytes: `.name`, `name`, `[3]` or `["any key"]`.
fn segment(rest: &str) -> Option<(usize, Segment<'_>)> {
    if rest.starts_with("[\"") {
        let length = quoted_length(rest)?;
        let key: String = serde_json::from_str(rest.get(1..length - 1)?).ok()?;
        let cut = key.len() >= MAX_KEY_BYTES && key.ends_with(CUT_MARK);
        let segment = if cut {
            Segment::CutKey
        } else {
            Segment::Key(key.into())
        };
        return Some((length, segment));
    }
    if rest.starts_with('[') {
        let close = rest.find(']')?;
        return Some((close + 1, Segment::Index(rest.get(1..close)?)));
    }
    let start = usize::from(rest.starts_with('.'));
    let plain = rest.get(start..).filter(|plain| !plain.is_empty())?;
    let length = plain.find(['.', '[']).unwrap_or(plain.len());
    Some((start + length, Segment::Key(plain.get(..length)?.into())))
}

/// The length of `["..."]`, in which a backslash takes the next character with it.
fn quoted_length(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(2) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (rest.as_bytes().get(at + 1) == Some(&b']')).then_some(at + 2),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_pointers() {
        for (path, pointer) in [
            ("$", ""),
            ("messages[0].content", "/messages/0/content"),
            (r#"["a/b"].c[10]["~"]"#, "/a~1b/c/10/~0"),
            (r#"[""]"#, "/"),
            (r#"["a.b"]["[0]"]["\"]"]"#, "/a.b/[0]/\"]"),
            ("[0][1]", "/0/1"),
            ("$metadata.from", "/from"),
            (r#"$metadata["a b"][2]"#, "/a b/2"),
            (r#"["$metadata"].x"#, "/$metadata/x"),
        ] {
            assert_eq!(json_pointer(path).as_deref(), Some(pointer), "{path}");
        }
    }

    #[test]
    fn a_key_that_was_cut_has_no_pointer() {
        let key = "k".repeat(MAX_KEY_BYTES);
        assert_eq!(json_pointer(&format!("a[\"{key}{CUT_MARK}\"].b")), None);
        assert_eq!(json_pointer(&key), Some(format!("/{key}")));
    }

    #[test]
    fn what_is_no_path_ends_early() {
        for path in [
            "[", "[0", "[\"", "[\"a", "[\"a\"", "[\"a\"x", ".", "a.", "a..b", "[\"\\\"]",
        ] {
            let told: usize = path_segments(path).map(|(end, _)| end).last().unwrap_or_default();
            assert!(told <= path.len() && json_pointer(path).is_some(), "{path}");
        }
    }
}
