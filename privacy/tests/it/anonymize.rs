//! From text to anonymized text.

use vault_privacy::{Confidence, Detector, DetectorConfig, EntityType, HashKey, Strategy, anonymize_text};

use crate::detector;

fn anonymized(text: &str, strategy: &Strategy) -> String {
    anonymize_text(text, &detector().scan_text(text).unwrap(), strategy)
}

#[test]
fn the_contracts_example_holds() {
    assert_eq!(
        anonymized("My SSN is 123-45-6789", &Strategy::Redact),
        "My SSN is [REDACTED]"
    );
}

#[test]
fn each_strategy_on_a_sentence() {
    let text = "😀 jo@example.com paid with 4111 1111 1111 1111.";
    assert_eq!(
        anonymized(text, &Strategy::Replace),
        "😀 <EMAIL> paid with <CREDIT_CARD>."
    );
    assert_eq!(
        anonymized(text, &Strategy::Mask),
        "😀 **@*******.*** paid with **** **** **** 1111."
    );
    let key = Strategy::Hash(HashKey::from_bytes([1; 32]));
    let hashed = anonymized("a@b.cd a@b.cd c@d.ef", &key);
    let words: Vec<_> = hashed.split(' ').collect();
    assert_eq!(words[0], words[1]);
    assert_ne!(words[0], words[2]);
}

#[test]
fn a_text_without_findings_stays() {
    assert_eq!(anonymized("nothing here", &Strategy::Redact), "nothing here");
    assert_eq!(anonymized("", &Strategy::Redact), "");
}

#[test]
fn types_and_threshold_can_be_chosen() {
    let text = "a@b.cd and 4111111111111111 and 10.0.0.1";
    let types = |config: DetectorConfig| -> Vec<EntityType> {
        Detector::new(config)
            .unwrap()
            .scan_text(text)
            .unwrap()
            .iter()
            .map(|item| item.entity_type)
            .collect()
    };
    let only_cards = DetectorConfig {
        entity_types: Some(vec![EntityType::CreditCard]),
        ..DetectorConfig::default()
    };
    assert_eq!(types(only_cards), [EntityType::CreditCard]);
    let modest = DetectorConfig {
        min_confidence: Confidence::from_percent(30),
        ..DetectorConfig::default()
    };
    assert_eq!(
        types(modest),
        [EntityType::Email, EntityType::CreditCard, EntityType::IpAddress]
    );
    let strict = DetectorConfig {
        min_confidence: Confidence::from_percent(90),
        ..DetectorConfig::default()
    };
    assert_eq!(types(strict), [EntityType::Email]);
    let nothing = DetectorConfig {
        entity_types: Some(Vec::new()),
        ..DetectorConfig::default()
    };
    assert!(types(nothing).is_empty());
}
