//! `vault-server scan`, as people and pipelines run it: its reports keep to their standards and hold no value, and its memory
//! does not grow with what it reads.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, mpsc},
};

use parquet::{
    column::writer::ColumnWriter,
    data_type::ByteArray,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use serde_json::Value;
use tempfile::TempDir;
use vault_tests::server_binary;

/// Values that are looked for, each of another type; none may be shown anywhere.
const VALUES: [&str; 4] = [
    "jo.doe@corp-mail.io",
    "536-22-1234",
    "4532 0151 1283 0366",
    "GB82 WEST 1234 5698 7654 32",
];
/// How much more memory a scan of ten times as much may take: what allocators keep, not a share of the file.
const GROWTH_KB: u64 = 48 * 1024;
const SMALL_BYTES: usize = 4_000_000;
const LARGE_BYTES: usize = 10 * SMALL_BYTES;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(server_binary());
    command.arg("scan").args(arguments);
    command
}

/// Scans, with this on standard input.
fn scanned(arguments: &[&str], input: &str) -> Output {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

/// A file of one column of texts.
fn parquet(path: &Path, rows: impl Iterator<Item = String>) {
    let schema = parse_message_type("message m { required binary note (UTF8); }").expect("a schema");
    let file = File::create(path).expect("a file");
    let properties = Arc::new(WriterProperties::default());
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), properties).expect("a writer");
    let rows: Vec<ByteArray> = rows.map(|row| ByteArray::from(row.into_bytes())).collect();
    // as writers of large files do: many groups of rows, each of a megabyte or so
    for group in rows.chunks(10_000) {
        let mut group_writer = writer.next_row_group().expect("a group");
        let mut column = group_writer.next_column().expect("no fault").expect("a column");
        if let ColumnWriter::ByteArrayColumnWriter(column) = column.untyped() {
            column.write_batch(group, None, None).expect("a page");
        }
        column.close().expect("the column ends");
        group_writer.close().expect("the group ends");
    }
    writer.close().expect("the file ends");
}

/// A folder with every format, in each of which every value stands, in values and in names.
fn every_format() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let all = VALUES.join(" and ");
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("is made");
        fs::write(path, text).expect("is written");
    };
    write("a b/notes.txt", format!("line\n{all}\n"));
    write("a b/<odd>&.md", format!("# {all}\n"));
    write(
        "chat.jsonl",
        format!("{{\"{}\": \"{all}\", \"n\": [\"{all}\"]}}\n", VALUES[0]),
    );
    write("doc.json", format!("[{{\"a/b\": \"{all}\"}}]"));
    write("torn.json", format!("{{\"a\": \"{all}\""));
    write("table.csv", format!("id,note\n1,\"{all}\"\n"));
    parquet(&folder.path().join("rows.parquet"), std::iter::once(all));
    folder
}

fn path(folder: &TempDir, name: &str) -> (PathBuf, String) {
    let path = folder.path().join(name);
    let text = path.to_str().expect("UTF-8").to_owned();
    (path, text)
}

#[test]
fn sarif_is_what_its_schema_asks_for() {
    let mut schema: Value =
        serde_json::from_str(include_str!("../schemas/sarif-schema-2.1.0.json")).expect("JSON");
    // the standard's own expression has a bracket too many, which ECMAScript alone lets pass
    for name in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][name]["properties"]["language"]["pattern"];
        assert_eq!(*language, "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$");
        *language = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}$".into();
    }
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let (files, reports) = (every_format(), tempfile::tempdir().expect("a folder"));
    let (sarif, sarif_name) = path(&reports, "report.sarif");
    let (_, missing) = path(&reports, "missing");
    let (_, files_name) = path(&files, "");
    for arguments in [
        vec![files_name.as_str(), "-"],
        vec!["--types", "iban", "--min-confidence", "0.9", files_name.as_str()],
        vec![files_name.as_str(), missing.as_str()],
        vec!["-"],
    ] {
        let mut all = vec!["--sarif", sarif_name.as_str()];
        all.extend(arguments);
        let output = scanned(&all, &VALUES.join("\n"));
        let report: Value = serde_json::from_slice(&fs::read(&sarif).expect("a report")).expect("JSON");
        let errors: Vec<String> = schema
            .iter_errors(&report)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{all:?}: {output:?}");
        assert!(
            report["runs"][0]["results"]
                .as_array()
                .is_some_and(|found| !found.is_empty()),
            "{all:?}"
        );
    }
    // the schema does refuse
    let wrong = serde_json::json!({ "version": "2.1.0", "runs": [{ "results": [] }] });
    assert!(!schema.is_valid(&wrong));
}

