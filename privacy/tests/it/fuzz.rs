//! Random bytes for as long as `VAULT_FUZZ_SECONDS` says (one second): the detector and the walk through JSON neither
//! panic nor point beside a character, nor does a finding depend on what stands far from it.

use std::time::{Duration, Instant};

use proptest::{
    collection::vec,
    prelude::{Strategy as _, any},
    prop_assert, prop_assert_eq, prop_oneof,
    sample::select,
    test_runner::{Config, TestCaseError, TestRunner},
};
use vault_privacy::{
    Confidence, Detector, DetectorConfig, OffsetUnit, Strategy, anonymize_text, names::Names, to_unit,
};

/// What stands between two texts so that no window reaches from one into the other, in bytes.
const APART: usize = 400;
/// Texts shorter than any finding are not looked at unless a field's name speaks.
const SHORTEST: usize = 8;
/// Pieces of findings of many sorts, to be strung together.
const PIECES: &[&str] = &[
    " ",
    "-",
    ".",
    ",",
    ":",
    "=",
    "@",
    "/",
    "\"",
    "1",
    "12",
    "943",
    "4765919",
    "A",
    "AB",
    "12345678Z",
    "GB29",
    "AB51 ABC",
    "password",
    "token: ",
    "SSN ",
    "536-22-1234",
    "4111 1111 1111 1111",
    "é",
    "😀",
    "\u{200b}",
    "１",
    "٣",
    "born ",
    "1941-03-31",
    "jo@example.com",
    "https://u:p@x.de",
    "www.x.org/a",
    "](",
    "。",
    "acme.io",
    "what is your BIC? ",
    "UK passport ",
    "+44 20 7946 0018",
    "BIC DEUTDEFF",
    "47 years old",
    "\u{a0}",
    "Server=a;Pwd=b;",
    "0x",
    "°",
    "52.520008, 13.404954",
    "Dr. ",
    "French",
    "nationality ",
    "\n",
    "\n\n",
    "MRN",
    "name,account number\nx,",
    "| DL number | CVV |\n|",
    "12345678",
    "|",
    "\t",
    "{",
    "}",
    "[",
    "]",
];

fn eager(names: Names) -> Detector {
    Detector::new(DetectorConfig {
        min_confidence: Confidence::from_percent(0),
        names,
        ..DetectorConfig::default()
    })
    .unwrap()
}

fn look(detector: &Detector, text: &str) -> Result<(), TestCaseError> {
    let found = detector.scan_text(text).unwrap();
    prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
    for item in to_unit(text, &found, OffsetUnit::Utf8) {
        prop_assert!(item.start < item.end && text.get(item.start..item.end).is_some());
    }
    let _ = anonymize_text(text, &found, &Strategy::Redact);
    let json = serde_json::json!({ text: [text, { "password": text }] }).to_string();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    for item in detector.scan_json(&json).unwrap() {
        let Some(pointer) = item.pointer() else { continue };
        let there = value.pointer(&pointer);
        prop_assert!(there.is_some(), "{pointer}");
        // an array's member or the text under `password`; the key itself is that text too
        let length = text.chars().count().max("password".len());
        prop_assert!(item.detection.start < item.detection.end && item.detection.end <= length);
    }
    let _ = detector.scan_json(text);
    Ok(())
}

/// What patterns find does not depend on what stands far away. Names do not count bytes but words, and see their line.
fn look_from_afar(patterns: &Detector, text: &str) -> Result<(), TestCaseError> {
    // The same text, far from others before and after it.
    let apart = " ".repeat(APART);
    let longer = format!("tel 020 7946 0018{apart}{text}{apart}jo@example.com");
    let offset = longer.chars().count() - text.chars().count() - APART - "jo@example.com".len();
    let within: Vec<_> = patterns
        .scan_text(&longer)
        .unwrap()
        .into_iter()
        .filter(|item| item.start >= offset && item.end <= offset + text.chars().count())
        .map(|item| {
            (
                item.entity_type,
                item.start - offset,
                item.end - offset,
                item.confidence,
            )
        })
        .collect();
    let alone: Vec<_> = patterns
        .scan_text(text)
        .unwrap()
        .into_iter()
        .map(|item| (item.entity_type, item.start, item.end, item.confidence))
        .collect();
    if text.len() >= SHORTEST {
        prop_assert_eq!(within, alone);
    }
    Ok(())
}

#[test]
fn random_bytes_do_no_harm() {
    let seconds = std::env::var("VAULT_FUZZ_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(1);
    let until = Instant::now() + Duration::from_secs(seconds);
    let (detector, patterns) = (eager(Names::On), eager(Names::Off));
    let bytes = vec(any::<u8>(), 0..200).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let pieces = vec(select(PIECES), 0..30).prop_map(|pieces| pieces.concat());
    let texts = prop_oneof![1 => bytes, 1 => any::<String>(), 4 => pieces];
    while Instant::now() < until {
        let mut runner = TestRunner::new(Config {
            cases: 64,
            failure_persistence: None,
            ..Config::default()
        });
        let looked = runner.run(&texts, |text| {
            look(&detector, &text).and_then(|()| look_from_afar(&patterns, &text))
        });
        looked.unwrap();
    }
}
