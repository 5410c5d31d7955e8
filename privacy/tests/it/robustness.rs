//! Any input: no panic, sound findings, and time that grows with the length alone.

use std::time::{Duration, Instant};

use proptest::{prelude::any, prop_assert, prop_assert_eq, proptest, strategy::Strategy as _};
use vault_privacy::{Confidence, Detector, DetectorConfig, Names, Strategy, anonymize_text};

use crate::{cut, detector};

/// Pieces that recognizers wake at, to be strung together at random.
const PIECES: &[&str] = &[
    "@",
    ".",
    "-",
    ":",
    "/",
    " ",
    "(",
    ")",
    "+",
    "0",
    "1",
    "4111",
    "555",
    "1990",
    "::",
    "a@b.cd",
    "eyJ",
    "sk-",
    "AKIA",
    "ghp_",
    "://",
    "www.",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "-----END ",
    "born",
    "passport",
    "GB29",
    "é",
    "😀",
    "\u{a0}",
    "secret key",
    "123-45-6789",
    "March",
    "+49",
    "SK",
    "abcdef",
    "SG.",
    "xoxb-",
    "\n",
    "password: ",
    "token=",
    "NHS number ",
    "943 476 5919",
    "AB",
    "12345678Z",
    "0x",
    "bc1q",
    "https://u:p@",
    "Server=a;Pwd=",
    "Dr. ",
    "47 years old",
    "\u{200b}",
    "\u{ff11}",
    "\u{663}",
    "\u{fb01}",
    ",",
    "52.520008",
    "\u{b0}",
    "BIC DEUTDEFF",
];

fn eager() -> Detector {
    Detector::new(DetectorConfig {
        min_confidence: Confidence::from_percent(0),
        ..DetectorConfig::default()
    })
    .unwrap()
}

proptest! {
    #[test]
    fn findings_are_sorted_disjoint_and_within_the_text(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)
    ) {
        thread_local!(static DETECTOR: Detector = eager());
        let text = pieces.concat();
        let found = DETECTOR.with(|detector| detector.scan_text(&text).unwrap());
        let count = text.chars().count();
        prop_assert!(found.iter().all(|item| item.start < item.end && item.end <= count));
        prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
        prop_assert_eq!(DETECTOR.with(|detector| detector.scan_text(&text).unwrap()), found);
    }

    #[test]
    fn any_unicode_is_scanned_and_redacted(text in any::<String>()) {
        thread_local!(static DETECTOR: Detector = eager());
        let found = DETECTOR.with(|detector| detector.scan_text(&text).unwrap());
        let _ = anonymize_text(&text, &found, &Strategy::Redact);
    }

    #[test]
    fn any_bytes_are_json_or_refused(text in "[\\[\\]{}\",:0-9a@.\\\\ ]{0,60}") {
        thread_local!(static DETECTOR: Detector = eager());
        let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        prop_assert_eq!(DETECTOR.with(|detector| detector.scan_json(&text)).is_ok(), is_json);
    }

    #[test]
    fn a_finding_does_not_depend_on_what_stands_far_from_it(
        left in "[a-zé ]{0,200}", right in "[a-zé ]{0,200}"
    ) {
        // words around a name tell what it is, so this holds of patterns alone
        thread_local!(static DETECTOR: Detector = Detector::new(DetectorConfig {
            names: Names::Off,
            ..DetectorConfig::default()
        })
        .unwrap());
        let text = format!("{left} 4111 1111 1111 1111 {right}");
        let found = DETECTOR.with(|detector| detector.scan_text(&text).unwrap());
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(cut(&text, found[0].start, found[0].end), "4111 1111 1111 1111");
    }

    #[test]
    fn redacted_addresses_are_gone(local in "[a-z][a-z0-9]{0,9}", host in "[a-z]{1,10}") {
        thread_local!(static DETECTOR: Detector = detector());
        let address = format!("{local}@{host}.com");
        let text = format!("to {address}, please");
        let found = DETECTOR.with(|detector| detector.scan_text(&text).unwrap());
        prop_assert_eq!(anonymize_text(&text, &found, &Strategy::Redact), "to [REDACTED], please");
    }
}

#[test]
fn proptest_pieces_reach_findings() {
    // Guards the property above against pieces that never make a finding.
    let runner = &mut proptest::test_runner::TestRunner::deterministic();
    let pieces = proptest::collection::vec(proptest::sample::select(PIECES), 20..40);
    let detector = eager();
    let hits = (0..100)
        .filter_map(|_| pieces.new_tree(runner).ok())
        .filter(|tree| {
            let text = proptest::strategy::ValueTree::current(tree).concat();
            !detector.scan_text(&text).unwrap().is_empty()
        })
        .count();
    assert!(hits > 50, "{hits}");
}

#[test]
fn hostile_repetition_takes_linear_time() {
    const BYTES: usize = 200_000;
    let detector = detector();
    for piece in PIECES.iter().copied().chain([
        "a@",
        "1 ",
        "1-",
        "1.",
        "0 ",
        "+1",
        "+1 ",
        "(1",
        "eyJ.",
        "http://",
        "-----BEGIN PRIVATE KEY-----",
        "4111 1111 ",
        "1990-01-01 ",
        "AKIA secret key ",
        "1:",
        "ab:",
        "::1",
        "12345678:",
        "a.b@c.d.",
        "SK1",
        "GB29 ",
        "password=&",
        "password: x&",
        "://a:b@",
        "Basic ",
        "pwd=;",
        "token: a1",
        "age 1 ",
        "AB51 ABC ",
        "A1-",
        "1EG4-",
        "Dr. ",
        "\u{ff11}\u{200b}",
        "52.520008,",
        "a.de.",
        "NHS 9",
        "40\u{b0}1'N ",
        "415-556-",
        "born 1 May 1990 ",
        "12345678901,",
        "a,12345678\n",
        "| 12345678 | x |\n",
        "account number,b\n",
        "MRN\n\n12345678\n",
    ]) {
        let text = piece.repeat(BYTES / piece.len());
        let started = Instant::now();
        let _ = detector.scan_text(&text).unwrap();
        let elapsed = started.elapsed();
        // A quadratic search over this much takes minutes; the bound leaves room for slow machines and debug builds.
        assert!(elapsed < Duration::from_secs(10), "{piece:?} took {elapsed:?}");
    }
}
