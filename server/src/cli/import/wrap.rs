//! From a line of a file to a line of an upload, without writing its JSON anew.

use std::{borrow::Cow, fmt};

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use vault_commands::record::{MAX_DATA_BYTES, MAX_METADATA_BYTES};
use vault_domain::ErrorCode;

use super::refused::Refusal;
use crate::cli::lines::{Line, trim_json};

/// The longest line that the server takes; one longer ends the whole upload, so that it must not be sent.
const MAX_WRAPPED_BYTES: usize = MAX_DATA_BYTES + MAX_METADATA_BYTES + 8 * 1024;

/// Which fields of a line become more than data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// The field whose text becomes the external id.
    pub(super) external_id_field: Option<String>,
    /// The field whose value becomes the metadata.
    pub(super) metadata_field: Option<String>,
}

/// Why a line is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsendable {
    /// It is too long.
    #[error("the line is longer than 16 MiB")]
    TooLong,
    /// It is no text.
    #[error("the line is not UTF-8")]
    NotText,
    /// It is no JSON.
    #[error("the line is not JSON: see its column {column}")]
    NotJson {
        /// Where it stops being JSON, in bytes from 1.
        column: usize,
    },
    /// It has no fields, and some were asked for.
    #[error("the line is no JSON object")]
    NotObject,
    /// Its external id is missing.
    #[error("the field of the external id is missing")]
    NoExternalId,
    /// Its external id is a number, an object, ...
    #[error("the field of the external id is not a string")]
    ExternalIdNotText,
}

impl Unsendable {
    /// What the server would answer to the like.
    const fn code(self) -> ErrorCode {
        match self {
            Self::TooLong => ErrorCode::PayloadTooLarge,
            Self::NotText => ErrorCode::InvalidEncoding,
            Self::NotJson { .. } => ErrorCode::InvalidRequestFormat,
            Self::NotObject | Self::ExternalIdNotText => ErrorCode::InvalidFieldType,
            Self::NoExternalId => ErrorCode::MissingRequiredField,
        }
    }
}

impl Unsendable {
    /// The refusal of a line of the file.
    pub(super) fn refusal(self, line: u64) -> Refusal {
        let code = self.code().code().into();
        Refusal {
            line: Some(line),
            record: None,
            code,
            message: self.to_string(),
            external_id: None,
        }
    }
}

/// What becomes of a line of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is sent.
    Sent,
    /// It holds nothing.
    Blank,
    /// It is the rest of a line that was refused at its beginning.
    Rest,
    /// It is not sent.
    Refused(Unsendable),
}

impl Shape {
    /// Judges a line that was read with [`MAX_DATA_BYTES`] as its limit, and appends what is to be sent of it.
    pub(super) fn judge(&self, line: &Line<'_>, out: &mut Vec<u8>) -> Verdict {
        if !line.first {
            return Verdict::Rest;
        }
        if !line.is_whole() {
            return Verdict::Refused(Unsendable::TooLong);
        }
        let data = trim_json(line.bytes);
        if data.is_empty() {
            return Verdict::Blank;
        }
        self.wrap(data, out)
            .map_or_else(Verdict::Refused, |()| Verdict::Sent)
    }

    /// Appends the line of the upload for a line of the file, which is not blank.
    ///
    /// The line must be checked to be one JSON value: what is none could close the object around it and go on with
    /// members of its own.
    fn wrap(&self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Unsendable> {
        let text = str::from_utf8(line).map_err(|_| Unsendable::NotText)?;
        let picked = self.pick(text)?;
        let start = out.len();
        out.extend_from_slice(b"{\"data\":");
        out.extend_from_slice(line);
        for (name, value) in [("metadata", picked.metadata), ("external_id", picked.external_id)] {
            if let Some(value) = value {
                out.extend_from_slice(b",\"");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"\":");
                out.extend_from_slice(value.get().as_bytes());
            }
        }
        out.extend_from_slice(b"}\n");
        if line.len() > MAX_DATA_BYTES || out.len() - start > MAX_WRAPPED_BYTES {
            out.truncate(start);
            return Err(Unsendable::TooLong);
        }
        Ok(())
    }

    fn pick<'a>(&self, text: &'a str) -> Result<Picked<'a>, Unsendable> {
        let not_json = |error: &serde_json::Error| Unsendable::NotJson {
            column: error.column(),
        };
        if self.external_id_field.is_none() && self.metadata_field.is_none() {
            serde_json::from_str::<IgnoredAny>(text).map_err(|error| not_json(&error))?;
            return Ok(Picked::default());
        }
        let mut parser = serde_json::Deserializer::from_str(text);
        let picked = parser.deserialize_any(Picker(self)).map_err(|error| {
            if error.is_data() {
                Unsendable::NotObject
            } else {
                not_json(&error)
            }
        })?;
        parser.end().map_err(|error| not_json(&error))?;
        if self.external_id_field.is_some() {
            let value = picked.external_id.ok_or(Unsendable::NoExternalId)?;
            if !value.get().starts_with('"') {
                return Err(Unsendable::ExternalIdNotText);
            }
        }
        Ok(picked)
    }
}

/// The fields that were asked for, as they stand in the line.
#[derive(Debug, Default)]
struct Picked<'a> {
    external_id: Option<&'a RawValue>,
    metadata: Option<&'a RawValue>,
}

struct Picker<'s>(&'s Shape);

