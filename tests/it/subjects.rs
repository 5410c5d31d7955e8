//! Persons whom records are about: named by records, restricted, held, erased, and certified to be.

use std::{fs, time::Duration};

use serde_json::{Value, json};
use sqlx::Connection;
use vault_tests::{Answer, Client, Deployment, Server, finished, shared};

/// How soon what follows an erasure is done, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

async fn add(client: &Client, dataset: &str, subject: &str, text: &str) -> Value {
    let record = json!({ "data": { "text": text }, "subject": subject });
    client.add_record(dataset, &record).await
}

fn record_path(dataset: &str, record: &Value) -> String {
    format!("/datasets/{dataset}/records/{}", id(record))
}

async fn text(client: &Client, dataset: &str, record: &Value) -> Value {
    let reply = client.get(&record_path(dataset, record)).reply().await;
    reply.expect_status(200).json()["data"]["text"].clone()
}

async fn erase(client: &Client, name: &str) -> Value {
    let path = format!("/subjects/{name}");
    let request = client.request(reqwest::Method::DELETE, &path);
    request.reply().await.expect_status(202).json()
}

async fn certificate(client: &Client, subject: &str) -> Value {
    let path = format!("/subjects/{subject}/certificate");
    client.get(&path).reply().await.expect_status(200).json()
}

fn place<'a>(certificate: &'a Value, name: &str) -> &'a Value {
    let places = certificate["certificate"]["places"].as_array().expect("places");
    let found = places.iter().find(|place| place["place"] == name);
    found.expect("the place is in the certificate")
}

