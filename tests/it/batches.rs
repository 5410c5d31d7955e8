//! Many records in one JSON body.

use serde_json::{Value, json};
use vault_tests::{Answer, shared};

#[tokio::test]
async fn of_ten_thousand_records_each_is_judged_by_itself() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("ten thousand").await;
    let _ = client
        .add_record(&dataset, &json!({ "data": 0, "external_id": "taken" }))
        .await;
    let mut records: Vec<Value> = (0..10_000)
        .map(|number| json!({ "data": { "n": number }, "external_id": format!("n-{number}") }))
        .collect();
    records[0] = json!({ "data": 1, "external_id": "taken" });
    records[999] = json!({ "no data": "MARKER-b7f3" });
    records[1_000] = json!("MARKER-b7f3");
    records[5_000] = json!({ "data": 1, "external_id": "n-17" });
    records[7_777] = json!({ "data": 1, "metadata": [] });
    records[9_999] = json!({ "data": "z@example.com", "external_id": "" });
    let path = format!("/datasets/{dataset}/versions/draft/records");
    let answer = client
        .post(&path)
        .json(&json!({ "records": records }))
        .reply()
        .await
        .expect_status(201);
    assert!(!answer.text().contains("MARKER-b7f3"));
    let body = answer.json();
    let failed: Vec<(u64, &str)> = body["failed"]
        .as_array()
        .expect("failed")
        .iter()
        .map(|failed| {
            (
                failed["index"].as_u64().expect("an index"),
                failed["code"].as_str().expect("a code"),
            )
        })
        .collect();
    let expected = [
        (0, "VAULT_DATA_4008"),
        (999, "VAULT_VALID_3003"),
        (1_000, "VAULT_VALID_3003"),
        (5_000, "VAULT_DATA_4008"),
        (7_777, "VAULT_VALID_3003"),
        (9_999, "VAULT_VALID_3004"),
    ];
    assert_eq!(failed, expected);
    assert_eq!(body["failed"][3]["id"], "n-17");
    assert_eq!(body["created"].as_array().map(Vec::len), Some(9_994));
    assert_eq!(client.stats(&dataset).await["record_count"], 9_995);
    let items = client
        .all_pages(&format!("/datasets/{dataset}/records"), "?limit=1000", "cursor")
        .await;
    let numbers: Vec<u64> = items
        .iter()
        .filter_map(|item| item["data"]["n"].as_u64())
        .collect();
    assert_eq!(numbers.len(), 9_994);
    assert!(numbers.is_sorted(), "in the order of the batch");
}

#[tokio::test]
async fn a_batch_has_its_limits() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("batch limits").await;
    let path = format!("/datasets/{dataset}/versions/draft/records");
    let post = |body: Value| client.post(&path).json(&body).reply();
    post(json!({ "records": [] }))
        .await
        .expect_field(400, "VALID_3014", "records");
    let many: Vec<Value> = vec![json!({ "data": 1 }); 10_001];
    post(json!({ "records": many }))
        .await
        .expect_field(400, "VALID_3014", "records");
    post(json!({})).await.expect_field(400, "VALID_3002", "records");
    post(json!({ "records": [], "x": 1 }))
        .await
        .expect_field(400, "VALID_3001", "x");
    let version = format!("/datasets/{dataset}/versions/v1.0.0/records");
    client
        .post(&version)
        .json(&json!({ "records": [{ "data": 1 }] }))
        .reply()
        .await
        .expect_problem(404, "DATA_4005");
    assert_eq!(client.stats(&dataset).await["record_count"], 0);
}

#[tokio::test]
async fn a_batch_of_bad_records_alone_creates_nothing() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("bad alone").await;
    let path = format!("/datasets/{dataset}/versions/draft/records");
    let answer = client
        .post(&path)
        .json(&json!({ "records": [1, {}] }))
        .reply()
        .await
        .expect_status(201);
    assert_eq!(answer.json()["failed"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer.header("vault-position"), None);
}
