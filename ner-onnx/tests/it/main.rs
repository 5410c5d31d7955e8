//! A tiny model, read from its folder and asked like a large one.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking too")]

mod tiny;

use std::{fs, num::NonZeroUsize, path::Path, sync::Arc};

use tempfile::TempDir;
use vault_ner_onnx::{Limits, LoadError, OnnxModel};
use vault_privacy::{
    Detector, DetectorConfig, EntityType, Names, ScanError,
    span_model::{ModelFailure, SpanModel, Spent},
};

use tiny::Length;

/// Where the tests of the server find the model.
const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny-ner");

fn folder(length: Length) -> TempDir {
    let folder = TempDir::new().unwrap();
    tiny::write(folder.path(), length).unwrap();
    folder
}

fn load(folder: &Path) -> Result<OnnxModel, LoadError> {
    OnnxModel::load(folder, Limits::default())
}

fn asked(model: &OnnxModel, text: &str) -> Result<Vec<(EntityType, String)>, ModelFailure> {
    let mut found = Vec::new();
    model.find(text, &mut Spent::default(), &mut found)?;
    let cut = |start: usize, end: usize| text.get(start..end).unwrap().to_owned();
    Ok(found
        .iter()
        .map(|span| (span.entity_type, cut(span.start, span.end)))
        .collect())
}

#[test]
fn words_are_found_whole_and_neighbours_are_one_span() {
    for length in [Length::Any, Length::Fixed(32)] {
        let model = load(folder(length).path()).unwrap();
        let text = "Für Zanthor Quillby, in Brontello; Xerxia. Zanthor Zanthor";
        let person = |name: &str| (EntityType::Person, name.to_owned());
        assert_eq!(
            asked(&model, text).unwrap(),
            [
                person("Zanthor Quillby"),
                (EntityType::Location, "Brontello".to_owned()),
                person("Zanthor"),
                person("Zanthor"),
            ]
        );
        assert_eq!(asked(&model, "").unwrap(), []);
        assert_eq!(asked(&model, " \n ").unwrap(), []);
    }
}

#[test]
fn a_long_text_is_read_in_windows_and_nothing_at_their_borders_is_lost() {
    for length in [Length::Any, Length::Fixed(24)] {
        let model = load(folder(length).path()).unwrap();
        for before in 0..150 {
            let text = format!("{}Zanthor Quillby{}", "é ".repeat(before), " ü".repeat(90));
            let found = asked(&model, &text).unwrap();
            assert_eq!(
                found,
                [(EntityType::Person, "Zanthor Quillby".to_owned())],
                "after {before}"
            );
        }
    }
}