/// The certificate as soon as a place is in this state, and proofs are there.
async fn certified(client: &Client, subject: &str, name: &str, state: &str) -> Value {
    let asked = async {
        loop {
            let certificate = certificate(client, subject).await;
            let events = certificate["certificate"]["events"].as_array().expect("events");
            let proven = events.iter().all(|event| event["proof"].is_object());
            if place(&certificate, name)["state"] == state && proven {
                return certificate;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.expect("in time")
}

async fn public_key(client: &Client) -> String {
    let keys = client
        .get("/audit/public-key")
        .reply()
        .await
        .expect_status(200)
        .json();
    let keys = keys["keys"].as_array().expect("keys").clone();
    let last = keys.last().expect("a key");
    last["verifier"].as_str().expect("a verifier").to_owned()
}

fn end_epoch(deployment: &Deployment) -> Value {
    let report = finished(deployment.command().args(["keys", "--json", "end-epoch"]));
    serde_json::from_str(&report).expect("JSON")
}

async fn started() -> (Deployment, Server, Client, shared::Account) {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    (deployment, server, client, account)
}

#[tokio::test]
async fn records_that_name_the_same_person_have_the_same_subject_in_all_datasets() {
    let (client, _) = shared::new_tenant().await;
    let (one, two) = (
        client.create_dataset("one").await,
        client.create_dataset("two").await,
    );
    let first = add(&client, &one, "alice@example.com", "first").await;
    let again = add(&client, &two, "alice@example.com", "again").await;
    let other = add(&client, &two, "bob@example.com", "other").await;
    assert_eq!(first["subject_id"], again["subject_id"]);
    assert_ne!(first["subject_id"], other["subject_id"]);
    assert_eq!(text(&client, &one, &first).await, "first");
    assert_eq!(text(&client, &two, &again).await, "again");
    for name in [
        first["subject_id"].as_str().expect("an id"),
        "ext:alice@example.com",
    ] {
        let subject = client.get(&format!("/subjects/{name}")).reply().await;
        let subject = subject.expect_status(200).json();
        assert_eq!(subject["id"], first["subject_id"]);
        assert_eq!(
            (&subject["status"], &subject["held"]),
            (&json!("active"), &json!(false))
        );
        let records: Vec<_> = subject["datasets"]
            .as_array()
            .expect("datasets")
            .iter()
            .map(|d| &d["records"])
            .collect();
        assert_eq!(records, [1, 1]);
    }
    // equal content of two subjects, and of none, is stored apart
    let none = client
        .add_record(&two, &json!({ "data": { "text": "again" } }))
        .await;
    let bobs = add(&client, &two, "bob@example.com", "again").await;
    let hashes = [&again, &none, &bobs].map(|record| record["content_hash"].to_string());
    assert!(hashes[0] != hashes[1] && hashes[0] != hashes[2] && hashes[1] != hashes[2]);
    let alices = add(&client, &two, "alice@example.com", "again").await;
    assert_eq!(
        alices["content_hash"], again["content_hash"],
        "within a subject it is stored once"
    );
}

#[tokio::test]
async fn a_batch_names_many_subjects_and_a_bad_name_refuses_its_record_alone() {
    let (client, _) = shared::new_tenant().await;
    let dataset = client.create_dataset("batch").await;
    let mut records: Vec<Value> = (0..40)
        .map(
            |n| json!({ "data": n, "subject": format!("person {}", n % 20), "external_id": format!("r{n}") }),
        )
        .collect();
    records.push(json!({ "data": 1, "subject": "" }));
    records.push(json!({ "data": 1, "subject": "x".repeat(256) }));
    let path = format!("/datasets/{dataset}/versions/draft/records");
    let send = || {
        client
            .post(&path)
            .header("Idempotency-Key", "batch")
            .json(&json!({ "records": records }))
    };
    let report = send().reply().await.expect_status(201).json();
    assert_eq!(report["created"].as_array().expect("created").len(), 40);
    let failed = report["failed"].as_array().expect("failed");
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|failure| failure["code"] == "VAULT_VALID_3004"));
    let subjects: std::collections::BTreeSet<_> = report["created"]
        .as_array()
        .expect("created")
        .iter()
        .map(|r| r["subject_id"].to_string())
        .collect();
    assert_eq!(subjects.len(), 20);
    let repeated = send().reply().await.expect_status(201);
    assert_eq!(repeated.header("idempotency-replayed"), Some("true"));
    assert_eq!(repeated.json()["created"], report["created"]);
    // a record of a subject is found by the client's own id
    let found = client
        .get(&format!("/datasets/{dataset}/records/ext:r7"))
        .reply()
        .await;
    assert_eq!(found.expect_status(200).json()["external_id"], "r7");
    let again = json!({ "data": 1, "external_id": "r7", "subject": "somebody else" });
    let refused = client
        .post(&format!("/datasets/{dataset}/records"))
        .json(&again)
        .reply()
        .await;
    refused.expect_problem(409, "DATA_4008");
}

/// The lines of an export without its last one, and that one.
async fn export(client: &Client, subject: &str) -> (Vec<Value>, Value) {
    let reply = client.get(&format!("/subjects/{subject}/export")).reply().await;
    let reply = reply.expect_status(200);
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    let mut lines = reply.lines();
    let last = lines.pop().expect("a summary");
    (lines, last["summary"].clone())
}

#[tokio::test]
async fn an_export_has_all_records_about_a_person_and_no_others() {
    let (client, account) = shared::new_tenant().await;
    let (letters, chats) = (
        client.create_dataset("letters").await,
        client.create_dataset("chats").await,
    );
    let mut hers = Vec::new();
    for number in 0..3 {
        let text = format!("letter {number}");
        hers.push((letters.clone(), add(&client, &letters, "ada", &text).await, text));
        let _ = add(&client, &letters, "grace", "not hers").await;
    }
    // more than one page, and one that is too large for a row
    let many: Vec<Value> = (0..700)
        .map(|n| json!({ "data": { "text": format!("chat {n}") }, "subject": "ada" }))
        .collect();
    let path = format!("/datasets/{chats}/versions/draft/records");
    let added = client.post(&path).json(&json!({ "records": many })).reply().await;
    let _ = added.expect_status(201);
    let large = "long ".repeat(20_000);
    hers.push((chats.clone(), add(&client, &chats, "ada", &large).await, large));
    client.recorded().await;

    let (lines, summary) = export(&client, "ext:ada").await;
    let subject = hers[0].1["subject_id"].clone();
    assert_eq!(
        summary,
        json!({ "complete": true, "subject_id": subject, "records": 704 })
    );
    assert_eq!(lines.len(), 704);
    assert!(
        lines.iter().all(|line| line["record"]["subject_id"] == subject),
        "no others"
    );
    for (dataset, record, text) in &hers {
        let found = lines.iter().find(|line| line["record"]["id"] == record["id"]);
        let found = found.expect("exported");
        assert_eq!(found["dataset_id"], *dataset);
        assert!(found["record"]["data"]["text"] == *text, "as it was written");
    }
    // whoever was given what is in the log
    client.recorded().await;
    let query = "/audit/events?type=records.read";
    let reads = client.get(query).reply().await.expect_status(200).json();
    let read: u64 = reads["items"]
        .as_array()
        .expect("items")
        .iter()
        .flat_map(|event| event["payload"]["datasets"].as_array().expect("datasets"))
        .filter_map(|dataset| dataset["reads"].as_u64())
        .sum();
    assert_eq!(read, 704);
    let path = format!(
        "/datasets/{letters}/records?subject_id={}",
        subject.as_str().expect("an id")
    );
    let listed = client.get(&path).reply().await.expect_status(200).json();
    assert_eq!(listed["items"].as_array().expect("items").len(), 3);

    // others are told what they may know
    let (stranger, _) = shared::new_tenant().await;
    let path = format!("/subjects/{}/export", subject.as_str().expect("an id"));
    stranger.get(&path).reply().await.expect_problem(404, "DATA_4001");
    let (auditor, _) = shared::new_user(&account.tenant, "auditor").await;
    auditor.get(&path).reply().await.expect_problem(403, "AUTHZ_2001");
    let restrict = client.post("/subjects/ext:ada/restrict").reply().await;
    let _ = restrict.expect_status(200);
    client.get(&path).reply().await.expect_problem(403, "AUTHZ_2008");
    let free = client
        .request(reqwest::Method::DELETE, "/subjects/ext:ada/restrict")
        .reply()
        .await;
    let _ = free.expect_status(200);
    let _ = erase(&client, "ext:ada").await;
    client.get(&path).reply().await.expect_problem(410, "DATA_4004");
}

/// The log says of an erasure what it has to, and once.
async fn assert_told(client: &Client, subject: &str) {
    let events = client
        .get("/audit/events?type=subject.erased,key.destroyed,subject.purged")
        .reply()
        .await
        .expect_status(200)
        .json();
    let types: Vec<_> = events["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|e| e["type"].clone())
        .collect();
    assert_eq!(
        types,
        ["subject.erased", "key.destroyed", "subject.purged"],
        "each once"
    );
    let destroyed = &events["items"][1]["payload"];
    assert_eq!(destroyed["scope"], json!({ "subject": subject }));
    assert_eq!(destroyed["key_ids"].as_array().expect("keys").len(), 2);
    assert_eq!(events["items"][2]["payload"]["datasets"][0]["records"], 2);
}

/// Nothing of an erased subject is stored but that its two records were there; the external id is free.
async fn assert_nothing_is_stored(tenant: &str, dataset: &str, subject: &str, record: &str) {
    let mut sql = shared::deployment().await.sql().await;
    let left: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM data_keys WHERE scope_id = $1::uuid) \
         + (SELECT count(*) FROM subject_records WHERE subject_id = $1::uuid) \
         + (SELECT count(*) FROM read_models.records WHERE subject_id = $1::uuid AND (content <> '' OR size_bytes <> 0 \
            OR external_id IS NOT NULL OR metadata_sealed IS NOT NULL OR metadata IS NOT NULL OR pii_counts <> '{}')) \
         + (SELECT count(*) FROM claims WHERE holder_id IN ($1::uuid, $2::uuid))",
    )
    .bind(subject)
    .bind(record)
    .fetch_one(&mut sql)
    .await
    .expect("a count");
    assert_eq!(left, 0);
    let contents: i64 =
        sqlx::query_scalar("SELECT count(*) FROM record_contents WHERE dataset_id = $1::uuid")
            .bind(dataset)
            .fetch_one(&mut sql)
            .await
            .expect("a count");
    assert_eq!(contents, 2, "his and nobody's");
    sql.close().await.expect("closed");
    let folder = shared::deployment().await.contents().join("content").join(tenant);
    assert!(
        !folder.join("subjects").join(subject).exists(),
        "the large one is removed"
    );
}

