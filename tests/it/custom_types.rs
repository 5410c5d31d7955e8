//! Types of personal data that tenants describe themselves, over HTTP.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Answer, Client, Deployment, shared};

const PATH: &str = "/privacy/custom-types";
const TEXT: &str = "é: badge BDG-12345678 works on Blue Heron";
/// How long another process may take to know of a change.
const PATIENCE: Duration = Duration::from_secs(10);

fn badge() -> Value {
    json!({
        "name": "badge", "description": "The number on a badge.", "patterns": ["\\bBDG-\\d{8}\\b"],
        "context": ["badge"], "sensitivity": "high",
    })
}

async fn define(client: &Client, definition: &Value) -> Value {
    let request = client.post(PATH).json(definition);
    request.reply().await.expect_status(201).json()
}

/// The names of the tenant's own types that are found in a text, and where.
async fn found(client: &Client, text: &str) -> Vec<(String, u64, u64)> {
    let request = client.post("/detect-pii").json(&json!({ "text": text }));
    let answer = request.reply().await.expect_status(200).json();
    let custom = answer["detections"].as_array().expect("a list").iter();
    let custom = custom.filter(|found| found["type"] == "custom");
    let offset = |found: &Value, name: &str| found[name].as_u64().expect("an offset");
    custom
        .map(|found| {
            let name = found["custom_type"].as_str().expect("a name").to_owned();
            (name, offset(found, "start"), offset(found, "end"))
        })
        .collect()
}

fn at(name: &str, start: u64, end: u64) -> (String, u64, u64) {
    (name.to_owned(), start, end)
}

#[tokio::test]
async fn a_type_is_looked_for_until_it_is_removed() {
    let (client, _) = shared::new_tenant().await;
    assert_eq!(found(&client, TEXT).await, []);
    let made = define(&client, &badge()).await;
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        (&made["name"], &made["sensitivity"], &made["strength"]),
        (&"badge".into(), &"high".into(), &"strong".into())
    );
    assert_eq!(found(&client, TEXT).await, [at("badge", 9, 21)]);

    let list = client.get(PATH).reply().await.expect_status(200).json();
    assert_eq!(list, json!({ "items": [made] }));
    let one = client
        .get(&format!("{PATH}/{id}"))
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(one, made);

    let project = json!({ "name": "project", "words": ["Blue Heron"] });
    let changed = client
        .request(Method::PUT, &format!("{PATH}/{id}"))
        .json(&project);
    let changed = changed.reply().await.expect_status(200).json();
    assert_eq!(
        (&changed["id"], &changed["patterns"], &changed["sensitivity"]),
        (&made["id"], &json!([]), &"medium".into())
    );
    assert_eq!(found(&client, TEXT).await, [at("project", 31, 41)]);

    let removed = client
        .request(Method::DELETE, &format!("{PATH}/{id}"))
        .reply()
        .await;
    assert_eq!(removed.expect_status(204).text(), "");
    assert_eq!(found(&client, TEXT).await, []);
    let again = client.request(Method::DELETE, &format!("{PATH}/{id}"));
    again.reply().await.expect_problem(404, "DATA_4001");
    client
        .get(&format!("{PATH}/{id}"))
        .reply()
        .await
        .expect_problem(404, "DATA_4001");
}

