//! What clients send stands nowhere in clear but where it may: the files and the output of a vault are searched.
//!
//! The read models may hold a dataset's name, description, tags, task type, schema and settings, and those members of a
//! record's metadata in which nothing was found; so may the write-ahead log, which repeats what tables hold. Nothing else
//! that a client says may be found in any file, and nothing at all in what the server writes.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::json;
use vault_tests::{Answer, Client, DevVault};

/// Text that must be found nowhere.
const SECRET: [(&str, &str); 13] = [
    ("record data", "Zk4Qv8Hw1Nt6"),
    ("large record data", "Yp3Lm9Xc5Rb2"),
    ("batch record data", "Wd7Fj2Ks8Gq4"),
    ("streamed record data", "Vn6Tz1Bx9Hm3"),
    ("external id", "Uq5Rw8Jd2Pf7"),
    ("metadata with a finding", "tc9gk4lv6zn1"),
    ("idempotency key", "So2Xb7Qm5Dw8"),
    ("password", "Rf8Kp3Vt6Lj9"),
    ("login email", "qh4nz9wc2xd5"),
    ("query string", "Pj1Gt7Fs3Kb6"),
    ("user agent", "Om6Dv2Rx8Zl4"),
    ("text to anonymize", "Ny9Cq5Hp1Tw7"),
    ("refused body", "Mb3Js8Lg4Vk2"),
];

/// Text that stands in the read models.
const READ_MODEL: [(&str, &str); 7] = [
    ("dataset name", "Lx7Wr2Nd9Fp5"),
    ("dataset description", "Kc4Zh8Tj6Qv1"),
    ("dataset tag", "Jg2Bm5Xs7Rk9"),
    ("dataset task type", "iv8pd3lq1wz6"),
    ("dataset schema", "Hn5Ft9Gk2Cj4"),
    ("dataset settings", "Gz1Vx6Mw8Sb3"),
    ("metadata without a finding", "Fw9Kd4Rp7Lh2"),
];

fn secret(name: &str) -> &'static str {
    SECRET
        .iter()
        .chain(&READ_MODEL)
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
        .expect("a marker")
}

/// The spellings in which a marker is looked for. Compression cuts texts into runs of eight bytes, so six are enough;
/// no file is so long that six given bytes stand in it by chance.
fn needles(marker: &str) -> Vec<Vec<u8>> {
    let bytes = marker.as_bytes();
    let hex = bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat();
    vec![
        bytes[..6].to_vec(),
        bytes[6..].to_vec(),
        hex.clone().into_bytes(),
        hex.to_uppercase().into_bytes(),
    ]
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return false };
    let mut rest = haystack;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        if rest[at..].starts_with(needle) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// In which files each marker stands.
fn search(folder: &Path) -> BTreeMap<&'static str, Vec<String>> {
    let mut found: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.expect("the folder is read");
        if !entry.file_type().is_file() {
            continue;
        }
        let bytes = fs::read(entry.path()).expect("the file is read");
        for (name, marker) in SECRET.iter().chain(&READ_MODEL) {
            if needles(marker).iter().any(|needle| holds(&bytes, needle)) {
                found
                    .entry(name)
                    .or_default()
                    .push(entry.path().display().to_string());
            }
        }
    }
    found
}

async fn write_markers(client: &Client) {
    let dataset = json!({
        "name": secret("dataset name"), "description": secret("dataset description"),
        "tags": [secret("dataset tag")], "task_type": secret("dataset task type"),
        "schema": { "title": secret("dataset schema") }, "settings": { "k": secret("dataset settings") },
    });
    let key = secret("idempotency key");
    let created = client
        .post("/datasets")
        .header("Idempotency-Key", key)
        .json(&dataset)
        .reply()
        .await;
    let id = created.expect_status(201).json()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    client
        .post("/datasets")
        .json(&dataset)
        .reply()
        .await
        .expect_problem(409, "DATA_4007");
    let records = format!("/datasets/{id}/records");
    let record = json!({
        "data": { "text": secret("record data"), "mail": format!("{}@example.com", secret("record data")) },
        "metadata": {
            "clean": secret("metadata without a finding"),
            "from": format!("{}@example.com", secret("metadata with a finding")),
        },
        "external_id": secret("external id"),
    });
    let _ = client
        .post(&records)
        .header("Idempotency-Key", key)
        .json(&record)
        .reply()
        .await
        .expect_status(201);
    client
        .post(&records)
        .json(&record)
        .reply()
        .await
        .expect_problem(409, "DATA_4008");
    let large = format!("{} ", secret("large record data")).repeat(10_000);
    client.add_record(&id, &json!({ "data": large })).await;
    let batch = format!("/datasets/{id}/versions/draft/records");
    let several =
        json!({ "records": [{ "data": secret("batch record data") }, { "dat": secret("refused body") }] });
    let _ = client
        .post(&batch)
        .json(&several)
        .reply()
        .await
        .expect_status(201);
    let lines = format!(
        "{{\"data\":\"{}\"}}\n{}\n",
        secret("streamed record data"),
        secret("refused body")
    );
    let stream = client
        .post(&batch)
        .header("Content-Type", "application/x-ndjson")
        .header("Idempotency-Key", key);
    let _ = stream.body(lines).reply().await.expect_status(200);
}