/// Strangers find neither the subject nor its record, and a pipeline may not look.
async fn assert_hidden(tenant: &str, subject: &str, record_path: &str) {
    let (stranger, _) = shared::new_tenant().await;
    stranger
        .get(record_path)
        .reply()
        .await
        .expect_problem(404, "DATA_4002");
    let _ = stranger
        .get(&format!("/subjects/{subject}"))
        .reply()
        .await
        .expect_status(404);
    let (ingest, _) = shared::new_user(tenant, "ingest").await;
    let _ = ingest.get(record_path).reply().await.expect_status(403);
}

#[tokio::test]
async fn an_erased_subject_is_gone_for_those_who_saw_it_and_the_others_stay() {
    let (client, account) = shared::new_tenant().await;
    let dataset = client.create_dataset("erased").await;
    let record = json!({
        "data": { "text": "mail alice@example.com" }, "subject": "alice", "external_id": "a1",
        "metadata": { "note": "hers" },
    });
    let hers = client.add_record(&dataset, &record).await;
    let large = add(&client, &dataset, "alice", &"large ".repeat(30_000)).await;
    let his = add(&client, &dataset, "bob", "his").await;
    let nobodys = client
        .add_record(&dataset, &json!({ "data": { "text": "nobody's" } }))
        .await;
    let read = client
        .get(&record_path(&dataset, &hers))
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(
        (&read["metadata"]["note"], &read["external_id"]),
        (&json!("hers"), &json!("a1"))
    );
    assert_eq!(read["subject_id"], hers["subject_id"]);
    assert_eq!(text(&client, &dataset, &large).await, "large ".repeat(30_000));
    assert_eq!(client.stats(&dataset).await["record_count"], 4);
    let subject = hers["subject_id"].as_str().expect("an id").to_owned();

    let erased = erase(&client, "ext:alice").await;
    assert_eq!(
        (&erased["id"], &erased["status"]),
        (&json!(subject), &json!("erased"))
    );
    for record in [&hers, &large] {
        let gone = client.get(&record_path(&dataset, record)).reply().await;
        gone.expect_problem(410, "DATA_4004");
    }
    assert_eq!(text(&client, &dataset, &his).await, "his");
    assert_eq!(text(&client, &dataset, &nobodys).await, "nobody's");
    let page = client
        .get(&format!("/datasets/{dataset}/records"))
        .reply()
        .await
        .expect_status(200)
        .json();
    let listed: Vec<_> = page["items"].as_array().expect("items").iter().map(id).collect();
    assert_eq!(listed, [id(&his), id(&nobodys)]);

    // for others it is not there, and never was
    assert_hidden(&account.tenant, &subject, &record_path(&dataset, &hers)).await;

    // what it was called means nobody, and its certificate is there for good
    let _ = client.get("/subjects/ext:alice").reply().await.expect_status(404);
    let known = client
        .get(&format!("/subjects/{subject}"))
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(known["status"], "erased");
    certified(&client, &subject, "contents", "purged").await;
    assert_eq!(client.stats(&dataset).await["record_count"], 2);
    assert_eq!(erase(&client, &subject).await["id"], json!(subject), "again");
    assert_told(&client, &subject).await;
    assert_nothing_is_stored(&account.tenant, &dataset, &subject, &id(&hers)).await;
    let free = json!({ "data": 1, "external_id": "a1" });
    client.add_record(&dataset, &free).await;
    // who comes back is somebody else
    let back = add(&client, &dataset, "alice", "back").await;
    assert_ne!(back["subject_id"], json!(subject));
    assert_eq!(text(&client, &dataset, &back).await, "back");
}

