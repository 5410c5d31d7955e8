//! Any bytes as a text: findings are sorted, do not overlap, lie between characters, and do not depend on what stands far
//! from them.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vault_privacy::{Confidence, Detection, Detector, DetectorConfig, Names, OffsetUnit, to_unit};

/// What stands between two texts so that no window reaches from one into the other, in bytes.
const APART: usize = 400;
/// Texts shorter than any finding are not looked at by themselves.
const SHORTEST: usize = 8;

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| detector(Names::On));
static PATTERNS: LazyLock<Detector> = LazyLock::new(|| detector(Names::Off));

fn detector(names: Names) -> Detector {
    Detector::new(DetectorConfig {
        min_confidence: Confidence::from_percent(0),
        names,
        ..DetectorConfig::default()
    })
    .expect("the detector's own tables")
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let found = DETECTOR.scan_text(&text);
    assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
    for item in to_unit(&text, &found, OffsetUnit::Utf8) {
        assert!(item.start < item.end && text.get(item.start..item.end).is_some());
    }
    if text.len() >= SHORTEST {
        let apart = " ".repeat(APART);
        let longer = format!("tel 020 7946 0018{apart}{text}{apart}jo@example.com");
        let from = "tel 020 7946 0018".len() + APART;
        let to = from + text.chars().count();
        let within = PATTERNS.scan_text(&longer).into_iter();
        let within: Vec<Detection> = within
            .filter(|item| item.start >= from && item.end <= to)
            .map(|item| Detection {
                start: item.start - from,
                end: item.end - from,
                ..item
            })
            .collect();
        assert_eq!(within, PATTERNS.scan_text(&text));
    }
});