async fn read_and_refuse(client: &Client) {
    let listed = client
        .get(&format!("/datasets?name={}", secret("dataset name")))
        .reply()
        .await
        .expect_status(200);
    let id = listed.json()["items"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let records = client
        .get(&format!("/datasets/{id}/records"))
        .reply()
        .await
        .expect_status(200)
        .text();
    assert!(records.contains(secret("record data")) && records.contains(secret("metadata with a finding")));
    let by_name = format!("/datasets/{id}/records/ext:{}", secret("external id"));
    let _ = client.get(&by_name).reply().await.expect_status(200);
    let query = client.get(&format!("/datasets?tag={0}&{0}=1", secret("query string")));
    assert_eq!(
        query
            .header("User-Agent", secret("user agent"))
            .reply()
            .await
            .status,
        400
    );
    let _ = client
        .get(&format!("/datasets?name={}", secret("query string")))
        .reply()
        .await
        .expect_status(200);
    let _ = client
        .get(&format!("/{}", secret("query string")))
        .reply()
        .await
        .expect_status(404);
    let text =
        json!({ "text": format!("{} a@example.com", secret("text to anonymize")), "strategy": "hash" });
    let _ = client
        .post("/anonymize")
        .json(&text)
        .reply()
        .await
        .expect_status(200);
    let text = json!({ "text": format!("{}@example.com", secret("text to anonymize")) });
    let _ = client
        .post("/detect-pii")
        .json(&text)
        .reply()
        .await
        .expect_status(200);
    let refused = client
        .post("/datasets")
        .json(&json!({ "name": [secret("refused body")] }))
        .reply()
        .await;
    refused.expect_problem(400, "VALID_3003");
}

async fn be_refused(client: &Client) {
    let login =
        json!({ "email": format!("{}@example.com", secret("login email")), "password": secret("password") });
    let known = json!({ "email": "admin@example.com", "password": secret("password") });
    for login in [login, known] {
        client
            .post("/auth/login")
            .json(&login)
            .reply()
            .await
            .expect_problem(401, "AUTH_1008");
    }
    let scientist = client.login("test@example.com", "password123").await;
    let denied = format!("/audit/events?type={}", secret("query string"));
    scientist
        .get(&denied)
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
}

#[tokio::test]
async fn what_clients_send_stands_nowhere_in_clear_but_where_it_may() {
    let vault = DevVault::default();
    let mut server = vault.start();
    let client = Client::anonymous(server.url())
        .login("admin@example.com", "admin123")
        .await;
    write_markers(&client).await;
    read_and_refuse(&client).await;
    be_refused(&client).await;
    client.recorded().await;
    let log = client
        .get("/audit/events?limit=1000")
        .reply()
        .await
        .expect_status(200)
        .text();
    for event_type in [
        "records.read",
        "access.denied",
        "login.refused",
        "keys.used",
        "session.started",
    ] {
        assert!(log.contains(event_type), "{event_type} is in the log");
    }
    let (status, _) = server.terminate();
    assert!(status.success(), "{status}: {}", server.output());

    for (name, marker) in SECRET.iter().chain(&READ_MODEL) {
        for needle in needles(marker) {
            assert!(
                !holds(server.output().as_bytes(), &needle),
                "{name} stands in the output"
            );
            assert!(
                !holds(log.as_bytes(), &needle),
                "{name} stands in the log of events"
            );
        }
    }
    let found = search(&vault.data_dir());
    for (name, _) in SECRET {
        assert_eq!(found.get(name), None, "{name}");
    }
    for (name, _) in READ_MODEL {
        let files = found.get(name).cloned().unwrap_or_default();
        // the search finds what is there
        assert!(!files.is_empty(), "{name}");
        for file in files {
            let in_database = file.contains("/cluster/base/") || file.contains("/cluster/pg_wal/");
            assert!(in_database, "{name} stands in {file}");
        }
    }
    assert!(!holds(b"Zk4Qv9Zk4Qv", b"Zk4Qv8") && holds(b"ZZk4Qv8", b"Zk4Qv8"));
}