#[test]
fn its_findings_are_settled_with_those_of_the_patterns() {
    let model = load(folder(Length::Any).path()).unwrap();
    let config = DetectorConfig {
        names: Names::Off,
        ..DetectorConfig::default()
    };
    let detector = Detector::new(config).unwrap().with_model(Arc::new(model));
    let kinds = |text: &str| -> Vec<(EntityType, usize, usize)> {
        let found = detector.scan_text(text).unwrap();
        found
            .iter()
            .map(|item| (item.entity_type, item.start, item.end))
            .collect()
    };
    assert_eq!(
        kinds("é Zanthor Quillby, jo@example.org"),
        [(EntityType::Person, 2, 17), (EntityType::Email, 19, 33)]
    );
    // the surer address of mail stands, and what is left of the name
    assert_eq!(
        kinds("Brontello@example.org Quillby"),
        [(EntityType::Email, 0, 21), (EntityType::Person, 22, 29)]
    );
    // full-width letters are folded before the model reads them
    assert_eq!(kinds("in Ｂｒｏｎｔｅｌｌｏ."), [(EntityType::Location, 3, 12)]);
    let json = r#"{"note": "Zanthor", "Brontello": [1, "of Brontello"], "to Quillby": true}"#;
    let fields: Vec<String> = detector
        .scan_json(json)
        .unwrap()
        .into_iter()
        .map(|found| found.field)
        .collect();
    assert_eq!(fields, ["note", "Brontello[1]", "[\"to Quillby\"]"]);
    assert!(matches!(
        detector.scan_json(r#"{"a": "Zanthor", "b": "Nullwort"}"#),
        Err(ScanError::Model(ModelFailure::Failed(_)))
    ));
    let types = detector.with_custom_types(&[]).unwrap();
    assert_eq!(types.scan_text("Brontello").unwrap().len(), 1);
}

#[test]
fn limits_hold_for_a_document_and_not_for_its_fields_alone() {
    let folder = folder(Length::Any);
    let limits = |max_bytes, max_ms| Limits {
        max_bytes,
        max_ms,
        parallel: NonZeroUsize::MIN,
    };
    let model = OnnxModel::load(folder.path(), limits(20, 60_000)).unwrap();
    let detector = Detector::new(DetectorConfig::default())
        .unwrap()
        .with_model(Arc::new(model));
    assert!(detector.scan_text(&"x".repeat(20)).is_ok());
    let too_long = |scanned| {
        matches!(
            scanned,
            Err(ScanError::Model(ModelFailure::TooLong { max_bytes: 20 }))
        )
    };
    assert!(too_long(detector.scan_text(&"x".repeat(21))));
    assert!(detector.scan_json(r#"["xxxxxxxxxx", "xxxxxxxxxx"]"#).is_ok());
    let scanned = detector.scan_json(r#"["xxxxxxxxxx", "xxxxxxxxxx", "xxxxxx"]"#);
    assert!(too_long(scanned.map(|_| Vec::new())));
    // numbers are not for models
    assert!(
        detector
            .scan_json(r#"["xxxxxxxxxx", "xxxxxxxxxx", 123456789]"#)
            .is_ok()
    );
    let hasty = OnnxModel::load(folder.path(), limits(1000, 0)).unwrap();
    let mut spent = Spent::default();
    let asked = hasty.find("Zanthor", &mut spent, &mut Vec::new());
    assert!(
        matches!(asked, Err(ModelFailure::TooSlow { max_ms: 0 })),
        "{asked:?}"
    );
    assert!(!spent.elapsed.is_zero() && spent.bytes == 7);
}

#[test]
fn what_is_no_number_is_an_error_and_not_nothing() {
    let model = load(folder(Length::Any).path()).unwrap();
    let refused = asked(&model, "Zanthor Nullwort");
    assert!(matches!(refused, Err(ModelFailure::Failed(_))), "{refused:?}");
}

#[test]
fn a_folder_that_is_not_whole_is_refused_with_the_reason() {
    let refused = |name: &str, content: Option<&str>| {
        let folder = folder(Length::Any);
        let path = folder.path().join(name);
        match content {
            Some(content) => fs::write(path, content).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        load(folder.path()).unwrap_err()
    };
    for name in ["model.onnx", "tokenizer.json", "config.json"] {
        let error = refused(name, None);
        assert!(
            matches!(&error, LoadError::Read { path, .. } if path.ends_with(name)),
            "{error:?}"
        );
    }
    assert!(
        matches!(refused("labels.json", None), LoadError::UnknownLabel { label } if &*label == "PRODUCT")
    );
    assert!(matches!(
        refused("model.onnx", Some("none")),
        LoadError::Network(_)
    ));
    assert!(matches!(
        refused("tokenizer.json", Some("{}")),
        LoadError::Tokenizer(_)
    ));
    assert!(matches!(
        refused("config.json", Some("[")),
        LoadError::Json { .. }
    ));
    let gap = r#"{"id2label": {"0": "O", "2": "B-PER"}}"#;
    assert!(matches!(
        refused("config.json", Some(gap)),
        LoadError::LabelNumbers
    ));
    let fewer = r#"{"id2label": {"0": "O", "1": "B-PER", "2": "B-PRODUCT"}}"#;
    assert!(matches!(
        refused("config.json", Some(fewer)),
        LoadError::Output { labels: 3 }
    ));
    let short = r#"{"id2label": {"0": "O", "1": "PER", "2": "X", "3": "Y", "4": "PRODUCT"}, "max_position_embeddings": 8}"#;
    let folder = folder(Length::Any);
    fs::write(folder.path().join("config.json"), short).unwrap();
    fs::write(
        folder.path().join("labels.json"),
        r#"{"X": null, "Y": null, "PRODUCT": null}"#,
    )
    .unwrap();
    assert!(matches!(load(folder.path()), Err(LoadError::Tokenizer(_))));
}

/// `VAULT_BLESS=1` writes it anew.
#[test]
fn the_model_that_the_tests_of_the_server_use_is_this_one() {
    if std::env::var_os("VAULT_BLESS").is_some() {
        fs::create_dir_all(FIXTURE).unwrap();
        tiny::write(Path::new(FIXTURE), Length::Any).unwrap();
    }
    let folder = folder(Length::Any);
    let both = |name: &str| {
        [folder.path().join(name), Path::new(FIXTURE).join(name)].map(|path| fs::read(path).unwrap())
    };
    let [made, kept] = both("model.onnx");
    assert_eq!(made, kept);
    // the order of members depends on what else is built
    for name in ["tokenizer.json", "config.json", "labels.json"] {
        let [made, kept] =
            both(name).map(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).unwrap());
        assert_eq!(made, kept, "{name}");
    }
}
