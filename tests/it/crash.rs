//! kill -9 at any moment: what was acknowledged is there, and nothing is there twice.

use std::{fmt::Write, fs, path::Path, process::Stdio, time::Duration};

use futures::StreamExt;
use reqwest::Body;
use serde_json::{Value, json};
use sqlx::PgConnection;
use tokio::sync::mpsc;
use vault_tests::{Answer, Client, Deployment, DevVault, Reply, finished, shared};

/// Records of the size of a real file's: the file itself where it is at hand.
fn lines() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/gsm8k-train.jsonl");
    match fs::read_to_string(path) {
        Ok(text) => text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect(),
        Err(_) => (0..7_473)
            .map(|number| json!({ "question": format!("What is {number}?"), "answer": "x ".repeat(number % 400) }))
            .collect(),
    }
}

fn ndjson(records: &[Value]) -> String {
    let mut text = String::new();
    for record in records {
        let _ = writeln!(text, "{{\"data\":{record}}}");
    }
    text
}

async fn until(sql: &mut PgConnection, query: &str) {
    let done = async {
        while !sqlx::query_scalar::<_, bool>(query)
            .fetch_one(&mut *sql)
            .await
            .expect("the database answers")
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), done)
        .await
        .expect("it comes to pass");
}

#[tokio::test]
async fn an_upload_that_a_crash_broke_off_is_completed_under_its_key() {
    let deployment = Deployment::new().await;
    let mut server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("broken off").await;
    let records = lines();
    let path = format!("/datasets/{dataset}/versions/draft/records?report=failures");

    let (sender, receiver) = mpsc::channel::<Result<String, std::io::Error>>(4);
    let body = Body::wrap_stream(futures::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|piece| (piece, receiver))
    }));
    let request = client
        .post(&path)
        .header("Content-Type", "application/x-ndjson")
        .header("Idempotency-Key", "gsm8k");
    let upload = tokio::spawn(request.body(body).send());
    for piece in records[..4_000].chunks(100) {
        sender.send(Ok(ndjson(piece))).await.expect("the upload runs");
    }
    let mut sql = deployment.sql().await;
    until(
        &mut sql,
        "SELECT count(*) >= 4 FROM events WHERE event_type = 'records.added'",
    )
    .await;
    server.kill();
    drop(sender);
    let broken = match upload.await.expect("the task ends") {
        Ok(response) => response.text().await.is_err(),
        Err(_) => true,
    };
    assert!(broken, "the client knows that it was not done");

    let server = deployment.serve(&[]);
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let request = client
        .post(&path)
        .header("Content-Type", "application/x-ndjson")
        .header("Idempotency-Key", "gsm8k");
    let report = request
        .body(ndjson(&records))
        .reply()
        .await
        .expect_status(200)
        .lines();
    assert_eq!(report.len(), 1, "{report:?}");
    assert_eq!(report[0]["created"], records.len());
    assert_eq!(report[0]["complete"], true);
    assert!(report[0]["replayed"].as_u64() >= Some(1_000), "{report:?}");
    expect_exactly(&client, &dataset, &records).await;
}

/// Checks that the dataset holds these records, each once, and nothing else.
async fn expect_exactly(client: &Client, dataset: &str, records: &[Value]) {
    assert_eq!(client.stats(dataset).await["record_count"], records.len());
    let items = client
        .all_pages(&format!("/datasets/{dataset}/records"), "?limit=1000", "cursor")
        .await;
    let mut stored: Vec<String> = items.iter().map(|item| item["data"].to_string()).collect();
    let mut sent: Vec<String> = records.iter().map(Value::to_string).collect();
    stored.sort_unstable();
    sent.sort_unstable();
    assert!(stored == sent, "every record once, and as it was sent");
}

