//! Types that a tenant describes itself.

use std::time::{Duration, Instant};

use vault_domain::Sensitivity;
use vault_privacy::{
    ConfigError, CustomType, CustomTypeError, CustomTypeId, Detector, DetectorConfig, EntityType, Validator,
    confidence::Strength,
    custom::{MAX_CUSTOM_MATCHES, MAX_CUSTOM_TYPES, MAX_MATCH_BYTES, MAX_PATTERN_BYTES, MAX_WORDS_ALIKE},
    recognizer::ContextNeed,
};

use crate::cut;

fn badge() -> CustomType {
    CustomType {
        name: "badge".to_owned(),
        patterns: vec![r"\bBDG-\d{8}\b".to_owned()],
        words: Vec::new(),
        context: Vec::new(),
        context_need: ContextNeed::Optional,
        strength: Strength::Strong,
        validator: None,
        sensitivity: Sensitivity::Medium,
    }
}

fn built(custom_types: Vec<CustomType>) -> Result<Detector, ConfigError> {
    Detector::new(DetectorConfig {
        custom_types,
        ..DetectorConfig::default()
    })
}

fn found(detector: &Detector, text: &str) -> Vec<(u16, String)> {
    let custom = detector.scan_text(text).unwrap();
    let custom = custom
        .iter()
        .filter(|item| item.entity_type == EntityType::Custom);
    custom
        .map(|item| (item.custom.unwrap().0, cut(text, item.start, item.end)))
        .collect()
}

#[test]
fn a_pattern_and_a_list_of_words_are_found_by_their_names() {
    let project = CustomType {
        name: "project".to_owned(),
        patterns: Vec::new(),
        words: vec!["Blue Heron".to_owned(), "Zephyr".to_owned()],
        ..badge()
    };
    let detector = built(vec![badge(), project]).unwrap();
    let text = "é BDG-12345678 works on blue heron, not on zephyrs or ZEPHYR.";
    let expected = [(0, "BDG-12345678"), (1, "blue heron"), (1, "ZEPHYR")];
    assert_eq!(
        found(&detector, text),
        expected.map(|(id, text)| (id, text.to_owned()))
    );
    let name = |id| {
        detector
            .custom_type(CustomTypeId(id))
            .map(|custom| custom.name.to_string())
    };
    assert_eq!((name(1).as_deref(), name(2)), (Some("project"), None));
}

