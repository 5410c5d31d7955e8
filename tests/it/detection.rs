//! What the vault finds, asked over HTTP.

use serde_json::{Value, json};
use vault_tests::{Answer, Client, shared};

async fn detected(client: &Client, body: &Value) -> Vec<(String, u64, u64)> {
    let answer = client
        .post("/detect-pii")
        .json(body)
        .reply()
        .await
        .expect_status(200)
        .json();
    let item = |found: &Value| {
        let offset = |name: &str| found[name].as_u64().expect("an offset");
        (
            found["type"].as_str().expect("a type").to_owned(),
            offset("start"),
            offset("end"),
        )
    };
    answer["detections"]
        .as_array()
        .expect("detections")
        .iter()
        .map(item)
        .collect()
}

fn found(kind: &str, start: u64, end: u64) -> (String, u64, u64) {
    (kind.to_owned(), start, end)
}

#[tokio::test]
async fn the_entity_types_are_listed_with_their_facts() {
    let client = shared::admin().await;
    let list = client
        .get("/privacy/entity-types")
        .reply()
        .await
        .expect_status(200)
        .json();
    let items = list["items"].as_array().expect("items");
    let named = |name: &str| items.iter().find(|item| item["name"] == name).expect("a type");
    assert!(items.len() > 100);
    for name in [
        "email",
        "person",
        "address",
        "location",
        "organization",
        "uk_nhs",
        "custom",
    ] {
        assert!(
            named(name)["description"]
                .as_str()
                .is_some_and(|text| text.ends_with('.'))
        );
    }
    let ssn = named("us_ssn");
    assert_eq!(ssn["category"], "government_id");
    assert_eq!(ssn["sensitivity"], "high");
    assert_eq!(ssn["jurisdictions"], json!(["US"]));
    assert_eq!(ssn["regulations"], json!(["GDPR", "CCPA", "HIPAA"]));
    assert_eq!(
        named("credit_card")["regulations"],
        json!(["GDPR", "CCPA", "HIPAA", "PCI"])
    );
    shared::anonymous()
        .await
        .get("/privacy/entity-types")
        .reply()
        .await
        .expect_problem(401, "AUTH_1005");
}

#[tokio::test]
async fn numbers_of_many_countries_are_found_and_their_near_misses_are_not() {
    let client = shared::admin().await;
    let text = "NHS number 943 476 5919, CPF 529.982.247-25, DNI 12345678Z";
    let expected = [
        found("uk_nhs", 11, 23),
        found("br_cpf", 29, 43),
        found("es_nif", 49, 58),
    ];
    assert_eq!(detected(&client, &json!({ "text": text })).await, expected);
    let text = "NHS number 943 476 5918, CPF 529.982.247-26, DNI 12345678A";
    let near = detected(&client, &json!({ "text": text })).await;
    assert!(
        !near
            .iter()
            .any(|(kind, ..)| ["uk_nhs", "br_cpf", "es_nif"].contains(&kind.as_str())),
        "{near:?}"
    );
}

#[tokio::test]
async fn a_fields_name_is_context_and_look_alikes_hide_nothing() {
    let client = shared::admin().await;
    let data = json!({ "patient": { "age": 47, "nhsNumber": "9434765919" }, "total": 9_434_765_919_u64 });
    let expected = [found("age", 0, 2), found("uk_nhs", 0, 10)];
    assert_eq!(detected(&client, &json!({ "data": data })).await, expected);
    let hidden = "card ４１１１ １１１１\u{200b} １１１１ １１１１.";
    assert_eq!(
        detected(&client, &json!({ "text": hidden })).await,
        [found("credit_card", 5, 25)]
    );
}

#[tokio::test]
async fn what_is_less_sure_is_told_to_those_who_ask() {
    let client = shared::admin().await;
    let text = "Seen on 2024-05-06.";
    assert_eq!(detected(&client, &json!({ "text": text })).await, []);
    let asked = json!({ "text": text, "min_confidence": 0.3 });
    assert_eq!(detected(&client, &asked).await, [found("date_time", 8, 18)]);
}

#[tokio::test]
async fn findings_in_json_are_pointed_to_in_values_and_in_keys() {
    let client = shared::admin().await;
    let data = json!({ "a/b": [{ "m~n": ["x", "jo@acme.org"] }], "li@acme.org": 1 });
    let request = client.post("/detect-pii").json(&json!({ "data": data }));
    let answer = request.reply().await.expect_status(200).json();
    let told = |found: &Value| ["field", "pointer", "part"].map(|name| found[name].clone());
    let found: Vec<_> = answer["detections"]
        .as_array()
        .expect("a list")
        .iter()
        .map(told)
        .collect();
    assert_eq!(
        found,
        [
            [
                json!("[\"a/b\"][0][\"m~n\"][1]"),
                json!("/a~1b/0/m~0n/1"),
                json!("value")
            ],
            [json!("[\"li@acme.org\"]"), json!("/li@acme.org"), json!("key")],
        ]
    );
    let text = client.post("/detect-pii").json(&json!({ "text": "jo@acme.org" }));
    let text = text.reply().await.expect_status(200).json();
    assert!(text["detections"][0].get("pointer").is_none() && text["detections"][0].get("part").is_none());
}

#[tokio::test]
async fn test_values_are_reported_and_flagged() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("test values").await;
    for (text, kind, is_test) in [
        ("card 4242 4242 4242 4242", "credit_card", true),
        ("card 4532 0151 1283 0366", "credit_card", false),
        ("SSN 078-05-1120", "us_ssn", true),
        ("SSN 536-22-1234", "us_ssn", false),
        ("ip 203.0.113.9", "ip_address", true),
        ("ip 81.2.69.160", "ip_address", false),
    ] {
        let request = client.post("/detect-pii").json(&json!({ "text": text }));
        let answer = request.reply().await.expect_status(200).json();
        let found = &answer["detections"][0];
        assert_eq!(
            (&found["type"], found["test_value"] == true),
            (&json!(kind), is_test),
            "{text}"
        );
        let added = client.add_record(&dataset, &json!({ "data": text })).await;
        let path = format!(
            "/datasets/{dataset}/records/{}",
            added["id"].as_str().expect("an id")
        );
        let read = client.get(&path).reply().await.expect_status(200).json();
        for record in [added, read] {
            let found = &record["pii_detections"][0];
            assert_eq!(
                (&found["type"], found["test_value"] == true),
                (&json!(kind), is_test),
                "{text}"
            );
            assert_eq!(
                (&found["pointer"], &found["part"]),
                (&json!(""), &json!("value")),
                "{text}"
            );
        }
    }
}
