//! One law for each target; each takes any bytes, and panics where it does not hold.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use serde_json::Value;
use vault_privacy::{
    Confidence, Detection, Detector, DetectorConfig, EntityType, FieldPart, HashKey, Names, OffsetUnit,
    ScanError, Strategy, anonymize_text,
    custom::{CustomTypeDefinition, DefinedStrength},
    to_unit,
};

/// What stands between two texts so that no window reaches from one into the other, in bytes.
const APART: usize = 400;
/// Texts shorter than any finding are not looked at by themselves; what shows nothing does not count.
const SHORTEST: usize = 8;
/// How much text a custom type is looked for in, in bytes.
const CUSTOM_BYTES: usize = 20_000;
/// What no pattern takes for so much, with sanitizers and on a busy machine; a quadratic search takes minutes.
const LONGEST: Duration = Duration::from_mins(1);

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| detector(Names::On, None));
static PATTERNS: LazyLock<Detector> = LazyLock::new(|| detector(Names::Off, None));
static CUSTOM: LazyLock<Detector> = LazyLock::new(|| detector(Names::Off, Some(vec![EntityType::Custom])));

fn detector(names: Names, entity_types: Option<Vec<EntityType>>) -> Detector {
    Detector::new(DetectorConfig {
        min_confidence: Confidence::from_percent(0),
        names,
        entity_types,
        ..DetectorConfig::default()
    })
    .expect("the detector's own tables")
}

fn found(detector: &Detector, text: &str) -> Vec<Detection> {
    detector.scan_text(text).expect("no model that could fail")
}

/// Any bytes as a text: findings are sorted, do not overlap, lie between characters, and do not depend on what stands far
/// from them.
pub fn detect(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let all = found(&DETECTOR, &text);
    assert!(all.windows(2).all(|pair| pair[0].end <= pair[1].start));
    for item in to_unit(&text, &all, OffsetUnit::Utf8) {
        assert!(item.start < item.end && text.get(item.start..item.end).is_some());
    }
    let shows = |character: &char| character.is_ascii_graphic() || character.is_alphanumeric();
    if text.chars().filter(shows).count() < SHORTEST {
        return;
    }
    let apart = " ".repeat(APART);
    let longer = format!("tel 020 7946 0018{apart}{text}{apart}jo@example.com");
    let from = "tel 020 7946 0018".len() + APART;
    let to = from + text.chars().count();
    let within: Vec<Detection> = found(&PATTERNS, &longer)
        .into_iter()
        .filter(|item| item.start >= from && item.end <= to)
        .map(|item| Detection {
            start: item.start - from,
            end: item.end - from,
            ..item
        })
        .collect();
    assert_eq!(within, found(&PATTERNS, &text));
}

/// Any bytes as JSON: the walker takes what `serde_json` takes, and every pointer leads to the text in which the finding
/// lies.
pub fn json(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let scanned = PATTERNS.scan_json(text);
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        assert!(scanned.is_err());
        return;
    };
    assert!(
        !matches!(scanned, Err(ScanError::InvalidJson { .. })),
        "refused what is JSON"
    );
    // It stands on limits of its own, of depth and of the length of paths.
    let Ok(all) = scanned else { return };
    for item in &all {
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
    let _ = PATTERNS.scan_value(&value);
}

/// Any findings in any text: what they cover is gone, and what stands around it stays.
pub fn anonymize(bytes: &[u8]) {
    let (head, rest) = bytes.split_at(bytes.len().min(16));
    let text = String::from_utf8_lossy(rest);
    let detections: Vec<Detection> = head
        .chunks_exact(4)
        .map(|four| Detection {
            entity_type: EntityType::ALL[usize::from(four[0]) % EntityType::ALL.len()],
            start: usize::from(four[1]),
            end: usize::from(four[1]) + usize::from(four[2]),
            confidence: Confidence::from_percent(four[3]),
            custom: None,
            test_value: false,
        })
        .collect();
    let count = text.chars().count();
    let kept: String = text
        .chars()
        .enumerate()
        .filter(|(at, _)| !detections.iter().any(|item| (item.start..item.end).contains(at)))
        .map(|(_, character)| character)
        .collect();
    let key = HashKey::from_bytes([7; 32]);
    for strategy in [
        Strategy::Redact,
        Strategy::Mask,
        Strategy::Hash(key),
        Strategy::Replace,
    ] {
        let done = anonymize_text(&text, &detections, &strategy);
        if detections
            .iter()
            .all(|item| item.start >= count || item.start == item.end)
        {
            assert_eq!(done, text);
        }
        // What stays comes in order, between what took the others' place.
        let mut shown = done.chars();
        assert!(
            kept.chars()
                .all(|character| shown.any(|other| other == character))
        );
    }
}

/// Any pattern, the first line, on any text: refused, or searched in time that the length of the text bounds.
pub fn custom(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (pattern, text) = text.split_once('\n').unwrap_or((&text, "aaaa"));
    let definition = CustomTypeDefinition {
        name: "fuzzed".to_owned(),
        description: None,
        patterns: vec![pattern.to_owned()],
        words: text.split_whitespace().take(4).map(str::to_owned).collect(),
        context: Vec::new(),
        context_required: false,
        strength: DefinedStrength::Strong,
        validator: None,
        sensitivity: serde_json::from_str("\"low\"").expect("a sensitivity"),
    };
    let Ok(custom) = definition.check() else { return };
    let detector = CUSTOM
        .with_custom_types(&[custom])
        .expect("what was checked is taken");
    let long = text.repeat(CUSTOM_BYTES / text.len().max(1));
    let started = Instant::now();
    let all = found(&detector, &long);
    assert!(started.elapsed() < LONGEST, "{pattern:?}");
    for item in to_unit(&long, &all, OffsetUnit::Utf8) {
        assert!(long.get(item.start..item.end).is_some());
    }
}