#[tokio::test]
async fn records_and_anonymization_know_it_and_findings_outlive_it() {
    let (client, _) = shared::new_tenant().await;
    let made = define(&client, &badge()).await;
    let dataset = client.create_dataset("badges").await;
    let record = json!({ "data": { "a": [TEXT] }, "metadata": { "BDG-87654321": 1 } });
    let added = client.add_record(&dataset, &record).await;
    let expected = |found: &Value| {
        let names = ["type", "custom_type", "field", "pointer", "part", "start"];
        names.map(|name| found[name].clone())
    };
    let rows = |record: &Value| -> Vec<_> {
        let found = record["pii_detections"].as_array().expect("a list");
        found
            .iter()
            .filter(|found| found["type"] == "custom")
            .map(expected)
            .collect()
    };
    let told = [
        ["custom", "badge", "a[0]", "/a/0", "value"].map(Value::from),
        [
            "custom",
            "badge",
            "$metadata.BDG-87654321",
            "/BDG-87654321",
            "key",
        ]
        .map(Value::from),
    ];
    let told: Vec<[Value; 6]> = told
        .into_iter()
        .zip([9, 0])
        .map(|([a, b, c, d, e], start)| [a, b, c, d, e, start.into()])
        .collect();
    assert_eq!(rows(&added), told);

    let only = json!({ "text": TEXT, "strategy": "redact", "entity_types": ["badge"] });
    let answer = client
        .post("/anonymize")
        .json(&only)
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(answer["result"], "é: badge [REDACTED] works on Blue Heron");

    let id = made["id"].as_str().expect("an id");
    let _ = client
        .request(Method::DELETE, &format!("{PATH}/{id}"))
        .reply()
        .await
        .expect_status(204);
    let path = format!(
        "/datasets/{dataset}/records/{}",
        added["id"].as_str().expect("an id")
    );
    let read = client.get(&path).reply().await.expect_status(200).json();
    assert_eq!(rows(&read), told);
    let request = client.post("/anonymize").json(&only);
    request
        .reply()
        .await
        .expect_field(400, "VALID_3013", "entity_types[0]");
}

#[tokio::test]
async fn a_tenants_types_are_its_own() {
    let (owner, _) = shared::new_tenant().await;
    let (stranger, _) = shared::new_tenant().await;
    let made = define(&owner, &badge()).await;
    let id = made["id"].as_str().expect("an id");
    assert_eq!(found(&stranger, TEXT).await, []);
    let list = stranger.get(PATH).reply().await.expect_status(200).json();
    assert_eq!(list, json!({ "items": [] }));
    // the same name is free for others
    define(&stranger, &json!({ "name": "badge", "words": ["Heron"] })).await;
    assert_eq!(found(&stranger, TEXT).await, [at("badge", 36, 41)]);
    assert_eq!(found(&owner, TEXT).await, [at("badge", 9, 21)]);
    let path = format!("{PATH}/{id}");
    stranger.get(&path).reply().await.expect_problem(404, "DATA_4001");
    let change = stranger.request(Method::PUT, &path).json(&badge());
    change.reply().await.expect_problem(404, "DATA_4001");
    let rename = json!({ "name": "other", "words": ["xy"] });
    let change = stranger.request(Method::PUT, &path).json(&rename);
    change.reply().await.expect_problem(404, "DATA_4001");
}

#[tokio::test]
async fn bad_definitions_are_refused_by_their_field_and_without_their_text() {
    let (client, _) = shared::new_tenant().await;
    for (definition, code, field) in [
        (json!({ "name": "A", "words": ["MARKER"] }), "VALID_3004", "name"),
        (
            json!({ "name": "email", "words": ["MARKER"] }),
            "VALID_3004",
            "name",
        ),
        (json!({ "name": "a" }), "VALID_3004", "patterns"),
        (
            json!({ "name": "a", "patterns": ["(MARKER"] }),
            "VALID_3004",
            "patterns[0]",
        ),
        (
            json!({ "name": "a", "patterns": ["(?<=MARKER)x"] }),
            "VALID_3004",
            "patterns[0]",
        ),
        (
            json!({ "name": "a", "patterns": ["(MARKER)*"] }),
            "VALID_3004",
            "patterns[0]",
        ),
        (
            json!({ "name": "a", "words": ["MARKER"], "validator": "none" }),
            "VALID_3013",
            "validator",
        ),
        (
            json!({ "name": "a", "words": ["MARKER"], "sensitivity": "most" }),
            "VALID_3013",
            "sensitivity",
        ),
        (
            json!({ "name": "a", "words": vec!["MARKER "; 5_000] }),
            "VALID_3005",
            "words",
        ),
    ] {
        let reply = client.post(PATH).json(&definition).reply().await;
        reply.expect_field(400, code, field);
        assert!(!reply.text().contains("MARKER"), "{}", reply.text());
    }
    define(&client, &badge()).await;
    let again = client.post(PATH).json(&badge()).reply().await;
    again.expect_field(409, "DATA_4006", "name");
}

