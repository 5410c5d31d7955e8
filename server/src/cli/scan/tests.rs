use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use clap::{CommandFactory, Parser};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::cli::input::tests::packed;

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(DetectorConfig::default()).expect("can be built"));

const MAIL: &str = "jo.doe@example.com";

/// A token by its form alone, put together here so that no scanner of this source finds one.
fn token() -> String {
    format!("hf{}{}", '_', "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH")
}

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    args: ScanArgs,
}

struct Scanned {
    code: u8,
    out: String,
    notes: String,
}

impl Scanned {
    fn rows(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).expect("is JSON"))
            .collect()
    }
}

fn scanned(paths: &[&Path], options: &[&str]) -> Scanned {
    let arguments = std::iter::once("scan")
        .chain(options.iter().copied())
        .chain(paths.iter().map(|path| path.to_str().expect("is UTF-8")));
    let args = Command::try_parse_from(arguments).expect("is valid").args;
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    let code = run(args, &mut out, &mut notes).expect("runs");
    let text = |bytes| String::from_utf8(bytes).expect("is UTF-8");
    Scanned {
        code,
        out: text(out),
        notes: text(notes),
    }
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("is in the folder")).expect("can be made");
        fs::write(path, content).expect("can be written");
    }
    folder
}

fn places(rows: &[Value]) -> Vec<(String, Option<u64>, Option<String>, String)> {
    let place = |row: &Value| {
        let path = PathBuf::from(row["file"].as_str().expect("is text"));
        let name = path
            .file_name()
            .expect("is a file")
            .to_string_lossy()
            .into_owned();
        let field = row["field"].as_str().map(str::to_owned);
        (
            name,
            row["line"].as_u64(),
            field,
            row["type"].as_str().expect("is text").to_owned(),
        )
    };
    rows.iter().map(place).collect()
}

fn row(
    name: &str,
    line: Option<u64>,
    field: Option<&str>,
    kind: &str,
) -> (String, Option<u64>, Option<String>, String) {
    (name.to_owned(), line, field.map(str::to_owned), kind.to_owned())
}

#[test]
fn the_command_line_is_sound() {
    Command::command().debug_assert();
    for bad in [
        &["scan"][..],
        &["scan", "--format", "nothing", "."],
        &["scan", "--threads", "0", "."],
        &["scan", "--min-confidence", "1.5", "."],
    ] {
        assert!(Command::try_parse_from(bad).is_err(), "{bad:?}");
    }
    let help = Command::command().render_long_help().to_string();
    assert!(help.contains("Examples") && help.contains("Exit codes"), "{help}");
}

#[test]
fn every_kind_of_text_is_read_in_its_own_way_and_in_order() {
    let lines = format!("\n{{\"a\":{{\"b\":[\"{MAIL}\"]}}}}\nnot json {MAIL}\n");
    let files = folder(&[
        ("b.jsonl", lines.as_bytes()),
        ("c.jsonl.gz", &packed(lines.as_bytes())),
        ("d.json", b"{\n \"x\": \"\\u006ao.doe@example.com\"\n}"),
        ("e.json", lines.as_bytes()),
        (
            "sub/f.md",
            format!("# Title\n\nask \u{1f600} {MAIL}\n").as_bytes(),
        ),
        ("g.txt", b"nothing here\n"),
    ]);
    let scanned = scanned(&[files.path()], &["--json"]);
    let mut expected = Vec::new();
    for name in ["b.jsonl", "c.jsonl.gz", "e.json"] {
        if name == "e.json" {
            expected.push(row("d.json", None, Some("x"), "email"));
        }
        expected.push(row(name, Some(2), Some("a.b[0]"), "email"));
        expected.push(row(name, Some(3), None, "email"));
    }
    expected.push(row("f.md", Some(3), None, "email"));
    let rows = scanned.rows();
    assert_eq!(places(&rows), expected);
    let last = rows.last().expect("is there");
    assert_eq!(
        (last["start"].as_u64(), last["end"].as_u64()),
        (Some(6), Some(6 + MAIL.len() as u64))
    );
    assert!(
        last["confidence"]
            .as_f64()
            .is_some_and(|sure| (0.5..=1.0).contains(&sure))
    );
    assert_eq!((scanned.code, scanned.notes.as_str()), (EXIT_FOUND, ""));
}

#[test]
fn no_value_is_ever_shown() {
    let secret = token();
    let json =
        format!("{{\"{MAIL}\": {{\"token\": \"{secret}\", \"credit card\": \"4111 1111 1111 1111\"}}}}\n");
    let files = folder(&[
        ("a.jsonl", json.as_bytes()),
        ("b.txt", format!("{secret} {MAIL}").as_bytes()),
    ]);
    for options in [
        &["--json"][..],
        &[],
        &["--types", "huggingface_token"],
        &["--min-confidence", "0.98"],
    ] {
        let scanned = scanned(&[files.path()], options);
        let all = scanned.out + &scanned.notes;
        // the key holds what was not asked for too
        assert!(all.contains("[<EMAIL>]"), "{options:?}: {all}");
        for value in [MAIL, "jo.doe", secret.as_str(), "1111"] {
            assert!(!all.contains(value), "{options:?}: {all}");
        }
    }
}

