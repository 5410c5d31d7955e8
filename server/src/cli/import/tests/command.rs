//! The command line and the report.

use std::{collections::BTreeMap, time::Duration};

use clap::{CommandFactory, Parser};
use uuid::Uuid;

use super::*;
use crate::cli::{
    client::Dataset,
    import::refused::{Refusal, Refused},
};

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    args: ImportArgs,
}

fn parse(arguments: &[&str]) -> Result<ImportArgs, clap::Error> {
    let common = [
        "import",
        "-",
        "--dataset",
        "d",
        "--email",
        "e",
        "--url",
        "http://h:1",
    ];
    Command::try_parse_from(common.iter().chain(arguments)).map(|command| command.args)
}

#[test]
fn the_command_line_is_sound_and_takes_no_password() {
    Command::command().debug_assert();
    let args = parse(&["--external-id-field", "id", "--idempotency-key", "k", "--json"]).expect("is valid");
    assert_eq!((args.external_id_field.as_deref(), args.json), (Some("id"), true));
    assert!(parse(&["--password", "x"]).is_err());
    assert!(parse(&["--url", "no url"]).is_err());
    for key in ["", "two words", "\u{e9}", &"k".repeat(256)] {
        assert!(parse(&["--idempotency-key", key]).is_err(), "{key}");
    }
    let help = Command::command().render_long_help().to_string();
    assert!(
        help.contains("Example") && help.contains("Exit codes") && help.contains("chats.jsonl.gz"),
        "{help}"
    );
}

#[test]
fn the_password_comes_from_a_file_or_the_environment() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(b" p w \r\n").expect("can be written");
    let from_file = password(Some(file.path()), Some("other".into())).expect("is there");
    assert_eq!(from_file.expose(), " p w ");
    assert_eq!(
        password(None, Some("other".into())).expect("is there").expose(),
        "other"
    );
    assert!(password(None, None).is_err() && password(None, Some("".into())).is_err());
    assert!(password(Some(Path::new("/no/such/file")), Some("other".into())).is_err());
}

fn outcome(refused: Refused) -> Outcome {
    let summary = r#"{"created": 9, "failed": 1, "complete": true, "replayed": 4, "position": "p", "read_models": "behind"}"#;
    Outcome {
        file: "a\u{1b}.jsonl".to_owned(),
        dataset: Dataset {
            id: Uuid::from_u128(7),
            name: "Chats".to_owned(),
        },
        created_dataset: false,
        key: "k".to_owned(),
        summary: serde_json::from_str(summary).expect("is a summary"),
        sent: 10,
        refused,
        blank: 2,
        attempts: 2,
        took: Duration::from_millis(1_500),
    }
}

fn refused() -> Refused {
    let refusal = |line, message: &str| Refusal {
        line,
        record: Some(8),
        code: "C1".into(),
        message: message.to_owned(),
        external_id: None,
    };
    Refused {
        count: 12,
        by_code: BTreeMap::from([("C1".to_owned(), 12)]),
        first: vec![refusal(Some(3), "is bad\u{7}"), refusal(None, "is odd")],
    }
}

#[test]
fn people_read_a_few_plain_lines() {
    let mut text = Vec::new();
    outcome(refused())
        .write_text(&mut text)
        .expect("memory takes all");
    let expected = "a\\u{1b}.jsonl into the dataset \"Chats\" (00000000-0000-0000-0000-000000000007)\n  \
        added    9 records\n           4 of the lines had been sent before\n  refused  12 lines\n    \
        line 3       C1  is bad\\u{7}\n    record 9     C1  is odd\n    ... in all:\n              12 C1\n  \
        blank    2 lines\n  took     1.5 s, 6 records/s, 2 attempts\n  Reads will show all of them shortly.\n";
    assert_eq!(String::from_utf8(text).expect("is UTF-8"), expected);
}

#[test]
fn programs_read_one_object() {
    let mut text = Vec::new();
    outcome(refused())
        .write_json(&mut text)
        .expect("memory takes all");
    let report: Value = serde_json::from_slice(&text).expect("is JSON");
    assert_eq!(text.iter().position(|byte| *byte == b'\n'), Some(text.len() - 1));
    for (field, expected) in [
        ("created", 9),
        ("replayed", 4),
        ("refused", 12),
        ("blank", 2),
        ("attempts", 2),
    ] {
        assert_eq!(report[field], expected, "{field}");
    }
    assert_eq!(
        (&report["complete"], &report["refused_first"][0]["line"]),
        (&Value::Bool(true), &Value::from(3))
    );
}

#[test]
fn the_exit_code_tells_whether_lines_were_refused() {
    assert_eq!(outcome(Refused::default()).exit_code(), 0);
    assert_eq!(outcome(refused()).exit_code(), 2);
}