#[tokio::test]
async fn a_repeat_of_what_was_added_for_an_erased_subject_brings_nothing_back() {
    let (client, _) = shared::new_tenant().await;
    let dataset = client.create_dataset("repeated").await;
    let record = json!({ "data": { "text": "once" }, "subject": "carol" });
    let path = format!("/datasets/{dataset}/records");
    let send = || client.post(&path).header("Idempotency-Key", "once").json(&record);
    let added = send().reply().await.expect_status(201).json();
    let subject = added["subject_id"].as_str().expect("an id").to_owned();
    let send_erasure = || {
        let request = client.request(reqwest::Method::DELETE, &format!("/subjects/{subject}"));
        request.header("Idempotency-Key", "erase")
    };
    let erased = send_erasure().reply().await.expect_status(202).json();
    let repeated = send_erasure().reply().await.expect_status(202);
    assert_eq!(repeated.header("idempotency-replayed"), Some("true"));
    assert_eq!(repeated.json(), erased);
    send().reply().await.expect_problem(410, "DATA_4001");
    let _ = client.get("/subjects/ext:carol").reply().await.expect_status(404);
}

#[tokio::test]
async fn a_hold_refuses_the_erasure_with_its_reason_until_it_is_released() {
    let (client, _) = shared::new_tenant().await;
    let dataset = client.create_dataset("held").await;
    let record = add(&client, &dataset, "dave", "kept").await;
    let hold = json!({ "reason": "litigation 2026-117" });
    let put = |body: &Value| {
        client
            .request(reqwest::Method::PUT, "/subjects/ext:dave/hold")
            .json(body)
    };
    let _ = put(&json!({ "reason": "" })).reply().await.expect_status(400);
    let _ = put(&hold).reply().await.expect_status(200);
    let delete = || client.request(reqwest::Method::DELETE, "/subjects/ext:dave");
    let refused = delete().reply().await.expect_problem(409, "AUTHZ_2008");
    assert!(
        refused["detail"]
            .as_str()
            .expect("a detail")
            .contains("litigation 2026-117")
    );
    assert_eq!(text(&client, &dataset, &record).await, "kept");
    let events = client
        .get("/audit/events?type=subject.held")
        .reply()
        .await
        .expect_status(200);
    assert!(!events.text().contains("litigation"), "the log holds it sealed");
    assert_eq!(
        client.get("/subjects/ext:dave").reply().await.json()["held"],
        true
    );
    let release = client.request(reqwest::Method::DELETE, "/subjects/ext:dave/hold");
    let _ = release.reply().await.expect_status(200);
    let _ = delete().reply().await.expect_status(202);
    let id = record["subject_id"].as_str().expect("an id");
    let late = client
        .request(reqwest::Method::PUT, &format!("/subjects/{id}/hold"))
        .json(&hold);
    let _ = late.reply().await.expect_status(410);
}

