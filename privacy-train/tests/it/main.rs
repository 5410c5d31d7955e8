//! The same texts give the same model, byte for byte.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{fmt::Write as _, fs, path::Path, process::Command};

/// Texts of a few sorts; enough of each that its features get rows.
fn texts(count: usize) -> String {
    let first = ["Anna", "Boris", "Chloe", "Dario", "Edda"];
    let last = ["Weber", "Kowalski", "Martin", "Rossi", "Lindqvist"];
    let mut lines = String::new();
    for at in 0..count {
        let name = format!("{} {}", first[at % 5], last[at / 5 % 5]);
        let end = 5 + name.len();
        writeln!(
            lines,
            r#"{{"text": "I am {name}, line {at}.", "pii": [{{"start": 5, "end": {end}, "type": "person"}}]}}"#
        )
        .unwrap();
        writeln!(
            lines,
            r#"{{"text": "The Bridge of line {at} is closed.", "pii": []}}"#
        )
        .unwrap();
    }
    lines
}

fn train(data: &Path, model: &Path) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_vault-privacy-train"))
        .args([data, model])
        .args(["--epochs", "2", "--row-bits", "12"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    fs::read(model).unwrap()
}

#[test]
fn the_same_texts_give_the_same_bytes_and_other_texts_others() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    fs::write(data.join("train.jsonl"), texts(60)).unwrap();
    fs::write(data.join("calibrate.jsonl"), texts(20)).unwrap();
    fs::write(
        data.join("gazetteer.tsv"),
        "anna\tfirst\nbridge\tcommon\nweber\tlast\n",
    )
    .unwrap();
    let first = train(data, &data.join("first.bin"));
    let second = train(data, &data.join("second.bin"));
    assert!(first == second, "two trainings differ");
    fs::write(data.join("train.jsonl"), texts(61)).unwrap();
    assert!(
        first != train(data, &data.join("third.bin")),
        "texts make no difference"
    );
}
