//! Names in free text, from outside: found in records, and gone from anonymized texts.

use serde_json::{Value, json};
use vault_tests::{Answer, shared};

const TEXT: &str = "Hi, I'm Margaret Collins. Please send it to 14 Cedar Lane, Portland, OR 97205.";

fn types(findings: &Value) -> Vec<&str> {
    let findings = findings.as_array().expect("a list of findings");
    findings
        .iter()
        .filter_map(|finding| finding["type"].as_str())
        .collect()
}

#[tokio::test]
async fn a_person_and_an_address_in_a_record_are_found() {
    let admin = shared::admin().await;
    let dataset = admin.create_dataset("Names").await;
    let record = json!({ "data": { "messages": [{ "role": "user", "content": TEXT }] } });
    let added = admin.add_record(&dataset, &record).await;
    assert_eq!(types(&added["pii_detections"]), ["person", "address"]);
    assert_eq!(added["pii_detections"][0]["field"], "messages[0].content");
}

#[tokio::test]
async fn names_are_anonymized_and_shown_with_their_offsets() {
    let admin = shared::admin().await;
    let body = json!({ "text": TEXT, "strategy": "redact" });
    let answer = admin
        .post("/anonymize")
        .json(&body)
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(
        answer["result"],
        "Hi, I'm [REDACTED]. Please send it to [REDACTED]."
    );
    let answer = admin
        .post("/detect-pii")
        .json(&json!({ "text": TEXT }))
        .reply()
        .await
        .expect_status(200)
        .json();
    let found = &answer["detections"];
    assert_eq!(types(found), ["person", "address"]);
    assert_eq!((&found[0]["start"], &found[0]["end"]), (&8.into(), &24.into()));
}