#[tokio::test]
async fn a_restricted_subject_is_kept_and_not_read() {
    let (client, _) = shared::new_tenant().await;
    let dataset = client.create_dataset("restricted").await;
    let record = add(&client, &dataset, "erin", "kept").await;
    let other = add(&client, &dataset, "frank", "other").await;
    let _ = client
        .post("/subjects/ext:erin/restrict")
        .reply()
        .await
        .expect_status(200);
    client
        .get(&record_path(&dataset, &record))
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2008");
    let page = client
        .get(&format!("/datasets/{dataset}/records"))
        .reply()
        .await
        .json();
    let listed: Vec<_> = page["items"].as_array().expect("items").iter().map(id).collect();
    assert_eq!(listed, [id(&other)]);
    // records may still come, and are not read either
    let later = add(&client, &dataset, "erin", "later").await;
    let _ = client
        .get(&record_path(&dataset, &later))
        .reply()
        .await
        .expect_status(403);
    let lift = client.request(reqwest::Method::DELETE, "/subjects/ext:erin/restrict");
    let _ = lift.reply().await.expect_status(200);
    assert_eq!(text(&client, &dataset, &record).await, "kept");
    assert_eq!(text(&client, &dataset, &later).await, "later");
}

#[tokio::test]
async fn only_administrators_erase_and_strangers_and_unknown_names_find_nobody() {
    let (client, account) = shared::new_tenant().await;
    let dataset = client.create_dataset("rights").await;
    let record = add(&client, &dataset, "grace", "hers").await;
    let subject = record["subject_id"].as_str().expect("an id").to_owned();
    let path = format!("/subjects/{subject}");
    let delete = |client: &Client, path: &str| client.request(reqwest::Method::DELETE, path);
    for role in ["data_scientist", "ingest", "auditor"] {
        let (user, _) = shared::new_user(&account.tenant, role).await;
        delete(&user, &path)
            .reply()
            .await
            .expect_problem(403, "AUTHZ_2001");
        let _ = user
            .post(&format!("{path}/restrict"))
            .reply()
            .await
            .expect_status(403);
        let sees = user.get(&path).reply().await.status;
        assert_eq!(sees, if role == "auditor" { 200 } else { 403 }, "{role}");
    }
    let (stranger, _) = shared::new_tenant().await;
    delete(&stranger, &path)
        .reply()
        .await
        .expect_problem(404, "DATA_4001");
    let _ = delete(&stranger, "/subjects/ext:grace")
        .reply()
        .await
        .expect_status(404);
    let _ = delete(&client, "/subjects/ext:nobody")
        .reply()
        .await
        .expect_status(404);
    delete(&client, "/subjects/grace")
        .reply()
        .await
        .expect_field(400, "VALID_3010", "sid");
    let _ = client
        .get(&format!("{path}/certificate"))
        .reply()
        .await
        .expect_status(404);
    assert_eq!(text(&client, &dataset, &record).await, "hers");
}

