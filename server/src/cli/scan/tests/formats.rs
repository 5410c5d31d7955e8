//! Arrays, tables, Parquet and custom types: where their findings are.

use std::sync::Arc;

use ::parquet::{
    column::writer::ColumnWriter,
    data_type::ByteArray,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use serde_json::json;

use super::*;

/// The members of a row that say where.
fn told(row: &Value, names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| row[*name].clone()).collect()
}

#[test]
fn an_array_is_read_item_by_item_and_pointed_into() {
    let items = format!("\n [ 1, {{\"a/b\":[\"x\",\"{MAIL}\"]}} ,\n\"{MAIL}\"]\n");
    let files = folder(&[
        ("a.json", items.as_bytes()),
        ("b.json", b"[1, broken jo.doe@example.com"),
    ]);
    let rows = scanned(&[files.path()], &["--json"]).rows();
    let names = ["field", "pointer", "line", "part"];
    assert_eq!(
        told(&rows[0], &names),
        [
            json!("[1][\"a/b\"][1]"),
            json!("/1/a~1b/1"),
            json!(null),
            json!("value")
        ]
    );
    assert_eq!(
        told(&rows[1], &names),
        [json!("[2]"), json!("/2"), json!(null), json!("value")]
    );
    assert_eq!(
        told(&rows[2], &names),
        [json!(null), json!(null), json!(1), json!(null)]
    );
    assert_eq!(rows.len(), 3);
}

#[test]
fn an_array_that_is_larger_than_all_buffers_is_read_whole() {
    let item = format!("{{\"n\":\"{}\",\"m\":\"{MAIL}\"}}", "word ".repeat(1_000));
    let array = format!("[{}]", vec![item; 400].join(","));
    let files = folder(&[("a.json", array.as_bytes())]);
    let rows = scanned(&[files.path()], &["--json", "--no-names"]).rows();
    let pointers: Vec<&str> = rows.iter().filter_map(|row| row["pointer"].as_str()).collect();
    let expected: Vec<String> = (0..400).map(|index| format!("/{index}/m")).collect();
    assert_eq!(pointers, expected);
}

#[test]
fn cells_of_a_table_are_named_by_their_column() {
    let table = format!("id;card number;note\n1;4111111111111111;\"two\nlines {MAIL}\"\n2;x;{MAIL}\n");
    let bare = format!("{MAIL},1\n{MAIL},2\n");
    let files = folder(&[
        ("a.csv", table.as_bytes()),
        ("b.csv", bare.as_bytes()),
        ("c.tsv", format!("a\tb\nx,y\t{MAIL}\n").as_bytes()),
    ]);
    let rows = scanned(&[files.path()], &["--json"]).rows();
    let places: Vec<_> = rows
        .iter()
        .map(|row| told(row, &["column", "row", "line", "type", "start"]))
        .collect();
    assert_eq!(
        places,
        [
            vec![
                json!("card number"),
                json!(2),
                json!(2),
                json!("credit_card"),
                json!(0)
            ],
            vec![json!("note"), json!(2), json!(2), json!("email"), json!(10)],
            vec![json!("note"), json!(3), json!(4), json!("email"), json!(0)],
            // a first line with a finding names nothing
            vec![json!("1"), json!(1), json!(1), json!("email"), json!(0)],
            vec![json!("1"), json!(2), json!(2), json!("email"), json!(0)],
            vec![json!("b"), json!(2), json!(2), json!("email"), json!(0)],
        ]
    );
}

#[test]
fn the_columns_name_is_context() {
    let files = folder(&[("a.csv", b"name,ssn,total\nx,536221234,536221234\n")]);
    let rows = scanned(&[files.path()], &["--json"]).rows();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        told(&rows[0], &["column", "type"]),
        [json!("ssn"), json!("us_ssn")]
    );
}

/// A file with a column of texts and a column of lists of texts.
fn parquet_file(rows: &[(&str, &[&str])]) -> Vec<u8> {
    let schema = "message m { required binary plain (UTF8); \
         optional group tags (LIST) { repeated group list { optional binary element (UTF8); } } }";
    let schema = Arc::new(parse_message_type(schema).expect("is a schema"));
    let properties = Arc::new(WriterProperties::builder().build());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, properties).expect("is memory");
    for rows in rows.chunks(2) {
        let mut group = file.next_row_group().expect("is memory");
        let plain: Vec<ByteArray> = rows.iter().map(|(text, _)| ByteArray::from(*text)).collect();
        let items: Vec<ByteArray> = rows
            .iter()
            .flat_map(|(_, tags)| tags.iter().map(|tag| ByteArray::from(*tag)))
            .collect();
        let levels: Vec<i16> = rows
            .iter()
            .flat_map(|(_, tags)| (0..tags.len()).map(|at| i16::from(at > 0)))
            .collect();
        let columns = [
            (plain, None, None),
            (items, Some(vec![3; levels.len()]), Some(levels)),
        ];
        for (values, definition, repetition) in columns {
            let mut column = group.next_column().expect("is memory").expect("is a column");
            if let ColumnWriter::ByteArrayColumnWriter(writer) = column.untyped() {
                writer
                    .write_batch(&values, definition.as_deref(), repetition.as_deref())
                    .expect("is memory");
            }
            column.close().expect("is memory");
        }
        group.close().expect("is memory");
    }
    file.into_inner().expect("is memory")
}

