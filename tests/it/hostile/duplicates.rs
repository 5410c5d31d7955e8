//! Objects that name a member twice, which two readers may read differently.

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::json;
use vault_tests::{Answer, Client, Reply, admin};

async fn send(client: &Client, method: Method, path: &str, body: &str) -> Reply {
    let request = client
        .request(method, path)
        .header(CONTENT_TYPE, "application/json");
    request.body(body.to_owned()).reply().await
}

#[tokio::test]
async fn a_member_that_is_named_twice_is_refused_anywhere_in_a_body() {
    let admin = admin().await;
    let dataset = admin.create_dataset("named twice").await;
    let one = format!("/datasets/{dataset}");
    let records = format!("{one}/records");
    let twice = r#"{"deep":[{"hunter2":1,"\u0068unter2":2}]}"#;
    for (method, path, body, field) in [
        (
            Method::POST,
            "/datasets",
            r#"{"name":"a","name":"b"}"#.to_owned(),
            "name",
        ),
        (
            Method::POST,
            "/datasets",
            format!(r#"{{"name":"a","schema":{twice}}}"#),
            "schema",
        ),
        (
            Method::POST,
            "/datasets",
            format!(r#"{{"name":"a","settings":{twice}}}"#),
            "settings",
        ),
        (
            Method::PUT,
            &one,
            format!(r#"{{"name":"a","settings":{twice}}}"#),
            "settings",
        ),
        (Method::PATCH, &one, format!(r#"{{"schema":{twice}}}"#), "schema"),
        (
            Method::PATCH,
            &one,
            format!(r#"{{"settings":{twice}}}"#),
            "settings",
        ),
        (Method::POST, &records, format!(r#"{{"data":{twice}}}"#), "data"),
        (
            Method::POST,
            &records,
            format!(r#"{{"data":1,"metadata":{twice}}}"#),
            "metadata",
        ),
        (
            Method::POST,
            "/detect-pii",
            format!(r#"{{"data":{twice}}}"#),
            "data",
        ),
    ] {
        let refused = send(&admin, method, path, &body).await;
        refused.expect_field(400, "VALID_3015", field);
        assert!(!refused.text().contains("hunter2"), "{}", refused.text());
    }
    let stats = admin.stats(&dataset).await;
    assert_eq!(stats["record_count"], 0);
}

#[tokio::test]
async fn a_record_of_a_batch_that_names_a_member_twice_is_refused_alone() {
    let admin = admin().await;
    let dataset = admin.create_dataset("one named twice").await;
    let path = format!("/datasets/{dataset}/versions/draft/records");
    let lines = [
        r#"{"data":{"n":1}}"#,
        r#"{"data":{"n":1,"n":2}}"#,
        r#"{"data":1,"metadata":{"m":1,"m":1}}"#,
        r#"{"data":1,"data":2}"#,
    ];
    let body = format!(r#"{{"records":[{}]}}"#, lines.join(","));
    let report = send(&admin, Method::POST, &path, &body).await;
    let report = report.expect_status(201).json();
    assert_eq!(report["created"].as_array().map(Vec::len), Some(1));
    let failed = report["failed"].as_array().expect("failures").clone();
    let failed: Vec<_> = failed
        .iter()
        .map(|one| (one["index"].clone(), one["code"].clone()))
        .collect();
    let twice = |index: u32| (json!(index), json!("VAULT_VALID_3015"));
    assert_eq!(failed, [twice(1), twice(2), twice(3)]);
    let stream = admin.post(&path).header(CONTENT_TYPE, "application/x-ndjson");
    let reported = stream.body(lines.join("\n")).reply().await.expect_status(200);
    let refused = reported
        .lines()
        .iter()
        .filter(|line| line["code"] == "VAULT_VALID_3015")
        .count();
    assert_eq!(refused, 3, "{}", reported.text());
}

#[tokio::test]
async fn what_is_wrong_with_a_member_of_a_record_is_told_by_its_name() {
    let admin = admin().await;
    let dataset = admin.create_dataset("bad members").await;
    let path = format!("/datasets/{dataset}/records");
    for (field, value, code) in [
        ("external_id", json!(""), "VALID_3004"),
        ("external_id", json!("e".repeat(256)), "VALID_3004"),
        ("subject", json!("s\n"), "VALID_3004"),
        ("metadata", json!([1]), "VALID_3003"),
        ("metadata", json!({ "long": "m".repeat(20_000) }), "VALID_3004"),
    ] {
        let mut record = json!({ "data": 1 });
        record[field] = value;
        let refused = admin.post(&path).json(&record).reply().await;
        refused.expect_field(400, code, field);
    }
    let record = json!({ "data": 1, "external_id": "the same" });
    let _ = admin.add_record(&dataset, &record).await;
    let again = admin.post(&path).json(&record).reply().await;
    again.expect_field(409, "DATA_4008", "external_id");
}
