//! A model that a deployment brings along: asked by the API and by the commands, like everything else that is looked for.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use vault_tests::{Answer, Client, Deployment, Server, server_binary, shared};

/// What the tests' model takes for a person. The built-in tagger does not know it in small letters and between signs.
const NAME: &str = "Zanthor Quillby";

/// A copy of the model that `ner-onnx` tries.
fn model() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["model.onnx", "tokenizer.json", "config.json", "labels.json"] {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/tiny-ner")
            .join(name);
        fs::copy(kept, folder.path().join(name)).expect("a copy");
    }
    folder
}

struct Vault {
    _deployment: Deployment,
    server: Server,
    client: Client,
    _model: TempDir,
}

/// A vault that asks the model, and nothing else for names.
async fn vault(settings: &[(&str, &str)]) -> Vault {
    let (mut deployment, model) = (Deployment::new().await, model());
    let folder = model.path().to_str().expect("a path").to_owned();
    deployment.set(&[
        ("VAULT_DETECTION_MODEL", &folder),
        ("VAULT_DETECTION_NAMES", "false"),
    ]);
    deployment.set(settings);
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    Vault {
        _deployment: deployment,
        server,
        client,
        _model: model,
    }
}

fn told(detections: &Value) -> Vec<(String, Option<String>, u64, u64)> {
    let one = |found: &Value| {
        let text = |name: &str| found[name].as_str().map(str::to_owned);
        (
            text("type").expect("a type"),
            text("field"),
            found["start"].as_u64().expect("an offset"),
            found["end"].as_u64().expect("an offset"),
        )
    };
    detections.as_array().expect("a list").iter().map(one).collect()
}

#[tokio::test]
async fn what_the_model_finds_is_told_kept_and_taken_out_like_everything_else() {
    let vault = vault(&[]).await;
    let client = &vault.client;
    let text = format!("é {NAME}, jo@acme.org, in Brontello");
    let request = client.post("/detect-pii").json(&json!({ "text": text }));
    let answer = request.reply().await.expect_status(200).json();
    let found = |kind: &str, start, end| (kind.to_owned(), None, start, end);
    assert_eq!(
        told(&answer["detections"]),
        [
            found("person", 2, 17),
            found("email", 19, 30),
            found("location", 35, 44)
        ]
    );
    let asked = json!({ "text": text, "entity_types": ["person"], "offset_unit": "utf8" });
    let answer = client.post("/detect-pii").json(&asked).reply().await;
    assert_eq!(
        told(&answer.expect_status(200).json()["detections"]),
        [found("person", 3, 18)]
    );

    let taken_out = client
        .post("/anonymize")
        .json(&json!({ "text": text, "strategy": "redact" }))
        .reply()
        .await;
    assert_eq!(
        taken_out.expect_status(200).json()["result"],
        "é [REDACTED], [REDACTED], in [REDACTED]"
    );

    let dataset = client.create_dataset("with a model").await;
    let record = json!({ "data": { "turns": [{ "who": NAME }] }, "metadata": { "city": "Brontello" } });
    let added = client.add_record(&dataset, &record).await;
    let expected = [
        ("person".to_owned(), Some("turns[0].who".to_owned()), 0, 15),
        ("location".to_owned(), Some("$metadata.city".to_owned()), 0, 9),
    ];
    assert_eq!(told(&added["pii_detections"]), expected);
    let path = format!(
        "/datasets/{dataset}/records/{}",
        added["id"].as_str().expect("an id")
    );
    let read = client.get(&path).reply().await.expect_status(200).json();
    assert_eq!(told(&read["pii_detections"]), expected);
}