#[test]
fn rows_of_parquet_are_read_with_their_lists() {
    let bytes = parquet_file(&[("x", &["a"]), (MAIL, &["b"]), ("y", &["c", MAIL])]);
    let files = folder(&[("data.parquet", &bytes), ("unnamed", &bytes)]);
    let scanned = scanned(&[files.path()], &["--json"]);
    let rows = scanned.rows();
    let names = ["row", "field", "pointer", "line"];
    assert_eq!(rows.len(), 4, "{}", scanned.out);
    for rows in rows.chunks(2) {
        assert_eq!(
            told(&rows[0], &names),
            [json!(2), json!("plain"), json!("/plain"), json!(null)]
        );
        assert_eq!(
            told(&rows[1], &names),
            [json!(3), json!("tags[1]"), json!("/tags/1"), json!(null)]
        );
    }
}

#[test]
fn damaged_parquet_is_told_of_and_nothing_else_breaks() {
    let mut bytes = parquet_file(&[(MAIL, &["b"])]);
    bytes.truncate(bytes.len() / 2);
    let files = folder(&[("a.parquet", &bytes), ("b.txt", MAIL.as_bytes())]);
    let scanned = scanned(&[files.path()], &["--fail-on", "never"]);
    assert_eq!(scanned.code, EXIT_INCOMPLETE);
    assert!(
        scanned.notes.contains("a.parquet") && scanned.out.contains("email"),
        "{}",
        scanned.notes
    );
}

#[test]
fn types_of_ones_own_are_found_and_fail() {
    let types =
        json!([{ "name": "badge", "patterns": ["BDG-\\d{8}"], "sensitivity": "critical" }]).to_string();
    let files = folder(&[("types.json", types.as_bytes()), ("a/a.txt", b"see BDG-12345678")]);
    let (path, custom) = (files.path().join("a"), files.path().join("types.json"));
    let with = |options: &[&str]| {
        let custom = ["--custom", custom.to_str().expect("is UTF-8")];
        scanned(&[&path], &[&custom[..], options].concat())
    };
    let rows = with(&["--json"]).rows();
    assert_eq!(
        told(&rows[0], &["type", "custom_type"]),
        [json!("custom"), json!("badge")]
    );
    for (options, code) in [
        (&["--fail-on", "critical"][..], EXIT_FOUND),
        (&["--fail-on", "badge,secrets"], EXIT_FOUND),
        (&["--fail-on", "email"], 0),
        (&["--types", "badge"], EXIT_FOUND),
        (&["--types", "email"], 0),
    ] {
        assert_eq!(with(options).code, code, "{options:?}");
    }
    for options in [&["--types", "nobody"][..], &["--fail-on", "nobody"]] {
        let arguments = ["scan"].iter().chain(options).chain(&["."]);
        let args = Command::try_parse_from(arguments).expect("is valid").args;
        assert!(
            run(args, &mut Vec::new(), &mut Vec::new()).is_err(),
            "{options:?}"
        );
    }
}

#[test]
fn a_sensitivity_fails_from_itself_upwards_and_test_values_can_be_left_out() {
    let files = folder(&[("a.txt", b"jo.doe@example.com and 4111 1111 1111 1111")]);
    for (options, code) in [
        (&["--fail-on", "high"][..], EXIT_FOUND),
        (&["--fail-on", "critical"], 0),
        (&["--fail-on", "email"], EXIT_FOUND),
        (&["--fail-on", "iban,phone"], 0),
        (&["--skip-test-values"], 0),
    ] {
        assert_eq!(scanned(&[files.path()], options).code, code, "{options:?}");
    }
    let rows = scanned(&[files.path()], &["--json"]).rows();
    assert!(rows.iter().all(|row| row["test_value"] == true), "{rows:?}");
}

#[test]
fn any_number_of_threads_tells_the_same_in_the_same_order() {
    let lines: Vec<String> = (0..20_000)
        .map(|n| format!("{{\"n\":{n},\"mail\":\"u{n}@mail{n}.org\"}}\n"))
        .collect();
    let text: Vec<String> = (0..60_000)
        .map(|n| format!("line {n} of u{n}@mail{n}.org and more\n"))
        .collect();
    let files = folder(&[
        ("a.jsonl", lines.concat().as_bytes()),
        ("b.txt", text.concat().as_bytes()),
        ("c.txt", b"x@y.org\n"),
    ]);
    let with = |threads: &str| scanned(&[files.path()], &["--json", "--no-names", "--threads", threads]).out;
    let one = with("1");
    assert_eq!(one.lines().count(), 80_001);
    assert_eq!(one, with("7"));
}

proptest! {
    #![proptest_config(few_cases())]
    #[test]
    fn any_bytes_are_read_as_anything(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        text in "[\\[\\]{}\",:;\n\\\\ a1@.é]{0,200}",
    ) {
        let scanner = work::Scanner { detector: &DETECTOR, samples: work::Samples::Masked };
        for content in [&bytes[..], text.as_bytes(), &[b"PAR1", &bytes[..]].concat()] {
            let files = folder(&[("a.bin", content)]);
            let source = read::Source::File(files.path().join("a.bin"));
            for format in [None, Some(Format::Json), Some(Format::Jsonl), Some(Format::Csv), Some(Format::Tsv), Some(Format::Parquet)] {
                let mut reader = read::Reader { scanner, format, bar: ProgressBar::hidden(), texts: 0 };
                // what is damaged is an error, and never a panic
                let _ = reader.read(&source, &mut |work| {
                    scanner.scan(work).expect("no model fails");
                    true
                });
            }
        }
    }
}
