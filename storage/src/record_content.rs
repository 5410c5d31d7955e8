//! What is encrypted of a record: its data as the client sent it, and what was found in it.

use zeroize::Zeroizing;

/// The most bytes of a content that is kept in Postgres; larger ones go to the [`crate::ContentStore`].
pub const MAX_ROW_CONTENT_BYTES: usize = 64 * 1024;

/// A plaintext content is not framed as [`frame`] does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record's content is malformed")]
pub struct MalformedContent;

/// Frames a record for encryption: the findings as compact JSON, a line feed, the data's own bytes.
#[must_use]
pub fn frame(findings_json: &str, data_json: &str) -> Zeroizing<Vec<u8>> {
    let mut framed = Zeroizing::new(Vec::with_capacity(findings_json.len() + 1 + data_json.len()));
    framed.extend_from_slice(findings_json.as_bytes());
    framed.push(b'\n');
    framed.extend_from_slice(data_json.as_bytes());
    framed
}

/// The findings and the data of a framed record.
///
/// # Errors
/// When the content was not made by [`frame`].
pub fn unframe(framed: &[u8]) -> Result<(&str, &str), MalformedContent> {
    // compact JSON holds no line feed, so the first one ends the findings
    str::from_utf8(framed)
        .ok()
        .and_then(|text| text.split_once('\n'))
        .ok_or(MalformedContent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_byte_for_byte() {
        let data = "{\n  \"text\": \"caf\u{e9}\",\n  \"n\": 1.0e400\n}";
        assert_eq!(unframe(&frame("[]", data)), Ok(("[]", data)));
        assert_eq!(unframe(b"no line feed"), Err(MalformedContent));
        assert_eq!(unframe(b"[]\n\xff"), Err(MalformedContent));
    }
}