#[test]
fn no_report_and_no_progress_bar_shows_a_value() {
    let (files, reports) = (every_format(), tempfile::tempdir().expect("a folder"));
    let (sarif, sarif_name) = path(&reports, "report.sarif");
    let (html, html_name) = path(&reports, "report.html");
    let (_, files_name) = path(&files, "");
    let arguments = ["--sarif", &sarif_name, "--html", &html_name, &files_name, "-"];
    let input = VALUES.join("\n");
    let people = scanned(&arguments, &input);
    let programs = scanned(&[&["--json"][..], &arguments].concat(), &input);
    assert_eq!((people.status.code(), programs.status.code()), (Some(3), Some(3)));
    // a terminal, so that the bar is drawn
    let quoted: Vec<String> = arguments.iter().map(|argument| format!("'{argument}'")).collect();
    let line = format!("'{}' scan {}", server_binary().display(), quoted[..5].join(" "));
    let drawn = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .stdin(Stdio::null())
        .output()
        .expect("script (bsdutils) is there");
    assert_eq!(drawn.status.code(), Some(3), "{drawn:?}");
    let shown = String::from_utf8_lossy(&drawn.stdout).into_owned();
    assert!(shown.contains("scanning"), "no bar: {shown}");

    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let all = [
        ("people", text(&people.stdout) + &text(&people.stderr)),
        ("programs", text(&programs.stdout) + &text(&programs.stderr)),
        ("terminal", shown),
        ("sarif", text(&fs::read(sarif).expect("a report"))),
        ("html", text(&fs::read(html).expect("a report"))),
    ];
    for (name, shown) in &all {
        assert!(
            shown.contains("rows.parquet") && shown.contains("email"),
            "{name} tells nothing: {shown}"
        );
        for value in VALUES {
            // neither whole, nor by its last part
            let part = value.rsplit([' ', '-', '@']).next().unwrap_or(value);
            for value in [value, part].into_iter().filter(|value| value.len() > 3) {
                assert!(!shown.contains(value), "{name} shows {value}");
            }
        }
    }
}

#[test]
fn what_fails_and_what_counts_is_chosen() {
    let files = every_format();
    let (_, files_name) = path(&files, "");
    for (arguments, expected) in [
        (&["--fail-on", "never"][..], 0),
        (&["--fail-on", "secrets"], 0),
        (&["--fail-on", "critical"], 0),
        (&["--fail-on", "high"], 3),
        (&["--fail-on", "us_ssn"], 3),
        (&["--fail-on", "email", "--types", "iban"], 0),
        (&["--fail-on", "any", "--min-confidence", "1"], 0),
        (&["--fail-on", "any", "--min-confidence", "0.95"], 3),
    ] {
        let output = scanned(&[arguments, &[files_name.as_str()]].concat(), "");
        assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {output:?}");
    }
}

/// A scan of one source that stands still when it has told of it: its last input stays open.
struct Held {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Held {
    fn scan(source: &str) -> Self {
        let mut child = command(&[
            "--json",
            "--no-names",
            "--threads",
            "2",
            "--fail-on",
            "never",
            source,
            "-",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, output }
    }

    /// The most memory that it took until it had read the source, in KiB, and how many findings the source had.
    fn peak_kb(mut self) -> (u64, usize) {
        let mut stdin = self.child.stdin.take().expect("a pipe");
        // enough findings that some are told before the input ends
        let rows = format!("{{\"a\": \"{}\"}}\n", VALUES[0]).repeat(100_000);
        let (release, held) = mpsc::channel::<()>();
        let feeding = std::thread::spawn(move || {
            stdin.write_all(rows.as_bytes()).expect("it reads");
            held.recv().expect("the peak was read");
        });
        let (mut found, mut line) = (0, String::new());
        loop {
            line.clear();
            let read = self.output.read_line(&mut line).expect("its findings");
            assert!(read > 0, "it ended before its last input");
            if line.contains("<stdin>") {
                break;
            }
            found += 1;
        }
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .expect("its peak");
        let peak = peak.trim().trim_end_matches(" kB").parse().expect("a number");
        release.send(()).expect("it is held");
        std::io::copy(&mut self.output, &mut std::io::sink()).expect("the rest");
        feeding.join().expect("it is fed");
        assert!(self.child.wait().expect("it ends").success());
        (peak, found)
    }
}

#[test]
fn memory_does_not_grow_with_the_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = |number: usize| {
        format!(
            "{{\"id\": {number}, \"text\": \"{}\"}}\n",
            "some words of no one ".repeat(40)
        )
    };
    let every = line(0).len();
    let jsonl = |name: &str, size: usize| {
        let (file, name) = path(&folder, name);
        let mut out = BufWriter::new(File::create(file).expect("a file"));
        for number in 0..size / every {
            out.write_all(line(number).as_bytes()).expect("is written");
        }
        out.write_all(format!("{{\"last\": \"{}\"}}\n", VALUES[1]).as_bytes())
            .expect("is written");
        out.flush().expect("is written");
        name
    };
    let table = |name: &str, size: usize| {
        let (file, name) = path(&folder, name);
        let words = "some words of no one ".repeat(5);
        let rows = (0..size / words.len()).map(|number| format!("{words}{number}"));
        parquet(&file, rows.chain(std::iter::once(format!("SSN {}", VALUES[1]))));
        name
    };
    let (small, large) = (
        jsonl("small.jsonl", SMALL_BYTES),
        jsonl("large.jsonl", LARGE_BYTES),
    );
    let (few, many) = (
        table("small.parquet", SMALL_BYTES),
        table("large.parquet", LARGE_BYTES),
    );
    for (small, large) in [(small, large), (few, many)] {
        let ((less, few), (more, many)) = (Held::scan(&small).peak_kb(), Held::scan(&large).peak_kb());
        assert_eq!((few, many), (1, 1), "{large}");
        assert!(
            more < less + GROWTH_KB,
            "{large}: {less} KiB, and {more} KiB for ten times as much"
        );
    }
}
