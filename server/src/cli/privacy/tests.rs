use std::fs;

use clap::{CommandFactory, Parser};
use serde_json::Value;

use super::*;

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    args: PrivacyArgs,
}

const LABELLED: &str = concat!(
    r#"{"messages":[{"content":"mail jo.doe@example.com"},{"content":"or ann@example.org, badge 4711"}],"#,
    r#""pii":[{"message":0,"start":5,"end":23,"type":"email"},{"message":1,"start":3,"end":18,"type":"email"},"#,
    r#"{"message":1,"start":26,"end":30,"type":"badge"}]}"#,
    "\n",
    r#"{"text":"\u00fcber x.y@example.net","pii":[{"start":3,"end":6,"type":"phone"}]}"#,
    "\n",
    r#"{"question":"is z@example.com an address?","answer":"yes","number":1}"#,
    "\n",
);

fn evaluated(content: &str, options: &[&str]) -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("labelled.jsonl");
    fs::write(&file, content)?;
    let path = file.to_string_lossy().into_owned();
    let arguments = ["privacy", "evaluate", &path]
        .into_iter()
        .chain(options.iter().copied());
    let PrivacyCommand::Evaluate(args) = Command::try_parse_from(arguments)?.args.command;
    let mut out = Vec::new();
    evaluate::run(&args, &mut out)?;
    Ok(String::from_utf8(out)?)
}

#[test]
fn the_command_line_is_sound() {
    Command::command().debug_assert();
    let help = Command::command()
        .find_subcommand_mut("evaluate")
        .map(|c| c.render_long_help().to_string());
    assert!(help.is_some_and(|help| help.contains("Examples")));
    for bad in [
        &["--worst", "1001"][..],
        &["--min-confidence", "2"],
        &["--types", "nonsense"],
    ] {
        assert!(evaluated(LABELLED, bad).is_err(), "{bad:?}");
    }
}

#[test]
fn counts_come_by_type_with_the_worst_misses() {
    let report: Value = evaluated(LABELLED, &["--json"])
        .and_then(|out| Ok(serde_json::from_str(&out)?))
        .expect("runs");
    assert_eq!(report["texts"], 5);
    assert_eq!(report["unknown_labels"]["badge"], 1);
    let row = |name: &str| {
        let rows = report["types"].as_array().expect("is a list");
        rows.iter()
            .find(|row| row["type"] == name)
            .expect("is there")
            .clone()
    };
    let email = row("email");
    assert_eq!(
        (
            &email["labelled"],
            &email["found"],
            &email["reported"],
            &email["leaked"]
        ),
        (&2.into(), &2.into(), &4.into(), &0.into())
    );
    assert_eq!(
        (&row("phone")["found"], &row("phone")["leaked"]),
        // of `r x` the email covers the last character
        (&0.into(), &2.into())
    );
    assert_eq!(report["worst"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        (&report["worst"][0]["wrong"], &report["worst"][0]["line"]),
        (&"invented".into(), &2.into())
    );
}

#[test]
fn values_are_shown_only_when_asked_for() {
    for options in [&[][..], &["--json"]] {
        let silent = evaluated(LABELLED, options).expect("runs");
        assert!(!silent.contains("example"), "{silent}");
        let loud = evaluated(LABELLED, &[options, &["--show-values"]].concat()).expect("runs");
        assert!(loud.contains("x.y@example.net"), "{loud}");
    }
}

#[test]
fn what_is_asked_for_alone_is_counted_and_few_labels_have_no_bounds() {
    let out = evaluated(LABELLED, &["--types", "phone", "--worst", "0"]).expect("runs");
    assert!(
        out.contains("phone") && !out.contains("email") && !out.contains("worst"),
        "{out}"
    );
    assert!(
        out.lines().nth(1).is_some_and(|line| line.contains(" - ")),
        "{out}"
    );
}

#[test]
fn a_line_that_is_no_labelled_text_is_named() {
    let error = evaluated("{\"text\": \"a\"}\n[1]\n", &[]).expect_err("is refused");
    assert!(error.to_string().contains("line 2"), "{error:#}");
}