#[tokio::test]
async fn another_node_refuses_within_a_second_what_one_has_erased() {
    let (deployment, _server, client, _) = started().await;
    let second = deployment.serve(&["--role", "api"]);
    let there = client.at(second.url());
    let dataset = client.create_dataset("two nodes").await;
    let record = add(&client, &dataset, "heidi", "hers").await;
    assert_eq!(
        text(&there, &dataset, &record).await,
        "hers",
        "its keys are opened there"
    );
    erase(&client, "ext:heidi").await;
    let path = record_path(&dataset, &record);
    let refused = async { while there.get(&path).reply().await.status != 410 {} };
    tokio::time::timeout(Duration::from_secs(1), refused)
        .await
        .expect("within a second");
}

#[tokio::test]
async fn the_certificate_says_what_is_reversible_until_the_epoch_ends_and_is_checked_without_the_vault() {
    let (deployment, _server, client, _) = started().await;
    let dataset = client.create_dataset("certified").await;
    let hers = add(&client, &dataset, "ivy", "hers").await;
    let his = add(&client, &dataset, "judy", "his").await;
    let subject = hers["subject_id"].as_str().expect("an id").to_owned();
    erase(&client, &subject).await;
    let before = certified(&client, &subject, "contents", "purged").await;
    let copies = place(&before, "database_log_and_backups");
    assert_eq!(copies["state"], "reversible");
    assert!(copies["key"].as_str().expect("a key").contains("erasure epoch") && copies["until"].is_string());
    assert_eq!(before["certificate"]["status"], "pending");

    let ended = end_epoch(&deployment);
    assert_eq!(
        (&ended["epochs"], &ended["moved_keys"], &ended["erased_subjects"]),
        (&json!(1), &json!(2), &json!(1))
    );
    let after = certified(&client, &subject, "database_log_and_backups", "unreadable").await;
    assert_eq!(text(&client, &dataset, &his).await, "his", "who lives on is read");
    let types: Vec<_> = after["certificate"]["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|e| &e["event_type"])
        .collect();
    assert_eq!(types, ["subject.erased", "subject.purged", "subject.epoch_ended"]);

    let key = public_key(&client).await;
    let file = deployment.file("certificate.json");
    let check = |text: &str, key: &str| {
        fs::write(&file, text).expect("written");
        let mut command = deployment.command();
        command.env("VAULT_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
        command
            .args(["audit", "certificate", "--public-key", key])
            .arg(&file);
        command.output().expect("the command starts")
    };
    let right = check(&after.to_string(), &key);
    let shown = String::from_utf8_lossy(&right.stdout).into_owned();
    assert!(
        right.status.success() && shown.contains("subject.epoch_ended"),
        "{right:?}"
    );
    let text_path = format!("/subjects/{subject}/certificate");
    let note = client
        .get(&text_path)
        .header("Accept", "text/plain")
        .reply()
        .await
        .expect_status(200)
        .text();
    assert!(check(&note, &key).status.success());
    let forged = note.replace("\"unreadable\"", "\"purged\"");
    assert_ne!(forged, note);
    assert_eq!(check(&forged, &key).status.code(), Some(2));
    let checkpoint = client.checkpoint(1).await.0;
    assert_eq!(
        check(&checkpoint, &key).status.code(),
        Some(2),
        "a head is no certificate"
    );
}