#[tokio::test]
async fn as_many_as_the_limit_says_can_be_described() {
    let (client, _) = shared::new_tenant().await;
    for number in 0..64 {
        define(
            &client,
            &json!({ "name": format!("t{number}"), "words": [format!("word{number}")] }),
        )
        .await;
    }
    let one_more = client.post(PATH).json(&badge()).reply().await;
    one_more.expect_problem(409, "AUTHZ_2008");
    assert_eq!(
        found(&client, "word63 and word0").await,
        [at("t63", 0, 6), at("t0", 11, 16)]
    );
}

#[tokio::test]
async fn a_repeat_under_the_same_key_describes_nothing_twice() {
    let (client, _) = shared::new_tenant().await;
    let send = || {
        client
            .post(PATH)
            .header("Idempotency-Key", "describe-badge")
            .json(&badge())
            .reply()
    };
    let first = send().await.expect_status(201);
    let second = send().await.expect_status(201);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.json(), second.json());
}

#[tokio::test]
async fn administrators_describe_types_and_others_see_them() {
    let (admin, account) = shared::new_tenant().await;
    define(&admin, &badge()).await;
    for role in ["data_scientist", "ingest"] {
        let (client, _) = shared::new_user(&account.tenant, role).await;
        assert_eq!(found(&client, TEXT).await, [at("badge", 9, 21)]);
        let _ = client.get(PATH).reply().await.expect_status(200);
        let refused = client.post(PATH).json(&json!({ "name": "x", "words": ["xy"] }));
        refused.reply().await.expect_problem(403, "AUTHZ_2001");
    }
    let nobody = shared::anonymous().await;
    nobody.get(PATH).reply().await.expect_problem(401, "AUTH_1005");
}

#[tokio::test]
async fn the_log_tells_of_changes_and_seals_what_they_say() {
    let (client, _) = shared::new_tenant().await;
    let definition = json!({ "name": "marker_b7f3", "words": ["MARKER-b7f3"], "description": "MARKER-b7f3" });
    define(&client, &definition).await;
    let events = client.all_pages("/audit/events", "?limit=100", "after").await;
    let last = events.last().expect("an event");
    assert_eq!(last["type"], "custom_type.defined");
    assert!(
        last["stream"]
            .as_str()
            .is_some_and(|stream| stream.starts_with("custom_types/")),
        "{last}"
    );
    assert_eq!(last["metadata"]["operation"], "define_custom_type");
    let text = Value::from(events).to_string().to_lowercase();
    assert!(!text.contains("b7f3"), "{text}");
}

#[tokio::test]
async fn another_process_looks_for_it_within_moments_and_a_new_one_at_once() {
    let deployment = Deployment::new().await;
    let servers = [deployment.serve(&[]), deployment.serve(&[])];
    let account = shared::register(&deployment, servers[0].url(), None, "admin").await;
    let here = Client::anonymous(servers[0].url()).with_token(&account.token);
    let there = here.at(servers[1].url());
    // so that both hold a detector
    assert_eq!(found(&here, TEXT).await, []);
    assert_eq!(found(&there, TEXT).await, []);
    let made = define(&here, &badge()).await;
    let known = async { while found(&there, TEXT).await.is_empty() {} };
    tokio::time::timeout(PATIENCE, known)
        .await
        .expect("it hears of the type");
    let path = format!("{PATH}/{}", made["id"].as_str().expect("an id"));
    let _ = there
        .request(Method::DELETE, &path)
        .reply()
        .await
        .expect_status(204);
    let forgotten = async { while !found(&here, TEXT).await.is_empty() {} };
    tokio::time::timeout(PATIENCE, forgotten)
        .await
        .expect("it hears that the type is gone");
    define(&there, &badge()).await;
    let newer = deployment.serve(&[]);
    assert_eq!(found(&here.at(newer.url()), TEXT).await, [at("badge", 9, 21)]);
}