#[tokio::test]
async fn an_import_that_was_killed_goes_on_when_it_is_run_again() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let records = lines();
    let folder = tempfile::tempdir().expect("a folder");
    let (file, password) = (folder.path().join("lines.jsonl"), folder.path().join("password"));
    let plain: Vec<String> = records.iter().map(Value::to_string).collect();
    fs::write(&file, plain.join("\n")).expect("the file");
    fs::write(&password, shared::PASSWORD).expect("the password");
    let import = || {
        let mut command = deployment.command();
        command
            .arg("import")
            .arg(&file)
            .args(["--dataset", "imported", "--email", &account.email]);
        command
            .args(["--url", server.url(), "--json", "--password-file"])
            .arg(&password);
        command
    };
    let mut first = import()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the import starts");
    let mut sql = deployment.sql().await;
    until(
        &mut sql,
        "SELECT count(*) >= 3 FROM events WHERE event_type = 'records.added'",
    )
    .await;
    first.kill().expect("the import is killed");
    first.wait().expect("the import has ended");

    let mut again = import();
    let _ = tokio::task::spawn_blocking(move || finished(&mut again))
        .await
        .expect("the import ends");
    let listed = client
        .get("/datasets?name=imported")
        .reply()
        .await
        .expect_status(200)
        .json();
    let dataset = listed["items"][0]["id"].as_str().expect("an id");
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    expect_exactly(&client, dataset, &records).await;
}

/// Writes of several kinds, each under its key: what is answered, what is not, and what is still on its way when the process dies.
async fn write(client: &Client, dataset: &str, number: usize) -> Option<Reply> {
    let (path, body) = match number % 3 {
        0 => (
            "/datasets".to_owned(),
            json!({ "name": format!("made {number}") }),
        ),
        1 => (
            format!("/datasets/{dataset}/records"),
            json!({ "data": number, "external_id": format!("e-{number}") }),
        ),
        _ => (
            format!("/datasets/{dataset}/versions/draft/records"),
            json!({ "records": [{ "data": number }, { "data": [number] }] }),
        ),
    };
    let request = client
        .post(&path)
        .header("Idempotency-Key", format!("write-{number}"));
    let response = request.json(&body).send().await.ok()?;
    Reply::of(response).await
}

#[tokio::test]
async fn writes_that_a_crash_met_are_done_once_under_their_keys() {
    const WRITES: usize = 240;
    const AT_ONCE: usize = 12;
    let deployment = Deployment::new().await;
    let mut server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("met").await;
    let mut writes = futures::stream::iter(0..WRITES)
        .map(|number| {
            let (client, dataset) = (client.clone(), dataset.clone());
            async move { (number, write(&client, &dataset, number).await) }
        })
        .buffer_unordered(AT_ONCE);
    let mut answers: Vec<Option<Reply>> = (0..WRITES).map(|_| None).collect();
    let mut acknowledged = 0;
    while let Some((number, answer)) = writes.next().await {
        acknowledged += usize::from(answer.is_some());
        answers[number] = answer;
        if acknowledged == WRITES / 3 {
            server.kill();
        }
    }
    drop(writes);
    assert!((WRITES / 3..WRITES).contains(&acknowledged), "{acknowledged}");

    let server = deployment.serve(&[]);
    let client = client.at(server.url());
    for (number, before) in answers.iter().enumerate() {
        let again = write(&client, &dataset, number)
            .await
            .expect("an answer")
            .expect_status(201);
        if let Some(before) = before {
            assert_eq!(again.header("idempotency-replayed"), Some("true"), "{again:?}");
            assert_eq!(again.json(), before.json());
        }
    }
    let records = WRITES / 3 + 2 * (WRITES / 3);
    assert_eq!(client.stats(&dataset).await["record_count"], records);
    let datasets = client.all_pages("/datasets", "?limit=100", "cursor").await;
    assert_eq!(datasets.len(), 1 + WRITES / 3);
}

