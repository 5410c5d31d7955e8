//! Names in free text.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use vault_privacy::{
    Detector, DetectorConfig, EntityType, Names,
    names::{NamesScratch, Tagger},
};

use crate::{cut, detector};

const MODEL: &[u8] = include_bytes!("../../src/names/model.bin");
const MANIFEST: &str = include_str!("../../src/names/model.json");

/// A text, and the names in it by type.
const POSITIVE: &[(&str, &[(EntityType, &str)])] = &[
    (
        "Hello, my name is Margaret Collins and I live in Portland.",
        &[
            (EntityType::Person, "Margaret Collins"),
            (EntityType::Location, "Portland"),
        ],
    ),
    (
        "my name is margaret collins",
        &[(EntityType::Person, "margaret collins")],
    ),
    (
        "MY NAME IS MARGARET COLLINS",
        &[(EntityType::Person, "MARGARET COLLINS")],
    ),
    ("Thanks, Jonas", &[(EntityType::Person, "Jonas")]),
    ("Dear Mrs. Lindqvist,", &[(EntityType::Person, "Mrs. Lindqvist")]),
    (
        "Meine Adresse ist Gartenstraße 7, 10115 Berlin.",
        &[(EntityType::Address, "Gartenstraße 7, 10115 Berlin")],
    ),
    (
        "J'habite 12 rue Victor Hugo, 69002 Lyon.",
        &[(EntityType::Address, "12 rue Victor Hugo, 69002 Lyon")],
    ),
    (
        "Please ship it to 14 Cedar Lane, Apt 3, Portland, OR 97205.",
        &[(EntityType::Address, "14 Cedar Lane, Apt 3, Portland, OR 97205")],
    ),
    (
        "Me llamo Lucía Fernández García",
        &[(EntityType::Person, "Lucía Fernández García")],
    ),
    (
        "I work at Hartmann Logistics GmbH.",
        &[(EntityType::Organization, "Hartmann Logistics GmbH")],
    ),
];

/// Texts with capitals, numbers and words that are names elsewhere.
const NEGATIVE: &[&str] = &[
    "Will you mark the invoice as paid in May or in March?",
    "The Premium Plan includes Dark Mode and Offline Maps.",
    "Click Save Changes, then open Account Settings.",
    "Monday, Tuesday and Wednesday are fine.",
    "ERROR: CONNECTION REFUSED BY SERVER",
    "pub fn new(keys: Vec<String>) -> Self {",
    "import subprocess, sys, os",
    "            aud: audience.audience.clone(),",
    "0xfe8b: 0x00c6,     #  ARABIC LETTER YEH WITH HAMZA ABOVE INITIAL FORM",
    "SELECT name, city FROM users WHERE id = 42;",
    "2024-05-06 10:20:30 INFO worker.pool - Started 12 threads",
    "| Requests | 429952 | 37373 |",
    "12 drive bays, 3 court seats and 4 MiB",
    "She ate 1/2 of 48/2 = 24 cups.",
    "What is your name and your address?",
];

fn found(detector: &Detector, text: &str) -> Vec<(EntityType, String)> {
    let found = detector.scan_text(text).unwrap();
    found
        .iter()
        .map(|item| (item.entity_type, cut(text, item.start, item.end)))
        .collect()
}

#[test]
fn names_are_found_in_any_case_and_many_languages() {
    let detector = detector();
    for (text, names) in POSITIVE {
        let expected: Vec<_> = names
            .iter()
            .map(|(kind, name)| (*kind, (*name).to_owned()))
            .collect();
        assert_eq!(found(&detector, text), expected, "{text}");
    }
}

#[test]
fn capitals_numbers_and_code_are_no_names() {
    let detector = detector();
    for text in NEGATIVE {
        assert_eq!(found(&detector, text), [], "{text}");
    }
}

#[test]
fn names_can_be_switched_off_and_chosen_by_type() {
    let (text, names) = POSITIVE[0];
    let with = |config| found(&Detector::new(config).unwrap(), text);
    let off = DetectorConfig {
        names: Names::Off,
        ..DetectorConfig::default()
    };
    assert_eq!(with(off), []);
    let places = DetectorConfig {
        entity_types: Some(vec![EntityType::Location]),
        ..DetectorConfig::default()
    };
    assert_eq!(with(places), [(names[1].0, names[1].1.to_owned())]);
}

#[test]
fn an_email_or_web_address_is_one_thing_and_no_name() {
    let text = "margaret.collins@example.com wrote to https://example.com/Margaret/Collins";
    let kinds: Vec<_> = found(&detector(), text)
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, [EntityType::Email, EntityType::Url]);
}

#[test]
fn the_model_is_the_one_of_its_manifest() {
    let manifest: serde_json::Value = serde_json::from_str(MANIFEST).unwrap();
    assert_eq!(manifest["sha256"], hex::encode(Sha256::digest(MODEL)));
    assert_eq!(manifest["bytes"], MODEL.len());
    assert!(MODEL.len() <= 8_000_000);
}

#[test]
fn a_damaged_model_is_refused() {
    let mut other_version = MODEL.to_vec();
    other_version[0] ^= 1;
    for bytes in [&MODEL[1..], &MODEL[..MODEL.len() - 1], &[], &other_version] {
        let bytes: &'static [u8] = bytes.to_vec().leak();
        assert!(Tagger::new(bytes).is_err());
    }
}

#[test]
fn time_grows_with_the_text_and_no_faster() {
    let tagger = Tagger::built_in().unwrap();
    for piece in [
        "Anna Weber ",
        "a@b",
        "www.",
        "x://",
        "O'N-",
        "\n\n ",
        "1 Oak St, ",
        "@@@",
    ] {
        let took = |bytes: usize| {
            let text = piece.repeat(bytes / piece.len());
            let (mut scratch, mut names) = (NamesScratch::default(), Vec::new());
            let quickest = (0..3).map(|_| {
                let started = Instant::now();
                tagger.tag(&text, &mut scratch, &mut names);
                started.elapsed()
            });
            quickest.min().unwrap_or(Duration::ZERO)
        };
        let (short, long) = (took(10_000), took(160_000));
        // sixteen times the text; squared it would be 256 times the time
        assert!(
            long < short * 80 + Duration::from_millis(20),
            "{piece}: {short:?}, {long:?}"
        );
    }
}
