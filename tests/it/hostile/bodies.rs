//! Bodies that break parsers.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use reqwest::Method;
use serde_json::json;
use vault_tests::{Answer, Client, Reply, shared};

const DEPTH: usize = 100_000;

async fn send(client: &Client, path: &str, body: impl Into<reqwest::Body>) -> Reply {
    let request = client
        .post(path)
        .header("Content-Type", "application/json")
        .body(body);
    request.reply().await
}

async fn tenant() -> (Client, String) {
    let (client, _) = shared::new_tenant().await;
    let dataset = client.create_dataset("attacked").await;
    (client, dataset)
}

/// Places where a client puts JSON of its own, each around a value.
fn places(dataset: &str, value: &str) -> Vec<(String, String)> {
    vec![
        (
            "/datasets".to_owned(),
            format!(r#"{{"name":"new","schema":{value}}}"#),
        ),
        (
            "/datasets".to_owned(),
            format!(r#"{{"name":"new","settings":{value}}}"#),
        ),
        ("/detect-pii".to_owned(), format!(r#"{{"data":{value}}}"#)),
        (
            format!("/datasets/{dataset}/records"),
            format!(r#"{{"data":{value}}}"#),
        ),
        (
            format!("/datasets/{dataset}/records"),
            format!(r#"{{"data":1,"metadata":{value}}}"#),
        ),
    ]
}

async fn nothing_was_added(client: &Client, dataset: &str) {
    assert_eq!(client.stats(dataset).await["record_count"], 0);
    let listed = client.get("/datasets").reply().await.expect_status(200).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
}

#[tokio::test]
async fn a_hundred_thousand_brackets_are_refused() {
    let (client, dataset) = tenant().await;
    let arrays = "[".repeat(DEPTH) + &"]".repeat(DEPTH);
    let objects = r#"{"a":"#.repeat(DEPTH) + "1" + &"}".repeat(DEPTH);
    for value in [&arrays, &objects, &"[".repeat(DEPTH)] {
        for (path, body) in places(&dataset, value) {
            let reply = send(&client, &path, body).await;
            assert_eq!(reply.status, 400, "{path}: {reply:?}");
        }
        let batch = format!(r#"{{"records":[{{"data":{value}}}]}}"#);
        let reply = send(
            &client,
            &format!("/datasets/{dataset}/versions/draft/records"),
            batch,
        )
        .await;
        assert!(
            reply.status == 400 || reply.json()["created"] == json!([]),
            "{reply:?}"
        );
    }
    let line = format!(r#"{{"data":{arrays}}}"#);
    let stream = client
        .request(
            Method::POST,
            &format!("/datasets/{dataset}/versions/draft/records"),
        )
        .header("Content-Type", "application/x-ndjson")
        .body(line);
    let report = stream.reply().await;
    assert!(
        report.status == 400 || report.lines().last().is_some_and(|last| last["created"] == 0),
        "{report:?}"
    );
    nothing_was_added(&client, &dataset).await;
}

#[tokio::test]
async fn a_compressed_bomb_is_not_unpacked() {
    let (client, dataset) = tenant().await;
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..256 {
        packed.write_all(&zeros).expect("written");
    }
    let bomb = packed.finish().expect("packed");
    for (path, _) in places(&dataset, "1") {
        for encoding in ["gzip", "gzip, gzip", "deflate", "br"] {
            let request = client.post(&path).header("Content-Type", "application/json");
            let reply = request
                .header("Content-Encoding", encoding)
                .body(bomb.clone())
                .reply()
                .await;
            assert_eq!(reply.status, 400, "{path} {encoding}: {reply:?}");
        }
    }
    nothing_was_added(&client, &dataset).await;
}

#[tokio::test]
async fn values_that_parsers_disagree_about_are_refused_or_kept_to_the_letter() {
    let (client, dataset) = tenant().await;
    for value in [
        r#"{"\ud800":1}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\udc00\ud800"}"#,
        r#"{"a":1E400}"#,
        r#"{"a":-1E400}"#,
        r#"{"a":NaN}"#,
        r#"{"a":Infinity}"#,
        r#"{"a":01}"#,
        r#"{"a":0x10}"#,
        r#"{"a":'b'}"#,
        r#"{"a":1,}"#,
        "{\"a\":\"\u{0}\"}",
        "{\"a\":\"\n\"}",
        "/* */ {}",
    ] {
        for (path, body) in places(&dataset, value) {
            let reply = send(&client, &path, body).await;
            assert!(reply.status < 500, "{path} {value:?}: {reply:?}");
            if reply.status < 300 {
                taken_to_the_letter(&client, &path, value, &reply).await;
            }
        }
    }
    let raw = [
        b"{\"name\":\"\xff\xfe\"}".to_vec(),
        b"{\"name\":\"\xc0\xaf\"}".to_vec(),
        b"\xef\xbb\xbf{\"name\":\"x\"}".to_vec(),
    ];
    for body in raw {
        let reply = send(&client, "/datasets", body.clone()).await;
        assert_eq!(reply.status, 400, "{body:?}: {reply:?}");
    }
}

#[tokio::test]
async fn of_members_with_one_name_none_hides_what_is_personal() {
    let (client, dataset) = tenant().await;
    let twice = r#"{"mail":"jane.roe@example.com","mail":"x"}"#;
    let path = format!("/datasets/{dataset}/records");
    for (body, field) in [
        (format!(r#"{{"data":{twice}}}"#), "data"),
        (
            format!(r#"{{"data":1,"metadata":{twice},"external_id":"twice"}}"#),
            "metadata",
        ),
    ] {
        let refused = send(&client, &path, body).await;
        refused.expect_field(400, "VALID_3015", field);
        assert!(!refused.text().contains("jane.roe"), "{}", refused.text());
    }
    let again = send(&client, &path, r#"{"data":1,"data":2}"#).await;
    again.expect_field(400, "VALID_3015", "data");
}

/// Only what no two parsers read in two ways is taken, or what is given back byte for byte.
async fn taken_to_the_letter(client: &Client, path: &str, value: &str, reply: &Reply) {
    assert!(path.ends_with("/records"), "{path} {value:?}: {reply:?}");
    let id = reply.json()["id"].as_str().expect("an id").to_owned();
    let read = client
        .get(&format!("{path}/{id}"))
        .reply()
        .await
        .expect_status(200);
    assert!(read.text().contains(value), "{value:?}: {read:?}");
}

#[tokio::test]
async fn texts_that_no_field_takes_are_refused_by_name() {
    let (client, dataset) = tenant().await;
    for text in ["\u{0}", "a\u{0}b", &"x".repeat(300)] {
        let named = client
            .post("/datasets")
            .json(&json!({ "name": text }))
            .reply()
            .await;
        assert_eq!(
            (named.status, named.json()["errors"][0]["field"].as_str()),
            (400, Some("name"))
        );
        let record = json!({ "data": 1, "external_id": text });
        let request = client.post(&format!("/datasets/{dataset}/records")).json(&record);
        let problem = request.reply().await.expect_problem(400, "VALID_3004");
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains("external_id")),
            "{problem}"
        );
    }
    for header in ["Idempotency-Key", "Vault-Min-Position", "Last-Event-ID"] {
        let long = "k".repeat(10_000);
        let reply = client
            .post("/datasets")
            .header(header, &long)
            .json(&json!({ "name": "long header" }))
            .reply()
            .await;
        assert!(
            reply.status == 400 || header != "Idempotency-Key",
            "{header}: {reply:?}"
        );
        assert!(!reply.text().contains(&long), "{header}");
    }
}
