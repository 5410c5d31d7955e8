//! Bad input about datasets: refused with the field at fault, and never repeated in the answer.

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Answer, shared};

const MARKER: &str = "MARKER-b7f3";

#[tokio::test]
async fn each_bad_field_is_named_with_its_code_and_its_value_is_not_repeated() {
    let client = shared::admin().await;
    let with = |field: &str, value: Value| {
        let mut body = json!({ "name": "good" });
        body[field] = value;
        body
    };
    let long = |chars: usize| format!("{MARKER}{}", "x".repeat(chars));
    let many: Vec<String> = (0..51).map(|number| format!("{MARKER}{number}")).collect();
    let cases = [
        (json!({}), "VALID_3002", "name"),
        (json!({ "description": MARKER }), "VALID_3002", "name"),
        (with("name", json!("")), "VALID_3018", "name"),
        (with("name", json!("   ")), "VALID_3018", "name"),
        (with("name", json!(long(255))), "VALID_3018", "name"),
        (
            with("name", json!(format!("{MARKER}\u{0}"))),
            "VALID_3018",
            "name",
        ),
        (with("name", json!([MARKER])), "VALID_3003", "name"),
        (with("name", Value::Null), "VALID_3003", "name"),
        (
            with("description", json!(long(4096))),
            "VALID_3005",
            "description",
        ),
        (
            with("description", json!({ "a": MARKER })),
            "VALID_3003",
            "description",
        ),
        (with("task_type", json!(long(63))), "VALID_3005", "task_type"),
        (with("task_type", json!("")), "VALID_3006", "task_type"),
        (with("tags", json!(MARKER)), "VALID_3003", "tags"),
        (with("tags", json!(many)), "VALID_3014", "tags"),
        (with("tags", json!(["good", long(63)])), "VALID_3005", "tags[1]"),
        (with("tags", json!([""])), "VALID_3006", "tags[0]"),
        (
            with("tags", json!([format!("{MARKER}\u{7}")])),
            "VALID_3004",
            "tags[0]",
        ),
        (with("schema", json!([MARKER])), "VALID_3003", "schema"),
        (with("settings", json!(MARKER)), "VALID_3003", "settings"),
        (
            with("settings", json!({ "a": long(64 * 1024) })),
            "VALID_3005",
            "settings",
        ),
        (
            with("settings", json!({ "sensitivity": MARKER })),
            "VALID_3004",
            "settings.sensitivity",
        ),
        (
            with("settings", json!({ "sensitivity": true })),
            "VALID_3004",
            "settings.sensitivity",
        ),
        (with("nmae", json!(MARKER)), "VALID_3001", "nmae"),
    ];
    for (body, code, field) in cases {
        let answer = client.post("/datasets").json(&body).reply().await;
        answer.expect_field(400, code, field);
        assert!(!answer.text().contains(MARKER), "{answer:?}");
    }
}

#[tokio::test]
async fn a_patch_takes_the_same_care() {
    let client = shared::admin().await;
    let id = client.create_dataset("patched with care").await;
    let path = format!("/datasets/{id}");
    let cases = [
        (json!({ "name": null }), "VALID_3004", "name"),
        (json!({ "name": "" }), "VALID_3018", "name"),
        (json!({ "tags": [3] }), "VALID_3003", "tags[0]"),
        (
            json!({ "settings": { "sensitivity": "" } }),
            "VALID_3004",
            "settings.sensitivity",
        ),
        (json!({ "status": MARKER }), "VALID_3001", "status"),
    ];
    for (body, code, field) in cases {
        let answer = client.request(Method::PATCH, &path).json(&body).reply().await;
        answer.expect_field(400, code, field);
        assert!(!answer.text().contains(MARKER), "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_no_json_is_refused_by_place_and_not_by_content() {
    let client = shared::admin().await;
    let post = |kind: &'static str, body: Vec<u8>| {
        client
            .post("/datasets")
            .header("Content-Type", kind)
            .body(body)
            .reply()
    };
    for body in [
        "",
        "{",
        "{\"name\":\"MARKER-b7f3",
        "MARKER-b7f3",
        "{\"name\":\"a\"} MARKER-b7f3",
    ] {
        let answer = post("application/json", body.into()).await;
        answer.expect_problem(400, "VALID_3001");
        assert!(!answer.text().contains(MARKER), "{answer:?}");
    }
    post("application/json", b"{\"name\":\"\xff\"}".to_vec())
        .await
        .expect_problem(400, "VALID_3022");
    post("text/plain", b"{\"name\":\"a\"}".to_vec())
        .await
        .expect_field(400, "VALID_3023", "Content-Type");
    post("application/json", b"{\"name\":\"a\",\"name\":\"b\"}".to_vec())
        .await
        .expect_field(400, "VALID_3015", "name");
    let deep = format!(
        "{{\"name\":\"a\",\"settings\":{}{}}}",
        "{\"a\":".repeat(400),
        "1".to_owned() + &"}".repeat(400)
    );
    assert_eq!(post("application/json", deep.into_bytes()).await.status, 400);
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let client = shared::admin().await;
    let body = format!("{{\"name\":\"{}\"}}", "x".repeat(17 * 1024 * 1024));
    let answer = client
        .post("/datasets")
        .header("Content-Type", "application/json")
        .body(body)
        .reply()
        .await;
    answer.expect_problem(413, "VALID_3024");
}

#[tokio::test]
async fn bad_ids_and_bad_queries_are_refused_by_name() {
    let client = shared::admin().await;
    client
        .get("/datasets/MARKER-b7f3")
        .reply()
        .await
        .expect_field(400, "VALID_3010", "id");
    let unknown = "0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b";
    client
        .get(&format!("/datasets/{unknown}"))
        .reply()
        .await
        .expect_problem(404, "DATA_4002");
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=MARKER-b7f3", "limit"),
        ("cursor=MARKER-b7f3", "cursor"),
        ("sort=MARKER-b7f3:asc", "sort"),
        ("sort=name:MARKER-b7f3", "sort"),
        ("created_after=MARKER-b7f3", "created_after"),
        ("nmae=MARKER-b7f3", "nmae"),
    ] {
        let answer = client.get(&format!("/datasets?{query}")).reply().await;
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{query}: {answer:?}");
        assert!(!answer.text().contains(MARKER), "{answer:?}");
    }
}

#[tokio::test]
async fn an_array_is_not_taken_for_an_object() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("no arrays").await;
    let answer = client
        .post("/datasets")
        .json(&json!(["named by place", null, null, null, null, null]))
        .reply()
        .await;
    assert_eq!(answer.status, 400, "{answer:?}");
    let records = format!("/datasets/{dataset}/records");
    let answer = client.post(&records).json(&json!([1, null, null])).reply().await;
    assert_eq!(answer.status, 400, "{answer:?}");
    let batch = format!("/datasets/{dataset}/versions/draft/records");
    let answer = client
        .post(&batch)
        .json(&json!({ "records": [[1, null, null]] }))
        .reply()
        .await;
    assert_eq!(answer.json()["created"], json!([]), "{answer:?}");
    let lines = client
        .post(&batch)
        .header("Content-Type", "application/x-ndjson")
        .body("[1,null,null]\n");
    assert_eq!(lines.reply().await.lines()[0]["code"], "VAULT_VALID_3003");
    assert_eq!(client.stats(&dataset).await["record_count"], 0);
}
