mod command;
mod fake;

use std::{
    fs,
    io::{Cursor, Write},
    path::PathBuf,
};

use serde_json::Value;
use vault_domain::ErrorCode;

use super::*;
use crate::cli::input::tests::packed;
use fake::{BAD, PASSWORD, Plan, Server};

/// Quick enough for tests: what is retried is counted, not timed.
const QUICK: Retry = Retry {
    attempts: 6,
    first_wait_ms: 1,
    longest_wait_ms: 2,
    stall_ms: 60_000,
};

struct Case {
    folder: tempfile::TempDir,
    args: ImportArgs,
}

impl Case {
    fn new(url: &Url, content: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("chats.jsonl");
        fs::write(&file, content).expect("can be written");
        let args = ImportArgs {
            file,
            dataset: "Chats".to_owned(),
            url: url.clone(),
            email: "me@example.com".to_owned(),
            password_file: None,
            external_id_field: None,
            metadata_field: None,
            idempotency_key: None,
            refused: None,
            json: false,
        };
        Self { folder, args }
    }

    fn refusing_into(mut self, name: &str) -> (Self, PathBuf) {
        let path = self.folder.path().join(name);
        self.args.refused = Some(path.clone());
        (self, path)
    }

    async fn run(&self) -> anyhow::Result<Outcome> {
        run(&self.args, Secret::new(PASSWORD.to_owned()), QUICK).await
    }
}

fn numbered(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|n| format!("{{\"n\": {n}, \"text\": \"some words\"}}\n").into_bytes())
        .collect()
}

fn json_lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("is there");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("is JSON"))
        .collect()
}

#[tokio::test]
async fn every_line_arrives_as_it_stands_and_the_dataset_is_made_once() {
    let (server, url) = Server::start([]).await;
    for (file, created) in [
        (b"{\"b\": 1.0}\r\n\n  [ 1 ]".to_vec(), true),
        (packed(b"\"x\"\n"), false),
    ] {
        let outcome = Case::new(&url, &file).run().await.expect("goes through");
        assert_eq!(
            (outcome.exit_code(), outcome.created_dataset, outcome.attempts),
            (0, created, 1)
        );
        assert_eq!(outcome.summary.created, outcome.sent);
        let vault = server.vault();
        let stored = &vault.stored[&outcome.key];
        if created {
            assert_eq!(*stored, ["{\"data\":{\"b\": 1.0}}", "{\"data\":[ 1 ]}"]);
            assert_eq!(outcome.blank, 1);
        } else {
            assert_eq!(*stored, ["{\"data\":\"x\"}"]);
        }
    }
    assert_eq!(server.vault().datasets.len(), 1);
}

#[tokio::test]
async fn the_same_file_goes_on_and_an_edited_one_begins_anew() {
    let (server, url) = Server::start([]).await;
    let case = Case::new(&url, &numbered(10));
    let first = case.run().await.expect("goes through");
    let again = case.run().await.expect("goes through");
    assert_eq!(
        (
            first.summary.replayed,
            again.summary.replayed,
            again.summary.created
        ),
        (0, 10, 10)
    );
    assert_eq!(first.key, again.key);
    let edited = Case::new(&url, &numbered(11)).run().await.expect("goes through");
    assert_ne!(edited.key, first.key);
    let mut named = Case::new(&url, &numbered(3));
    named.args.idempotency_key = Some("mine".to_owned());
    assert_eq!(named.run().await.expect("goes through").key, "mine");
    assert_eq!(server.vault().keys.len(), 4);
}

#[tokio::test]
async fn a_server_that_dies_in_the_middle_gets_the_rest_under_the_same_key() {
    let plans = [
        Plan::BreakAfter(0),
        Plan::BreakAfter(4_000),
        Plan::Answer(503),
        Plan::EndAfter(9_000, ErrorCode::DatabaseConnectionFailed.code()),
        Plan::Answer(401),
    ];
    let (server, url) = Server::start(plans).await;
    let content = numbered(20_000);
    let outcome = Case::new(&url, &content)
        .run()
        .await
        .expect("goes through in the end");
    assert_eq!(
        (outcome.attempts, outcome.exit_code(), outcome.summary.created),
        (6, 0, 20_000)
    );
    assert_eq!(outcome.summary.replayed, 9_000);
    let vault = server.vault();
    assert_eq!((vault.keys.len(), vault.stored.len(), vault.logins), (6, 1, 6));
    let sent: Vec<String> = vault.stored[&outcome.key]
        .iter()
        .map(|line| format!("{}\n", &line[8..line.len() - 1]))
        .collect();
    assert_eq!(sent.concat().as_bytes(), content);
}