impl<'de> Visitor<'de> for Picker<'_> {
    type Value = Picked<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Picked<'de>, A::Error> {
        let mut picked = Picked::default();
        while let Some(key) = members.next_key::<Cow<'de, str>>()? {
            let is_id = self.0.external_id_field.as_deref() == Some(&*key);
            let is_metadata = self.0.metadata_field.as_deref() == Some(&*key);
            if !is_id && !is_metadata {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            // of members with the same name the last one counts, as most parsers have it
            let value = members.next_value::<&'de RawValue>()?;
            if is_id {
                picked.external_id = Some(value);
            }
            if is_metadata {
                picked.metadata = Some(value).filter(|value| value.get() != "null");
            }
        }
        Ok(picked)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn wrapped(shape: &Shape, line: &[u8]) -> Result<String, Unsendable> {
        let mut out = b"before\n".to_vec();
        let result = shape.wrap(line, &mut out);
        let text = String::from_utf8(out).expect("is UTF-8");
        let added = text
            .strip_prefix("before\n")
            .expect("what was there stays")
            .to_owned();
        assert!(result.is_ok() || added.is_empty(), "{added}");
        result.map(|()| added)
    }

    fn shape(external_id: Option<&str>, metadata: Option<&str>) -> Shape {
        Shape {
            external_id_field: external_id.map(str::to_owned),
            metadata_field: metadata.map(str::to_owned),
        }
    }

    #[test]
    fn the_bytes_of_a_line_stay_as_they_are() {
        let plain = shape(None, None);
        for line in [
            r#"{ "b":1.0,"a" : 1e2, "a":"\u00e9é" }"#,
            "[1, 2]",
            "\"text\"",
            "12345678901234567890.10",
            "null",
        ] {
            assert_eq!(
                wrapped(&plain, line.as_bytes()),
                Ok(format!("{{\"data\":{line}}}\n"))
            );
        }
    }

    #[test]
    fn a_line_cannot_smuggle_members_into_the_record() {
        for line in [
            r#"1,"external_id":"x""#,
            r#"{}} {"data":1"#,
            "",
            "{",
            "1 2",
            "nul",
            "{\"a\":1}\u{b}",
        ] {
            for shape in [shape(None, None), shape(Some("id"), None)] {
                let refused = wrapped(&shape, line.as_bytes());
                let expected = refused
                    .as_ref()
                    .is_err_and(|why| matches!(why, Unsendable::NotJson { .. } | Unsendable::NotObject));
                assert!(expected, "{line}: {refused:?}");
            }
        }
        assert_eq!(wrapped(&shape(None, None), b"\"\xff\""), Err(Unsendable::NotText));
        assert_eq!(
            wrapped(&shape(None, None), b"{\"a\":x}"),
            Err(Unsendable::NotJson { column: 6 })
        );
    }

    #[test]
    fn fields_become_the_external_id_and_the_metadata() {
        let both = shape(Some("id"), Some("meta"));
        assert_eq!(
            wrapped(&both, br#"{"id":"a\"b","meta":{"x": 1}, "n":2}"#).expect("has both"),
            "{\"data\":{\"id\":\"a\\\"b\",\"meta\":{\"x\": 1}, \"n\":2},\"metadata\":{\"x\": 1},\"external_id\":\"a\\\"b\"}\n"
        );
        let without =
            wrapped(&both, br#"{"i\u0064":"a","meta":null,"sub":{"id":"no"}}"#).expect("needs no metadata");
        assert!(
            without.ends_with(",\"external_id\":\"a\"}\n") && !without.contains("metadata"),
            "{without}"
        );
        let twice = wrapped(&both, br#"{"id":"a","id":"b"}"#).expect("is JSON");
        assert!(twice.ends_with(",\"external_id\":\"b\"}\n"), "{twice}");
    }

    #[test]
    fn a_missing_or_wrong_external_id_is_not_passed_over() {
        let id = shape(Some("id"), None);
        for (line, expected) in [
            (r#"{"x":"a"}"#, Unsendable::NoExternalId),
            (r#"{"id":7}"#, Unsendable::ExternalIdNotText),
            (r#"{"id":null}"#, Unsendable::ExternalIdNotText),
            (r#"["id"]"#, Unsendable::NotObject),
            ("7", Unsendable::NotObject),
        ] {
            assert_eq!(wrapped(&id, line.as_bytes()), Err(expected), "{line}");
        }
    }

    #[test]
    fn what_would_end_the_whole_upload_is_not_sent() {
        let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
        let plain = shape(None, None);
        assert!(wrapped(&plain, text(MAX_DATA_BYTES).as_bytes()).is_ok());
        assert_eq!(
            wrapped(&plain, text(MAX_DATA_BYTES + 1).as_bytes()),
            Err(Unsendable::TooLong)
        );
        let long_id = format!("{{\"id\":{}}}", text(MAX_WRAPPED_BYTES / 2));
        assert_eq!(
            wrapped(&shape(Some("id"), None), long_id.as_bytes()),
            Err(Unsendable::TooLong)
        );
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_one_record_with_the_data_alone(line in r#"[\[\]{}",:a1 \\-]{0,20}"#) {
            let line = line.trim();
            if let Ok(sent) = wrapped(&shape(None, None), line.as_bytes()) {
                let record: serde_json::Map<String, Value> = serde_json::from_str(&sent).expect("is an object");
                prop_assert_eq!(record.keys().collect::<Vec<_>>(), ["data"]);
                prop_assert_eq!(&record["data"], &serde_json::from_str::<Value>(line).expect("is JSON"));
            }
        }
    }
}
