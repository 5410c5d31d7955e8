//! For each type, texts from its specification or registrar's rules, and near misses: see `tests/cases`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use vault_privacy::{Detector, DetectorConfig, EntityType, Names};

use crate::cut;

/// The fewest texts of each sort for each type.
const MIN_CASES: usize = 5;
/// Types that no pattern finds: names are tagged, custom types are a tenant's own.
const NOT_BY_PATTERN: [EntityType; 5] = [
    EntityType::Person,
    EntityType::Address,
    EntityType::Location,
    EntityType::Organization,
    EntityType::Custom,
];

#[derive(Default)]
struct Cases {
    positive: Vec<String>,
    negative: Vec<String>,
}

fn cases() -> BTreeMap<EntityType, Cases> {
    let mut all: BTreeMap<EntityType, Cases> = BTreeMap::new();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let mut kind = None;
        for line in text.lines().map(|line| line.replace("\\n", "\n")) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                kind = Some(name.parse().unwrap());
            } else if let Some(text) = line.strip_prefix("+ ") {
                all.entry(kind.unwrap())
                    .or_default()
                    .positive
                    .push(text.to_owned());
            } else if let Some(text) = line.strip_prefix("- ") {
                all.entry(kind.unwrap())
                    .or_default()
                    .negative
                    .push(text.to_owned());
            }
        }
    }
    all
}

/// What of this type is found in a text.
fn found(detector: &Detector, kind: EntityType, text: &str) -> Vec<String> {
    let findings = detector.scan_text(text).unwrap();
    findings
        .iter()
        .filter(|item| item.entity_type == kind)
        .map(|item| cut(text, item.start, item.end))
        .collect()
}

#[test]
fn each_type_is_found_where_it_is_and_not_where_it_is_nearly() {
    // patterns alone: a title with a name after it is a person to the tagger of names
    let detector = Detector::new(DetectorConfig {
        names: Names::Off,
        ..DetectorConfig::default()
    })
    .unwrap();
    let mut wrong = Vec::new();
    for (kind, cases) in cases() {
        for marked in &cases.positive {
            let (before, rest) = marked.split_once('«').unwrap();
            let (value, after) = rest.split_once('»').unwrap();
            let text = format!("{before}{value}{after}");
            let seen = found(&detector, kind, &text);
            if seen != [value] {
                let all = detector.scan_text(&text).unwrap();
                wrong.push(format!("{kind} in {text:?}: {seen:?}, of {all:?}"));
            }
        }
        for text in &cases.negative {
            let seen = found(&detector, kind, text);
            if !seen.is_empty() {
                wrong.push(format!("{kind} in {text:?}: {seen:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_type_has_its_cases() {
    let cases = cases();
    for kind in EntityType::ALL
        .iter()
        .filter(|kind| !NOT_BY_PATTERN.contains(kind))
    {
        let told = cases.get(kind);
        assert!(
            told.is_some_and(|cases| cases.positive.len() >= MIN_CASES),
            "{kind}"
        );
        assert!(
            told.is_some_and(|cases| cases.negative.len() >= MIN_CASES),
            "{kind}"
        );
    }
}
