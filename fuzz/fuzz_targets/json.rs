//! Any bytes as JSON: the walker takes what `serde_json` takes, and every pointer leads to the text in which the finding lies.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use vault_privacy::{Confidence, Detector, DetectorConfig, FieldPart, Names, ScanError};

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    Detector::new(DetectorConfig {
        min_confidence: Confidence::from_percent(0),
        names: Names::Off,
        ..DetectorConfig::default()
    })
    .expect("the detector's own tables")
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let scanned = DETECTOR.scan_json(text);
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        assert!(scanned.is_err());
        return;
    };
    let found = match scanned {
        Ok(found) => found,
        // It stands on limits of its own, of depth and of the length of paths.
        Err(ScanError::InvalidJson { .. }) => panic!("refused what is JSON"),
        Err(_) => return,
    };
    for item in &found {
        let Some(pointer) = item.pointer() else { continue };
        let there = value.pointer(&pointer).expect("a pointer into the document");
        let length = match (item.part, there) {
            (FieldPart::Key, _) => {
                let key = pointer.rsplit('/').next().unwrap_or_default();
                key.replace("~1", "/").replace("~0", "~").chars().count()
            }
            // Of duplicate keys, the parsed value keeps the last one alone.
            (FieldPart::Value, Value::String(text)) if text.chars().count() >= item.detection.end => {
                text.chars().count()
            }
            (FieldPart::Value, _) => continue,
        };
        assert!(item.detection.start < item.detection.end && item.detection.end <= length);
    }
    let _ = DETECTOR.scan_value(&value);
});
