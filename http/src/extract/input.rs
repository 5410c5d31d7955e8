//! Turns what serde says of bad input into field errors, without repeating the input itself.

use std::borrow::Cow;

use serde_path_to_error::Path;
use vault_domain::ErrorCode;

use super::free_json::NAMED_TWICE;
use crate::FieldError;

const MAX_MESSAGE_CHARS: usize = 200;

/// Reads serde's sentence. Values stand before "expected" in it, and are left out: they may be secrets.
pub(super) fn field_error(path: &Path, message: &str) -> FieldError {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(sentence, _)| sentence);
    let path = path.to_string();
    let at = |code, message: Cow<'static, str>| FieldError {
        field: shown(&path),
        code,
        message,
    };
    let within = |name: &str, code, message| FieldError {
        field: join(&path, name),
        code,
        message,
    };
    if let Some(name) = named(message, "missing field `") {
        return within(name, ErrorCode::MissingRequiredField, "is required".into());
    }
    if let Some(name) = named(message, "unknown field `") {
        return within(
            name,
            ErrorCode::InvalidRequestFormat,
            "is not a known field".into(),
        );
    }
    if let Some(name) = named(message, "duplicate field `") {
        return within(name, ErrorCode::DuplicateValue, "is given twice".into());
    }
    let code = match message {
        NAMED_TWICE => ErrorCode::DuplicateValue,
        _ if message.starts_with("invalid type") => ErrorCode::InvalidFieldType,
        _ if message.starts_with("invalid length") => ErrorCode::InvalidArraySize,
        _ if message.starts_with("unknown variant") => ErrorCode::InvalidEnumValue,
        _ if message.starts_with("UUID parsing failed") || message == "not a UUID" => ErrorCode::InvalidUuid,
        _ => ErrorCode::InvalidFieldValue,
    };
    match (code, message.rsplit_once(", expected ")) {
        (ErrorCode::InvalidUuid, _) => at(code, "is not a UUID".into()),
        (_, Some((_, expected))) => at(code, format!("must be {}", cut(expected)).into()),
        (ErrorCode::DuplicateValue, None) => at(code, NAMED_TWICE.into()),
        // A sentence of one of our own types, which keep to what is expected.
        (ErrorCode::InvalidFieldValue, None) if !message.starts_with("invalid value") => {
            at(code, cut(message).into())
        }
        (_, None) => at(code, "has an invalid value".into()),
    }
}

/// The name between the opening and the next backtick.
fn named<'a>(message: &'a str, opening: &str) -> Option<&'a str> {
    message.strip_prefix(opening)?.split('`').next()
}

/// serde reports an unknown field at its own path or at its parent's, depending on the format.
fn join(path: &str, name: &str) -> String {
    let at_field = path == name
        || path
            .strip_suffix(name)
            .is_some_and(|parent| parent.ends_with('.'));
    match path {
        _ if at_field => shown(path),
        "." | "" => cut(name),
        parent => cut(&format!("{parent}.{name}")),
    }
}

fn shown(path: &str) -> String {
    cut(path)
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_MESSAGE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Chat,
        Text,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "count")]
        _count: u8,
        #[serde(rename = "kind")]
        _kind: Option<Kind>,
        #[serde(rename = "id")]
        _id: Option<uuid::Uuid>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "items")]
        _items: Vec<Inner>,
    }

    fn error(json: &str) -> (String, ErrorCode, String) {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let error = serde_path_to_error::deserialize::<_, Outer>(&mut deserializer).expect_err("is refused");
        let found = field_error(error.path(), &error.inner().to_string());
        (found.field, found.code, found.message.into_owned())
    }

    fn expect(json: &str, field: &str, code: ErrorCode, message: &str) {
        assert_eq!(
            error(json),
            (field.to_owned(), code, message.to_owned()),
            "{json}"
        );
    }

    #[test]
    fn the_field_at_fault_is_named_with_its_code() {
        use ErrorCode as E;
        expect("{}", "items", E::MissingRequiredField, "is required");
        expect(
            r#"{"items":[{"count":1},{}]}"#,
            "items[1].count",
            E::MissingRequiredField,
            "is required",
        );
        expect(
            r#"{"items":[],"x":1}"#,
            "x",
            E::InvalidRequestFormat,
            "is not a known field",
        );
        expect(
            r#"{"items":[{"y":1}]}"#,
            "items[0].y",
            E::InvalidRequestFormat,
            "is not a known field",
        );
        expect(
            r#"{"items":[],"items":[]}"#,
            "items",
            E::DuplicateValue,
            "is given twice",
        );
        expect(
            r#"{"items":3}"#,
            "items",
            E::InvalidFieldType,
            "must be a sequence",
        );
        expect(
            r#"{"items":[{"count":300}]}"#,
            "items[0].count",
            E::InvalidFieldValue,
            "must be u8",
        );
        let one_of = "must be `chat` or `text`";
        expect(
            r#"{"items":[{"count":1,"kind":"x"}]}"#,
            "items[0].kind",
            E::InvalidEnumValue,
            one_of,
        );
        expect(
            r#"{"items":[{"count":1,"id":"x"}]}"#,
            "items[0].id",
            E::InvalidUuid,
            "is not a UUID",
        );
    }

    #[test]
    fn values_are_never_repeated() {
        for json in [
            r#"{"items":"hunter2"}"#,
            r#"{"items":[{"count":"hunter2"}]}"#,
            r#"{"items":[{"count":"hunter2, expected hunter2"}]}"#,
            r#"{"items":[{"count":1,"kind":"hunter2"}]}"#,
            r#"{"items":[{"count":1,"id":"hunter2"}]}"#,
        ] {
            assert!(
                !format!("{:?}", error(json)).contains("hunter2"),
                "{json}: {:?}",
                error(json)
            );
        }
    }
}