#[tokio::test]
async fn attempts_have_an_end() {
    let (server, url) = Server::start([Plan::Answer(503); 100]).await;
    let error = Case::new(&url, &numbered(3))
        .run()
        .await
        .expect_err("never goes through");
    let text = format!("{error:#}");
    assert!(
        text.contains("6 attempts") && text.contains("Not now.") && text.contains("HTTP 503"),
        "{text}"
    );
    assert_eq!(server.vault().keys.len(), 6);
}

#[tokio::test]
async fn what_will_not_change_is_not_repeated() {
    let ended = Plan::EndAfter(1, ErrorCode::DatasetNotFound.code());
    for plan in [
        Plan::Answer(403),
        Plan::Answer(404),
        Plan::Answer(409),
        Plan::Answer(422),
        ended,
    ] {
        let (server, url) = Server::start([plan]).await;
        assert!(Case::new(&url, &numbered(3)).run().await.is_err(), "{plan:?}");
        assert_eq!(server.vault().keys.len(), 1, "{plan:?}");
    }
}

#[tokio::test]
async fn the_way_to_the_dataset_is_tried_again_too() {
    let (server, url) = Server::start([]).await;
    server.vault().dataset_statuses.extend([503, 429, 500]);
    let outcome = Case::new(&url, &numbered(3)).run().await.expect("goes through");
    assert_eq!((outcome.attempts, outcome.summary.created), (4, 3));
}

#[tokio::test]
async fn a_wrong_password_and_an_absent_server_are_told() {
    let (_, url) = Server::start([]).await;
    let case = Case::new(&url, &numbered(1));
    let error = run(&case.args, Secret::new("wrong".to_owned()), QUICK)
        .await
        .expect_err("is refused");
    assert!(
        error.to_string().contains("refuses the email and password"),
        "{error:#}"
    );
    let https = "https://127.0.0.1:1".parse().expect("is a URL");
    let error = Case::new(&https, &numbered(1))
        .run()
        .await
        .expect_err("cannot be reached");
    let told = format!("{error:#}");
    // built without TLS it is refused at once, built with it nobody answers
    assert_ne!(
        told.contains("scheme is not http"),
        told.contains("6 attempts"),
        "{told}"
    );
    let nobody = "http://127.0.0.1:1".parse().expect("is a URL");
    let error = Case::new(&nobody, &numbered(1))
        .run()
        .await
        .expect_err("is not there");
    assert!(
        format!("{error:#}").contains("given up after 6 attempts"),
        "{error:#}"
    );
}

#[tokio::test]
async fn a_connection_on_which_nothing_moves_counts_as_broken() {
    let (server, url) = Server::start([Plan::Hang]).await;
    let case = Case::new(&url, &numbered(3));
    let retry = Retry {
        stall_ms: 300,
        ..QUICK
    };
    let outcome = run(&case.args, Secret::new(PASSWORD.to_owned()), retry)
        .await
        .expect("goes through");
    assert!(outcome.attempts > 1 && outcome.summary.created == 3);
    assert_eq!(server.vault().plans.len(), 0);
}

#[tokio::test]
async fn a_report_that_does_not_add_up_is_not_believed() {
    let (_, url) = Server::start([Plan::Forget; 100]).await;
    let error = Case::new(&url, &numbered(3))
        .run()
        .await
        .expect_err("is not believed");
    assert!(
        format!("{error:#}").contains("reports on 2 lines, and 3 were sent"),
        "{error:#}"
    );
}