#[tokio::test]
async fn a_development_vault_starts_again_by_itself_with_all_that_it_acknowledged() {
    let vault = DevVault::default();
    let mut server = vault.start();
    let client = Client::anonymous(server.url())
        .login("admin@example.com", "admin123")
        .await;
    let dataset = client.create_dataset("acknowledged").await;
    let path = format!("/datasets/{dataset}/records");
    let (acknowledged, mut received) = mpsc::unbounded_channel();
    for writer in 0..8 {
        let (client, path, acknowledged) = (client.clone(), path.clone(), acknowledged.clone());
        tokio::spawn(async move {
            for number in 0.. {
                let record = json!({ "data": { "writer": writer, "n": number }, "external_id": format!("{writer}-{number}") });
                let Ok(response) = client.post(&path).json(&record).send().await else {
                    return;
                };
                let whole = response.status().as_u16() == 201 && response.bytes().await.is_ok();
                if !whole || acknowledged.send(format!("{writer}-{number}")).is_err() {
                    return;
                }
            }
        });
    }
    drop(acknowledged);
    let mut names = Vec::new();
    while let Some(name) = received.recv().await {
        names.push(name);
        if names.len() == 150 {
            server.kill();
        }
    }
    assert!(names.len() >= 150);

    let server = vault.start();
    let client = Client::anonymous(server.url())
        .login("admin@example.com", "admin123")
        .await;
    for name in &names {
        let _ = client
            .get(&format!("{path}/ext:{name}"))
            .reply()
            .await
            .expect_status(200);
    }
    let items = client.all_pages(&path, "?limit=1000", "cursor").await;
    let mut external: Vec<&str> = items
        .iter()
        .filter_map(|item| item["external_id"].as_str())
        .collect();
    external.sort_unstable();
    external.dedup();
    assert_eq!(external.len(), items.len(), "none is there twice");
    // at most one request of each writer was on its way
    assert!(
        items.len() <= names.len() + 8,
        "{} of {}",
        items.len(),
        names.len()
    );
    assert_eq!(client.stats(&dataset).await["record_count"], items.len());
    client.add_record(&dataset, &json!({ "data": "after" })).await;
}

#[tokio::test]
async fn sigterm_ends_the_server_in_time_with_a_stream_open() {
    let deployment = Deployment::new().await;
    let mut server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let response = client.get("/audit/stream").send().await.expect("an answer");
    let mut events = response.bytes_stream();
    let first = events.next().await.expect("an event").expect("a piece");
    assert!(
        first.starts_with(b"id:") || first.starts_with(b"event:"),
        "{first:?}"
    );
    let (status, took) = server.terminate();
    assert!(status.success(), "{status}: {}", server.output());
    assert!(took < Duration::from_secs(25), "{took:?}");
    while let Some(Ok(_)) = events.next().await {}
}

#[tokio::test]
async fn an_upload_that_sigterm_meets_is_told_how_far_it_came_and_goes_on_elsewhere() {
    let deployment = Deployment::new().await;
    let mut server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("drained").await;
    let path = format!("/datasets/{dataset}/versions/draft/records?report=failures");
    let text = ndjson(&lines()[..3_000]);
    let request = client
        .post(&path)
        .header("Content-Type", "application/x-ndjson")
        .header("Idempotency-Key", "drained");
    let upload = tokio::spawn(request.body(text.clone()).send());
    let mut sql = deployment.sql().await;
    until(
        &mut sql,
        "SELECT count(*) >= 1 FROM events WHERE event_type = 'records.added'",
    )
    .await;
    let ended = tokio::task::spawn_blocking(move || server.terminate().0)
        .await
        .expect("the server ends");
    assert!(ended.success());
    let report = upload
        .await
        .expect("the task ends")
        .expect("an answer")
        .text()
        .await
        .expect("the whole report");
    let summary: Value = serde_json::from_str(report.lines().last().expect("a summary")).expect("JSON");
    assert!(
        summary["complete"] == true || summary["error"]["code"].is_string(),
        "{summary}"
    );
    let created = summary["created"].as_u64().expect("a count");
    assert!(summary["complete"] == false || created == 3_000, "{summary}");

    let server = deployment.serve(&[]);
    let client = Client::anonymous(server.url()).with_token(&account.token);
    // what was reported is durable; a chunk may be that was stored and not reported
    assert!(client.stats(&dataset).await["record_count"].as_u64() >= Some(created));
    let request = client
        .post(&path)
        .header("Content-Type", "application/x-ndjson")
        .header("Idempotency-Key", "drained");
    let report = request.body(text).reply().await.expect_status(200).lines();
    assert_eq!(
        (&report[0]["created"], &report[0]["complete"]),
        (&json!(3_000), &json!(true)),
        "{report:?}"
    );
    assert_eq!(client.stats(&dataset).await["record_count"], 3_000);
}
