//! Any pattern on any text: refused, or searched in time that a line of the text bounds.
#![no_main]

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use libfuzzer_sys::fuzz_target;
use vault_privacy::{
    Detector, DetectorConfig, EntityType, Names, OffsetUnit,
    custom::{CustomTypeDefinition, DefinedStrength},
    to_unit,
};

/// How much text is searched, in bytes.
const BYTES: usize = 20_000;
/// What no pattern takes for so much, with sanitizers and on a busy machine; a quadratic search takes minutes.
const LONGEST: Duration = Duration::from_secs(60);

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    Detector::new(DetectorConfig {
        names: Names::Off,
        entity_types: Some(vec![EntityType::Custom]),
        ..DetectorConfig::default()
    })
    .expect("the detector's own tables")
});

fuzz_target!(|bytes: &[u8]| {
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
    let detector = DETECTOR
        .with_custom_types(&[custom])
        .expect("what was checked is taken");
    let long = text.repeat(BYTES / text.len().max(1));
    let started = Instant::now();
    let found = detector.scan_text(&long);
    assert!(started.elapsed() < LONGEST, "{pattern:?}");
    for item in to_unit(&long, &found, OffsetUnit::Utf8) {
        assert!(long.get(item.start..item.end).is_some());
    }
});