#[tokio::test]
async fn refused_lines_are_named_by_their_lines_and_kept_with_their_data() {
    let (_, url) = Server::start([Plan::BreakAfter(2)]).await;
    let content = format!("1\n\n{BAD}\nno json\n{{\"x\": {BAD}}}\n\n\n2\n\"\u{e9}\"\n");
    let (case, path) = Case::new(&url, content.as_bytes()).refusing_into("refused.jsonl");
    let outcome = case.run().await.expect("goes through");
    assert_eq!(
        (outcome.exit_code(), outcome.refused.count, outcome.blank),
        (2, 3, 3)
    );
    assert_eq!((outcome.sent, outcome.summary.created), (5, 3));
    let lines: Vec<_> = outcome.refused.first.iter().map(|refusal| refusal.line).collect();
    assert_eq!(lines, [Some(3), Some(4), Some(5)]);
    let kept = json_lines(&path);
    let shown: Vec<_> = kept
        .iter()
        .map(|line| (line["line"].as_u64(), &line["code"], &line["data"]))
        .collect();
    let (bad, unread) = (
        Value::from("VAULT_TEST_2"),
        Value::from(ErrorCode::InvalidRequestFormat.code()),
    );
    let data = [Value::from("bad"), Value::Null, serde_json::json!({"x": "bad"})];
    assert_eq!(
        shown,
        [
            (Some(3), &bad, &data[0]),
            (Some(4), &unread, &data[1]),
            (Some(5), &bad, &data[2])
        ]
    );
    assert_eq!(
        (&kept[1]["text"], &kept[0]["external_id"]),
        (&Value::from("no json"), &Value::from("ext"))
    );
    assert!(!path.with_extension("jsonl.part").exists());
}

#[tokio::test]
async fn a_file_without_refusals_leaves_an_empty_list_and_a_failed_import_none() {
    let (_, url) = Server::start([]).await;
    let (case, path) = Case::new(&url, &numbered(2)).refusing_into("refused.jsonl");
    assert_eq!(case.run().await.expect("goes through").exit_code(), 0);
    assert_eq!(fs::read(&path).expect("is there"), b"");
    let (_, url) = Server::start([Plan::Answer(404)]).await;
    let (case, path) = Case::new(&url, &numbered(2)).refusing_into("refused.jsonl");
    assert!(case.run().await.is_err() && !path.exists() && !path.with_extension("jsonl.part").exists());
    let (mut case, _) = Case::new(&url, &numbered(2)).refusing_into("x");
    case.args.refused = Some(case.args.file.clone());
    assert!(case.run().await.is_err());
    assert_eq!(fs::read(&case.args.file).expect("is there"), numbered(2));
}

#[tokio::test]
async fn a_torn_file_is_told_at_once_and_nothing_is_called_complete() {
    let (server, url) = Server::start([]).await;
    let whole = packed(&numbered(50_000));
    let error = Case::new(&url, &whole[..whole.len() / 2])
        .run()
        .await
        .expect_err("is torn");
    assert!(
        error
            .chain()
            .any(|cause| cause.to_string().contains("cannot read all of")),
        "{error:#}"
    );
    assert_eq!(server.vault().keys.len(), 1);
}

#[tokio::test]
async fn a_stream_is_sent_once_and_says_how_to_go_on() {
    let (server, url) = Server::start([Plan::BreakAfter(1)]).await;
    let case = Case::new(&url, b"");
    let (path, bad) = (case.folder.path().join("refused.jsonl"), format!("1\n{BAD}\n"));
    let credentials = || Credentials {
        email: "me@example.com".to_owned(),
        password: Secret::new(PASSWORD.to_owned()),
    };
    let import = |key: Option<&str>| Import {
        client: Client::new(&url, credentials()).expect("can be built"),
        source: Source::Stream(Some(Box::new(Cursor::new(bad.clone().into_bytes())))),
        shape: Shape::default(),
        refused_path: Some(&path),
        file: Path::new("-"),
        name: "Chats",
        target: None,
        created: false,
        key: key.map(str::to_owned),
        ids: &SystemIds,
        retry: QUICK,
    };
    let error = import(None).run().await.expect_err("breaks off");
    let key = server.vault().keys[0].clone();
    assert!(
        error.to_string().contains(&format!("--idempotency-key {key}")),
        "{error:#}"
    );
    assert_eq!(server.vault().keys.len(), 1);
    let outcome = import(Some(&key)).run().await.expect("goes on");
    assert_eq!((outcome.summary.replayed, outcome.exit_code()), (1, 2));
    assert_eq!(json_lines(&path)[0]["line"], 2);
}

#[tokio::test]
async fn an_empty_file_is_an_import_of_nothing() {
    let (_, url) = Server::start([]).await;
    for content in [&b""[..], b"\n\n", b"\xef\xbb\xbf"] {
        let outcome = Case::new(&url, content).run().await.expect("goes through");
        assert_eq!(
            (outcome.exit_code(), outcome.sent, outcome.summary.created),
            (0, 0, 0)
        );
    }
}
