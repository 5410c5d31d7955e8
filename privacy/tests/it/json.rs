//! Scanning of JSON, field by field.

use serde_json::json;
use vault_privacy::{EntityType, FieldPart, MAX_DEPTH, ScanError};

use crate::detector;

fn fields(json: &str) -> Vec<(String, FieldPart, EntityType, usize, usize)> {
    let found = detector().scan_json(json).unwrap();
    let flat = |item: vault_privacy::FieldDetection| {
        (
            item.field,
            item.part,
            item.detection.entity_type,
            item.detection.start,
            item.detection.end,
        )
    };
    found.into_iter().map(flat).collect()
}

#[test]
fn strings_are_found_with_their_paths() {
    let json =
        r#"{"messages": [{"role": "user", "content": "é a@b.cd"}, {"content": "x"}], "a b": ["c@d.ef"]}"#;
    assert_eq!(
        fields(json),
        [
            (
                "messages[0].content".to_owned(),
                FieldPart::Value,
                EntityType::Email,
                2,
                8
            ),
            (
                "[\"a b\"][0]".to_owned(),
                FieldPart::Value,
                EntityType::Email,
                0,
                6
            ),
        ]
    );
    assert_eq!(fields("\"a@b.cd\"")[0].0, "$");
}

#[test]
fn escapes_are_decoded_before_they_are_counted() {
    let found = fields(r#"{"x": "\ud83d\ude00\n\"a@b.cd\""}"#);
    assert_eq!(
        found,
        [("x".to_owned(), FieldPart::Value, EntityType::Email, 3, 9)]
    );
    assert_eq!(fields(r#"["a\u0040b.cd"]"#).len(), 1);
}

#[test]
fn every_duplicate_key_is_visited() {
    let found = fields(r#"{"x": "a@b.cd", "x": "nothing", "x": "c@d.ef"}"#);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|item| item.0 == "x"));
}

#[test]
fn keys_are_scanned_too() {
    let found = fields(r#"{"a@b.cd": {"n": 1}}"#);
    assert_eq!(
        found,
        [("[\"a@b.cd\"]".to_owned(), FieldPart::Key, EntityType::Email, 0, 6)]
    );
}

#[test]
fn numbers_are_scanned_as_their_decimal_text() {
    let card = |number: &str| fields(&format!(r#"{{"v": [{number}]}}"#));
    assert_eq!(card("4111111111111111")[0].2, EntityType::CreditCard);
    assert_eq!(card("4111111111111111.0")[0].2, EntityType::CreditCard);
    assert_eq!(card("4.111111111111111e15")[0].2, EntityType::CreditCard);
    assert!(card("4111111111111112").is_empty());
    assert!(card("1e300").is_empty());
    assert_eq!(fields(r#"{"ssn": 123456789}"#)[0].2, EntityType::UsSsn);
    assert!(fields(r#"{"count": 123456789}"#).is_empty());
}

#[test]
fn the_fields_name_is_context() {
    for key in ["dateOfBirth", "date_of_birth", "DOB", "birth-date"] {
        assert_eq!(
            fields(&format!(r#"{{"{key}": "1990-01-31"}}"#))[0].2,
            EntityType::DateOfBirth,
            "{key}"
        );
    }
    assert_eq!(fields(r#"{"phones": ["2124567890"]}"#)[0].2, EntityType::Phone);
    let secret = r#"{"aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}"#;
    assert_eq!(fields(secret)[0].2, EntityType::AwsSecretKey);
    assert!(fields(r#"{"created": "1990-01-31"}"#).is_empty());
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    let detector = detector();
    for json in [
        "",
        "{",
        "{\"a\": }",
        "[1,]",
        "nul",
        "{\"a\": 1} x",
        "\"\\ud800\"",
        "\"a\tb\"",
    ] {
        let refused = detector.scan_json(json);
        assert!(
            matches!(refused, Err(ScanError::InvalidJson { line: 1, .. })),
            "{json}: {refused:?}"
        );
    }
}

#[test]
fn deep_nesting_is_refused_and_less_is_not() {
    let detector = detector();
    let nested = |depth: usize| format!("{}\"a@b.cd\"{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(detector.scan_json(&nested(MAX_DEPTH - 1)).unwrap().len(), 1);
    assert!(matches!(
        detector.scan_json(&nested(MAX_DEPTH)),
        Err(ScanError::TooDeep)
    ));
    assert!(matches!(
        detector.scan_json(&"[".repeat(1_000_000)),
        Err(ScanError::TooDeep)
    ));
    let value: serde_json::Value = serde_json::from_str(&nested(MAX_DEPTH - 1)).unwrap();
    assert_eq!(detector.scan_value(&value).unwrap().len(), 1);
    assert!(matches!(
        detector.scan_value(&json!([value])),
        Err(ScanError::TooDeep)
    ));
}

#[test]
fn an_endless_path_is_refused() {
    let key = "k".repeat(120);
    let json = format!("{}1{}", format!("{{\"{key}\":").repeat(100), "}".repeat(100));
    assert!(matches!(detector().scan_json(&json), Err(ScanError::PathTooLong)));
}

#[test]
fn a_parsed_value_gives_the_same_findings() {
    let json = r#"{"a": ["a@b.cd", 4111111111111111, null, true], "c@d.ef": {"ssn": 123456789}, "f": 1.5}"#;
    let detector = detector();
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(
        detector.scan_value(&value).unwrap(),
        detector.scan_json(json).unwrap()
    );
}

#[test]
fn findings_serialize_flat() {
    let found = detector().scan_json(r#"{"x": "a@b.cd"}"#).unwrap();
    let expected =
        json!({"field": "x", "part": "value", "type": "email", "start": 0, "end": 6, "confidence": 0.95});
    assert_eq!(serde_json::to_value(&found[0]).unwrap(), expected);
}