#[test]
fn a_validator_and_a_need_of_context_are_kept_to() {
    let member = CustomType {
        name: "member".to_owned(),
        patterns: vec![r"\b\d{8}\b".to_owned()],
        context: vec!["club".to_owned()],
        context_need: ContextNeed::Required,
        strength: Strength::Weak,
        validator: Some(Validator::Luhn),
        ..badge()
    };
    let detector = built(vec![member]).unwrap();
    assert_eq!(found(&detector, "club 12345674"), [(0, "12345674".to_owned())]);
    assert_eq!(found(&detector, "club 12345675"), []);
    assert_eq!(found(&detector, "room 12345674"), []);
    let found = detector.scan_json(r#"{"clubMember": "12345674"}"#).unwrap();
    assert_eq!(found[0].detection.custom, Some(CustomTypeId(0)));
}

#[test]
fn what_is_beyond_a_limit_is_refused() {
    let refusal = |custom: CustomType| match built(vec![custom]) {
        Err(ConfigError::CustomType(error)) => error,
        other => panic!("{other:?}"),
    };
    let with = |patterns: &[&str]| CustomType {
        patterns: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
        ..badge()
    };
    assert!(matches!(
        refusal(with(&["("])),
        CustomTypeError::Pattern { index: 0, .. }
    ));
    assert!(matches!(
        refusal(with(&[r"\w{1000}{1000}"])),
        CustomTypeError::Pattern { .. }
    ));
    assert!(matches!(
        refusal(with(&[&"a".repeat(MAX_PATTERN_BYTES + 1)])),
        CustomTypeError::Size { .. }
    ));
    assert!(matches!(refusal(with(&[])), CustomTypeError::Size { .. }));
    for name in ["", "Badge", "1st", "a-b"] {
        let named = CustomType {
            name: name.to_owned(),
            ..badge()
        };
        assert!(matches!(refusal(named), CustomTypeError::Name { .. }), "{name}");
    }
    let many = built(vec![badge(); MAX_CUSTOM_TYPES + 1]);
    assert!(matches!(
        many,
        Err(ConfigError::CustomType(CustomTypeError::TooManyTypes))
    ));
    assert!(built(vec![badge(); MAX_CUSTOM_TYPES]).is_ok());
}

#[test]
fn of_words_that_begin_alike_the_longest_is_found_and_only_so_many_are_taken() {
    let words = |words: Vec<String>| CustomType {
        patterns: Vec::new(),
        words,
        ..badge()
    };
    let detector = built(vec![words(vec![
        "blue".to_owned(),
        "blue her".to_owned(),
        "blue heron".to_owned(),
    ])])
    .unwrap();
    let expected = [(0, "blue heron"), (0, "blue")].map(|(id, text)| (id, text.to_owned()));
    assert_eq!(found(&detector, "a blue heron, a blue hero"), expected);
    let alike = |count: usize| words((0..count).map(|number| format!("word{number}")).collect());
    assert!(built(vec![alike(MAX_WORDS_ALIKE)]).is_ok());
    let refused = built(vec![alike(MAX_WORDS_ALIKE), alike(1)]);
    assert!(matches!(
        refused,
        Err(ConfigError::CustomType(CustomTypeError::WordsAlike))
    ));
}

#[test]
fn a_pattern_that_matches_everywhere_is_bounded() {
    let everywhere = (0..4).map(|number| CustomType {
        name: format!("t{number}"),
        patterns: vec!["[ab]".to_owned()],
        ..badge()
    });
    let detector = built(everywhere.collect()).unwrap();
    let found = detector.scan_text(&"ab".repeat(MAX_CUSTOM_MATCHES)).unwrap();
    assert_eq!(found.len(), MAX_CUSTOM_MATCHES);
}

#[test]
fn a_pattern_that_looks_far_ahead_reads_a_text_once() {
    const BYTES: usize = 400_000;
    let greedy = CustomType {
        patterns: vec!["x[^#]*#|x".to_owned()],
        ..badge()
    };
    let detector = built(vec![greedy]).unwrap();
    let started = Instant::now();
    // each search would read on to the end of the text, for a match of one letter
    let found = detector.scan_text(&"x".repeat(BYTES)).unwrap();
    assert_eq!(found.len(), MAX_CUSTOM_MATCHES);
    // a quadratic search over this much takes minutes; the bound leaves room for slow machines and debug builds
    let elapsed = started.elapsed();
    assert!(elapsed < Duration::from_secs(30), "{elapsed:?}");
}

#[test]
fn matches_across_the_borders_of_what_a_search_sees_are_found() {
    let detector = built(vec![badge()]).unwrap();
    for pad in
        (MAX_MATCH_BYTES - 20..MAX_MATCH_BYTES + 20).chain(MAX_MATCH_BYTES / 2 - 20..MAX_MATCH_BYTES / 2 + 20)
    {
        let text = format!("{}BDG-12345678 ", "é ".repeat(pad / 3) + &" ".repeat(pad % 3));
        assert_eq!(found(&detector, &text).len(), 1, "{pad}");
    }
    let lines = CustomType {
        patterns: vec![r"note: [^\n]+".to_owned()],
        ..badge()
    };
    let detector = built(vec![lines]).unwrap();
    let text = format!("note: {}", "n".repeat(3 * MAX_MATCH_BYTES));
    let found = detector.scan_text(&text).unwrap();
    assert_eq!((found[0].start, found[0].end), (0, MAX_MATCH_BYTES));
}
