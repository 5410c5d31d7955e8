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
        .arg("train")
        .args([data, model, &model.with_extension("held-out")])
        .args(["--epochs", "2", "--row-bits", "12"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    fs::read(model).unwrap()
}

/// Lists without Boris, and those that ship, with him.
fn write_lists(data: &Path) {
    let known = "anna\tfirst\nbridge\tcommon\nweber\tlast\n";
    fs::write(data.join("gazetteer.tsv"), known).unwrap();
    fs::write(
        data.join("gazetteer-shipped.tsv"),
        format!("{known}boris\tfirst\n"),
    )
    .unwrap();
}

#[test]
fn the_same_texts_give_the_same_bytes_and_other_texts_others() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    fs::write(data.join("train.jsonl"), texts(60)).unwrap();
    fs::write(data.join("calibrate.jsonl"), texts(20)).unwrap();
    write_lists(data);
    let first = train(data, &data.join("first.bin"));
    let second = train(data, &data.join("second.bin"));
    assert!(first == second, "two trainings differ");
    fs::write(data.join("train.jsonl"), texts(61)).unwrap();
    assert!(
        first != train(data, &data.join("third.bin")),
        "texts make no difference"
    );
}

#[test]
fn a_model_is_measured_on_labelled_texts_and_the_one_without_held_out_names_has_other_lists() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    fs::write(data.join("train.jsonl"), texts(120)).unwrap();
    fs::write(data.join("calibrate.jsonl"), texts(60)).unwrap();
    write_lists(data);
    let shipped = train(data, &data.join("model.bin"));
    let held_out = fs::read(data.join("model.held-out")).unwrap();
    assert!(shipped != held_out, "the lists are the same");
    assert_eq!(shipped.len(), held_out.len());
    let output = Command::new(env!("CARGO_BIN_EXE_vault-privacy-train"))
        .arg("evaluate")
        .args([data.join("model.bin"), data.join("calibrate.jsonl")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let table = String::from_utf8(output.stdout).unwrap();
    let persons = table.lines().find(|line| line.contains("\tPerson\t")).unwrap();
    let cells: Vec<&str> = persons.split('\t').collect();
    assert_eq!(
        cells[..5],
        ["calibrate.jsonl", "", "Person", "60", "60"],
        "{table}"
    );
    assert_eq!(cells[7], "1.000", "{table}");
}
