//! Single records: what is found in them, and that they come back as they were sent.

use serde_json::{Value, json};
use sqlx::Row;
use vault_tests::{Answer, Client, shared};

async fn read(client: &Client, dataset: &str, record: &str) -> String {
    client
        .get(&format!("/datasets/{dataset}/records/{record}"))
        .reply()
        .await
        .expect_status(200)
        .text()
}

/// The member `data` of a record's answer, as it stands in the text.
fn raw_data(answer: &str) -> &str {
    let from = answer.find("\"data\":").expect("data") + "\"data\":".len();
    let to = answer[from..].find(",\"pii_detections\"").expect("detections") + from;
    let with_metadata = &answer[from..to];
    with_metadata
        .split(",\"metadata\":")
        .next()
        .unwrap_or(with_metadata)
}

#[tokio::test]
async fn findings_are_named_by_path_and_counted_in_code_points() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("findings").await;
    let text = "😀😀 ёж mail jane.roe@example.com now";
    let data = json!({ "messages": [{ "role": "user" }, { "content": text }], "a.b": { "card": "4111 1111 1111 1111" } });
    let added = client.add_record(&dataset, &json!({ "data": data })).await;
    let found = added["pii_detections"].as_array().expect("detections");
    let email = found
        .iter()
        .find(|found| found["type"] == "email")
        .expect("the email");
    assert_eq!(email["field"], "messages[1].content");
    let start = text.chars().position(|letter| letter == 'j').expect("j");
    assert_eq!(
        (email["start"].as_u64(), email["end"].as_u64()),
        (Some(start as u64), Some(start as u64 + 20))
    );
    assert!(
        email["confidence"]
            .as_f64()
            .is_some_and(|sure| sure > 0.5 && sure <= 1.0)
    );
    let card = found
        .iter()
        .find(|found| found["type"] == "credit_card")
        .expect("the card");
    assert!(
        card["field"]
            .as_str()
            .is_some_and(|field| field.contains("a.b") && field.contains("card")),
        "{card}"
    );
    let id = added["id"].as_str().expect("an id");
    let answer: Value = serde_json::from_str(&read(&client, &dataset, id).await).expect("JSON");
    assert_eq!(answer["pii_detections"], added["pii_detections"]);
    assert_eq!(answer["data"], data);
    assert_eq!(answer["created_at"], added["created_at"]);
    assert_eq!(answer["content_hash"], added["content_hash"]);
    let stats = client.stats(&dataset).await;
    assert_eq!(stats["pii_counts"], json!({ "email": 1, "credit_card": 1 }));
}

#[tokio::test]
async fn odd_json_comes_back_byte_for_byte() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("odd JSON").await;
    for data in [
        "123456789012345678901234567890.000",
        "-0.0",
        "1E30",
        "\"\\u0000\\ud83d\\ude00\\/\"",
        "{\"b\":1,\"a\":2,\"B\":3}",
        "[ 1 ,\t2 , {} ]",
        "null",
        "\"\"",
        "{\"\":{\"\":[[],[[]]]}}",
    ] {
        let body = format!("{{\"data\":{data}}}");
        let request = client
            .post(&format!("/datasets/{dataset}/records"))
            .header("Content-Type", "application/json");
        let added = request.body(body).reply().await.expect_status(201).json();
        assert_eq!(added["size_bytes"], data.len());
        let answer = read(&client, &dataset, added["id"].as_str().expect("an id")).await;
        assert_eq!(raw_data(&answer), data);
    }
}

#[tokio::test]
async fn large_content_is_kept_outside_the_database_and_read_back() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("large").await;
    let words = (0..20_000)
        .map(|number| format!("w{number}"))
        .collect::<Vec<_>>()
        .join(" ");
    for size in [60 * 1024, 66 * 1024, 100 * 1024] {
        let data = json!({ "text": &words[..size], "mail": "big@example.com" });
        let added = client.add_record(&dataset, &json!({ "data": data })).await;
        assert_eq!(added["pii_detections"][0]["type"], "email");
        let id = added["id"].as_str().expect("an id");
        let answer: Value = serde_json::from_str(&read(&client, &dataset, id).await).expect("JSON");
        assert_eq!(answer["data"], data);
    }
    let contents = shared::deployment().await.contents();
    let stored: Vec<u64> = walkdir::WalkDir::new(contents)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| entry.metadata().ok().map(|metadata| metadata.len()))
        .collect();
    assert!(stored.iter().any(|size| *size > 100 * 1024), "{stored:?}");
}

#[tokio::test]
async fn metadata_with_a_finding_does_not_stand_in_the_read_model() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("metadata").await;
    let metadata = json!({ "lang": "en", "from": "meta.data@example.com", "n": 3 });
    let added = client
        .add_record(&dataset, &json!({ "data": "x", "metadata": metadata }))
        .await;
    assert_eq!(added["pii_detections"][0]["field"], "$metadata.from");
    let id = added["id"].as_str().expect("an id");
    let answer: Value = serde_json::from_str(&read(&client, &dataset, id).await).expect("JSON");
    assert_eq!(answer["metadata"], metadata);
    let mut sql = shared::deployment().await.sql().await;
    let row = sqlx::query(
        "SELECT metadata::text, to_jsonb(r)::text FROM read_models.records r WHERE record_id = $1::uuid",
    )
    .bind(id)
    .fetch_one(&mut sql)
    .await
    .expect("the row");
    let clear: Value = serde_json::from_str(&row.get::<String, _>(0)).expect("JSON");
    assert_eq!(clear, json!({ "lang": "en", "n": 3 }));
    assert!(!row.get::<String, _>(1).contains("meta.data"));
}

