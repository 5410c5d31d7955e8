//! Any findings in any text: what they cover is gone, and what stands around it stays.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vault_privacy::{Confidence, Detection, EntityType, HashKey, Strategy, anonymize_text};

fuzz_target!(|bytes: &[u8]| {
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
});