#[test]
fn people_get_a_table_by_file_and_a_summary_by_type() {
    let files = folder(&[
        ("a.txt", format!("{MAIL}\n{MAIL} {}\n", token()).as_bytes()),
        ("b.txt", MAIL.as_bytes()),
    ]);
    let out = scanned(&[files.path()], &[])
        .out
        .replace(&*files.path().to_string_lossy(), "");
    let lines: Vec<Vec<&str>> = out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let starts: Vec<&[&str]> = lines
        .iter()
        .map(|words| words.get(..2).unwrap_or(words))
        .collect();
    let expected: [&[&str]; 11] = [
        &["/a.txt"],
        &["1", "email"],
        &["2", "email"],
        &["2", "huggingface_token"],
        &["/b.txt"],
        &["1", "email"],
        &[],
        &["type", "findings"],
        &["email", "3"],
        &["huggingface_token", "1"],
        &["all", "4"],
    ];
    assert_eq!(starts, expected, "{out}");
    assert!(out.contains("of 2 files scanned"), "{out}");
    let none = folder(&[("a.txt", b"nothing")]);
    assert_eq!(scanned(&[none.path()], &[]).out, "Nothing found in 1 files.\n");
}

#[test]
fn the_exit_code_follows_what_is_asked_for() {
    let mail = folder(&[("a.txt", MAIL.as_bytes())]);
    let secret = folder(&[("a.txt", token().as_bytes())]);
    let nothing = folder(&[("a.txt", b"-")]);
    for (path, options, expected) in [
        (&mail, &[][..], EXIT_FOUND),
        (&mail, &["--fail-on", "secrets"], 0),
        (&mail, &["--fail-on", "never"], 0),
        (&mail, &["--types", "phone,iban"], 0),
        (&mail, &["--types", "phone,email"], EXIT_FOUND),
        (&mail, &["--min-confidence", "1"], 0),
        (&secret, &["--fail-on", "secrets"], EXIT_FOUND),
        (&nothing, &[], 0),
    ] {
        assert_eq!(scanned(&[path.path()], options).code, expected, "{options:?}");
    }
}

#[test]
fn what_is_passed_over_is_told_and_what_cannot_be_read_fails() {
    let files = folder(&[
        (".git/config", MAIL.as_bytes()),
        ("a.bin", b"jo.doe@example.com\0"),
        ("b.gz", &packed(b"\0\0jo.doe@example.com")),
    ]);
    std::os::unix::fs::symlink("/etc/hostname", files.path().join("link")).expect("can be made");
    let result = scanned(&[files.path()], &[]);
    assert_eq!(
        (result.code, result.out.as_str()),
        (0, "Nothing found in 0 files.\n")
    );
    for told in [
        "2 binary files",
        "a.bin",
        "b.gz",
        "1 folders of git",
        "1 symbolic links",
    ] {
        assert!(result.notes.contains(told), "{}", result.notes);
    }
    assert_eq!(scanned(&[&files.path().join(".git")], &[]).code, EXIT_FOUND);

    let torn = packed(&b"x".repeat(100_000));
    let files = folder(&[("torn.gz", &torn[..torn.len() / 2])]);
    let missing = files.path().join("missing");
    let result = scanned(&[files.path(), &missing], &["--fail-on", "never"]);
    assert_eq!(result.code, EXIT_INCOMPLETE);
    assert!(
        result.notes.contains("torn.gz") && result.notes.contains("missing"),
        "{}",
        result.notes
    );
}

#[test]
fn text_that_is_not_utf_8_is_read_all_the_same() {
    let files = folder(&[
        ("a.txt", b"caf\xe9\n\xff\xfe jo.doe@example.com \xe9"),
        ("b.jsonl", b"\"\xff jo.doe@example.com\""),
    ]);
    let rows = scanned(&[files.path()], &["--json"]).rows();
    assert_eq!(
        places(&rows),
        [
            row("a.txt", Some(2), None, "email"),
            row("b.jsonl", Some(1), None, "email")
        ]
    );
    assert_eq!(rows[0]["start"], 3);
}

#[test]
fn a_line_that_is_too_long_for_json_is_read_as_text() {
    let long = format!(
        "{{\"a\":\"{} {MAIL}\"}}\n{{\"b\":\"{MAIL}\"}}\n",
        "x ".repeat(9 * 1024 * 1024)
    );
    let files = folder(&[("a.jsonl", long.as_bytes())]);
    let rows = scanned(&[files.path()], &["--json"]).rows();
    assert_eq!(
        places(&rows),
        [
            row("a.jsonl", Some(1), None, "email"),
            row("a.jsonl", Some(2), Some("b"), "email")
        ]
    );
    assert_eq!(rows[0]["start"].as_u64(), Some(6 + 18 * 1024 * 1024 + 1));
}

mod blocks;
mod formats;
mod reports;

/// A reader who went away.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_scan_ends_when_nobody_takes_its_findings() {
    let many = format!("{MAIL}\n").repeat(400_000);
    let files = folder(&[("a.txt", many.as_bytes()), ("b.txt", many.as_bytes())]);
    let path = files.path().to_str().expect("is UTF-8");
    let args = Command::try_parse_from(["scan", "--json", "--no-names", path])
        .expect("is valid")
        .args;
    assert!(run(args, &mut Gone, &mut Vec::new()).is_err());
}

/// Fewer cases than usual, as each scans a text, unless somebody asks for more.
fn few_cases() -> ProptestConfig {
    const USUAL: u32 = 256;
    let config = ProptestConfig::default();
    let cases = if config.cases == USUAL { 64 } else { config.cases };
    ProptestConfig { cases, ..config }
}