#[tokio::test]
async fn an_external_id_names_its_record_once() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("external ids").await;
    for (external, encoded) in [
        ("chat/1 ?#%&+", "chat%2F1%20%3F%23%25%26%2B"),
        ("ключ-😀", "%D0%BA%D0%BB%D1%8E%D1%87-%F0%9F%98%80"),
        ("ext:a", "ext%3Aa"),
        ("...", "%2e%2e%2e"),
    ] {
        let added = client
            .add_record(&dataset, &json!({ "data": external, "external_id": external }))
            .await;
        assert_eq!(added["external_id"], external);
        let answer: Value =
            serde_json::from_str(&read(&client, &dataset, &format!("ext:{encoded}")).await).expect("JSON");
        assert_eq!(
            (&answer["id"], &answer["external_id"]),
            (&added["id"], &added["external_id"])
        );
        let draft = client
            .get(&format!(
                "/datasets/{dataset}/versions/draft/records/ext:{encoded}"
            ))
            .reply()
            .await;
        assert_eq!(draft.expect_status(200).json(), answer);
        let again = json!({ "data": "other", "external_id": external });
        let refused = client
            .post(&format!("/datasets/{dataset}/records"))
            .json(&again)
            .reply()
            .await;
        refused.expect_problem(409, "DATA_4008");
        assert!(!refused.text().contains(external));
    }
    assert_eq!(client.stats(&dataset).await["record_count"], 4);
    let missing = client
        .get(&format!("/datasets/{dataset}/records/ext:none"))
        .reply()
        .await;
    missing.expect_problem(404, "DATA_4004");
    let other = client.create_dataset("other external ids").await;
    client
        .add_record(&other, &json!({ "data": 1, "external_id": "ext:a" }))
        .await;
}

#[tokio::test]
async fn records_are_filtered_by_what_was_found_in_them() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("filtered").await;
    for data in [
        "nothing",
        "a@example.com",
        "card 4111 1111 1111 1111",
        "b@example.com 4111 1111 1111 1111",
        "none",
    ] {
        client.add_record(&dataset, &json!({ "data": data })).await;
    }
    let path = format!("/datasets/{dataset}/records");
    let found = async |query: &str| {
        let items = client.all_pages(&path, query, "cursor").await;
        items
            .into_iter()
            .map(|item| item["data"].as_str().expect("a text")[..1].to_owned())
            .collect::<String>()
    };
    assert_eq!(found("?limit=2").await, "nacbn");
    assert_eq!(found("?limit=1&has_pii=true").await, "acb");
    assert_eq!(found("?limit=1&has_pii=false").await, "nn");
    assert_eq!(found("?limit=1&pii_type=email").await, "ab");
    assert_eq!(found("?limit=2&pii_type=credit_card&has_pii=true").await, "cb");
    assert_eq!(found("?limit=2&pii_type=iban").await, "");
    client
        .get(&format!("{path}?pii_type=soul"))
        .reply()
        .await
        .expect_field(400, "VALID_3013", "pii_type");
    client
        .get(&format!("{path}?has_pii=perhaps"))
        .reply()
        .await
        .expect_status(400)
        .expect_field(400, "VALID_3025", "has_pii");
    client
        .get(&format!("{path}?limit=1001"))
        .reply()
        .await
        .expect_status(400)
        .expect_field(400, "VALID_3025", "limit");
    client
        .get(&format!("/datasets/{dataset}/versions/v1.0.0/records"))
        .reply()
        .await
        .expect_problem(404, "DATA_4005");
}

#[tokio::test]
async fn bad_records_are_refused_without_their_values() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("bad records").await;
    let path = format!("/datasets/{dataset}/records");
    let long = format!("MARKER-b7f3{}", "x".repeat(255));
    let cases = [
        (json!({}), 400, "VALID_3002"),
        (json!({ "data": 1, "x": "MARKER-b7f3" }), 400, "VALID_3001"),
        (json!({ "data": 1, "metadata": "MARKER-b7f3" }), 400, "VALID_3003"),
        (
            json!({ "data": 1, "metadata": { "a": format!("MARKER-b7f3{}", "x".repeat(16 * 1024)) } }),
            400,
            "VALID_3004",
        ),
        (
            json!({ "data": 1, "metadata": { "a": "MARKER-b7f3\u{0}" } }),
            400,
            "VALID_3004",
        ),
        (json!({ "data": 1, "external_id": "" }), 400, "VALID_3004"),
        (json!({ "data": 1, "external_id": long }), 400, "VALID_3004"),
        (
            json!({ "data": 1, "external_id": "MARKER-b7f3\n" }),
            400,
            "VALID_3004",
        ),
        (json!({ "data": 1, "external_id": 3 }), 400, "VALID_3003"),
    ];
    for (record, status, code) in cases {
        let answer = client.post(&path).json(&record).reply().await;
        answer.expect_problem(status, code);
        assert!(!answer.text().contains("MARKER-b7f3"), "{answer:?}");
    }
    let deep = format!("{{\"data\":{}{}}}", "[".repeat(2_000), "]".repeat(2_000));
    let answer = client
        .post(&path)
        .header("Content-Type", "application/json")
        .body(deep)
        .reply()
        .await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(client.stats(&dataset).await["record_count"], 0);
}