#[tokio::test]
async fn what_the_model_cannot_look_at_is_refused_and_never_taken_unseen() {
    let vault = vault(&[("VAULT_DETECTION_MODEL_BYTES", "1024")]).await;
    let client = &vault.client;
    let detect = async |body: Value| client.post("/detect-pii").json(&body).reply().await;
    let long = "word ".repeat(300);
    detect(json!({ "text": long }))
        .await
        .expect_field(400, "VALID_3005", "text");
    detect(json!({ "data": [long] }))
        .await
        .expect_field(400, "VALID_3005", "data");
    // this word makes the network say what is no number
    detect(json!({ "text": "Nullwort" }))
        .await
        .expect_problem(500, "ANON_6009");
    let _ = detect(json!({ "text": "no harm done" })).await.expect_status(200);

    let dataset = client.create_dataset("refused").await;
    let add = async |records: Value| {
        let path = format!("/datasets/{dataset}/versions/draft/records");
        client
            .post(&path)
            .json(&json!({ "records": records }))
            .reply()
            .await
    };
    // too long is a record's own fault; a model that fails is nobody's, and nothing is added
    let outcome = add(json!([{ "data": NAME }, { "data": long }]))
        .await
        .expect_status(201)
        .json();
    assert_eq!(outcome["created"].as_array().map(Vec::len), Some(1));
    assert_eq!(outcome["failed"][0]["code"], "VAULT_VALID_3024");
    add(json!([{ "data": NAME }, { "data": "Nullwort" }]))
        .await
        .expect_problem(500, "ANON_6009");
    assert_eq!(client.stats(&dataset).await["record_count"], 1);
    assert!(!vault.server.output().contains("Nullwort") && !vault.server.output().contains(NAME));
}

#[tokio::test]
async fn a_start_without_a_usable_model_is_refused_with_the_reason() {
    let mut deployment = Deployment::new().await;
    let (model, nowhere) = (model(), deployment.file("nowhere"));
    fs::remove_file(model.path().join("labels.json")).expect("it is there");
    for (folder, reason) in [
        (nowhere.to_str().expect("a path"), "config.json cannot be read"),
        (model.path().to_str().expect("a path"), "PRODUCT"),
    ] {
        deployment.set(&[("VAULT_DETECTION_MODEL", folder)]);
        for command in [["config", "check"].as_slice(), &["serve"]] {
            let output = deployment.command().args(command).output().expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{command:?}: {said}");
            assert!(
                said.contains("detection.model") && said.contains(reason),
                "{command:?}: {said}"
            );
        }
    }
}

fn scanned(model: &TempDir, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(server_binary())
        .arg("scan")
        .arg("--model")
        .arg(model.path())
        .args(arguments)
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

#[test]
fn the_command_that_scans_asks_a_model_too() {
    let model = model();
    let output = scanned(
        &model,
        &["--json", "--no-names", "--types", "person", "-"],
        &format!("to\n{NAME} and\n"),
    );
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let row: Value = serde_json::from_slice(&output.stdout).expect("one row");
    assert_eq!(
        (&row["type"], &row["line"], &row["start"]),
        (&json!("person"), &json!(2), &json!(0))
    );
    // what a model fails on is not read, and the exit says so
    for (format, input) in [
        ("text", "a Nullwort here"),
        ("jsonl", "{\"a\": \"fine\"}\n{\"a\": \"Nullwort\"}\n"),
        ("csv", "a,b\nNullwort,1\n"),
    ] {
        let output = scanned(&model, &["--format", format, "-"], input);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{format}: {output:?}");
        assert!(
            said.contains("not read") && !said.contains("Nullwort"),
            "{format}: {said}"
        );
    }
}

#[test]
fn the_command_that_measures_asks_a_model_too() {
    let (model, folder) = (model(), tempfile::tempdir().expect("a folder"));
    let labelled = folder.path().join("labelled.jsonl");
    let line = json!({ "text": format!("of {NAME}."), "pii": [{ "start": 3, "end": 18, "type": "person" }] });
    fs::write(&labelled, line.to_string()).expect("it is written");
    let measured = |arguments: &[&str]| -> Value {
        let mut command = Command::new(server_binary());
        command
            .args(["privacy", "evaluate", "--json", "--no-names"])
            .args(arguments);
        let output = command.arg(&labelled).output().expect("it runs");
        serde_json::from_slice(&output.stdout).expect("a report")
    };
    let with = measured(&["--model", model.path().to_str().expect("a path")]);
    let without = measured(&[]);
    let recall = |report: &Value| {
        let rows = report["types"].as_array().expect("rows").iter();
        let person = rows.clone().find(|row| row["type"] == "person");
        person.and_then(|row| row["recall"]["value"].as_f64())
    };
    assert_eq!(
        (recall(&with), recall(&without)),
        (Some(1.0), Some(0.0)),
        "{with} {without}"
    );
}
