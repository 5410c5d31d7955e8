//! The log as auditors see it.

use std::time::Duration;

use futures::StreamExt;
use serde_json::{Value, json};
use vault_tests::{Account, Answer, Client, shared};

async fn a_tenant_with_a_past() -> (Client, Account, String) {
    let (client, account) = shared::new_tenant().await;
    let dataset = client.create_dataset("MARKER-name").await;
    let record = json!({
        "data": "MARKER-data a@example.com", "metadata": { "k": "MARKER-metadata" }, "external_id": "MARKER-external",
    });
    client.add_record(&dataset, &record).await;
    let patch = json!({ "description": "MARKER-description", "tags": ["MARKER-tag"], "settings": { "a": "MARKER-s" } });
    let change = client
        .request(reqwest::Method::PATCH, &format!("/datasets/{dataset}"))
        .json(&patch);
    let _ = change.reply().await.expect_status(200);
    (client, account, dataset)
}

/// The events, once all accesses so far are among them.
async fn events(client: &Client, query: &str) -> Vec<Value> {
    client.recorded().await;
    client.all_pages("/audit/events", query, "after").await
}

/// All but the uses of keys, which come within a second, whatever else comes.
fn without_keys(events: &[Value]) -> Vec<Value> {
    let mut events = events.to_vec();
    events.retain(|event| event["type"] != "keys.used");
    events
}

fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().expect("a type"))
        .collect()
}

#[tokio::test]
async fn the_log_tells_what_happened_in_order_and_holds_no_text_of_clients() {
    let (client, account, dataset) = a_tenant_with_a_past().await;
    let all = events(&client, "?limit=1000").await;
    let expected = [
        "tenant.created",
        "user.registered",
        "session.started",
        "dataset.created",
        "records.added",
        "pii.detected",
        "dataset.updated",
    ];
    let told = without_keys(&all);
    assert_eq!(types(&told), expected);
    assert!(told.len() < all.len(), "keys were used");
    assert_eq!(events(&client, "?limit=1").await, all, "pages change nothing");
    let positions: Vec<u64> = all
        .iter()
        .map(|event| event["position"].as_u64().expect("a position"))
        .collect();
    assert!(positions.is_sorted());
    let text = json!(all).to_string();
    for hidden in ["MARKER", "a@example.com", account.email.as_str()] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    assert!(text.contains("$sealed"));
    let created = &told[3];
    assert_eq!(created["actor"], account.user);
    assert_eq!(created["stream"], format!("dataset/{dataset}"));
    assert_eq!(
        (&created["sequence"], &created["version"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(told[0].get("actor"), None, "the vault itself acted");
}

#[tokio::test]
async fn events_are_found_by_every_id_that_they_name() {
    let (client, account, dataset) = a_tenant_with_a_past().await;
    let found = async |query: &str| events(&client, &format!("?limit=2&{query}")).await;
    let added = found("type=records.added").await;
    assert_eq!(
        types(&found(&format!("resource={dataset}")).await),
        [
            "dataset.created",
            "records.added",
            "pii.detected",
            "dataset.updated"
        ]
    );
    assert_eq!(
        types(&found(&format!("subject={}", account.user)).await),
        ["user.registered", "session.started"]
    );
    let record = added[0]["payload"]["records"][0]["record_id"]
        .as_str()
        .expect("an id");
    assert_eq!(
        types(&found(&format!("resource={record}")).await),
        ["records.added", "pii.detected"]
    );
}

#[tokio::test]
async fn filters_narrow_the_log() {
    let (client, account, _) = a_tenant_with_a_past().await;
    let all = events(&client, "?limit=1000").await;
    let middle = types(&all)
        .iter()
        .position(|name| *name == "records.added")
        .expect("records");
    let found = async |query: &str| events(&client, &format!("?limit=2&{query}")).await;
    assert_eq!(
        types(&found("type=records.added,dataset.created").await),
        ["dataset.created", "records.added"]
    );
    assert_eq!(found(&format!("actor={}", account.user)).await.len(), 5);
    assert_eq!(found("type=unheard.of").await.len(), 0);
    let action = all[middle]["metadata"]["operation"]
        .as_str()
        .expect("an operation");
    assert_eq!(
        types(&found(&format!("action={action}")).await),
        ["records.added", "pii.detected"]
    );
    assert_eq!(found("action=unheard_of").await.len(), 0);
    let position = all[middle]["position"].as_u64().expect("a position");
    assert_eq!(found(&format!("until={position}")).await, all[..=middle]);
    let time = all[middle]["time"].as_str().expect("a time");
    let (before, after) = (
        found(&format!("to={time}")).await,
        found(&format!("from={time}")).await,
    );
    assert_eq!(before.len() + after.len(), all.len());
    assert!(before.iter().all(|event| event["time"].as_str() < Some(time)));
    let rest = client
        .get(&format!("/audit/events?after={position}"))
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(rest["items"], json!(all[middle + 1..]));
    for bad in [
        "limit=0",
        "limit=1001",
        "after=-1",
        "actor=x",
        "from=yesterday",
        "sort=asc",
    ] {
        assert_eq!(
            client.get(&format!("/audit/events?{bad}")).reply().await.status,
            400,
            "{bad}"
        );
    }
}

/// The ids and types of the next events of a stream.
async fn listen(client: &Client, last_seen: &str, count: usize) -> Vec<(String, String)> {
    let request = client.get("/audit/stream").header("Last-Event-ID", last_seen);
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut pieces = response.bytes_stream();
    let mut text = String::new();
    let heard = async {
        while text.matches("\n\n").count() < count {
            let piece = pieces.next().await.expect("the stream goes on").expect("a piece");
            text.push_str(&String::from_utf8_lossy(&piece));
        }
    };
    tokio::time::timeout(Duration::from_secs(30), heard)
        .await
        .expect("the events come");
    let field = |event: &str, name: &str| {
        event
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(|value| value.trim().to_owned())
            .unwrap_or_default()
    };
    text.split("\n\n")
        .filter(|event| event.contains("data:"))
        .take(count)
        .map(|event| (field(event, "id:"), field(event, "event:")))
        .collect()
}

#[tokio::test]
async fn a_stream_goes_on_after_the_last_event_that_was_seen() {
    let (client, _, dataset) = a_tenant_with_a_past().await;
    let all = events(&client, "?limit=1000").await;
    let expected: Vec<(String, String)> = all
        .iter()
        .map(|event| {
            (
                event["position"].to_string(),
                event["type"].as_str().expect("a type").to_owned(),
            )
        })
        .collect();
    assert_eq!(listen(&client, "0", expected.len()).await, expected);
    assert_eq!(
        listen(&client, &expected[2].0, expected.len() - 3).await,
        expected[3..]
    );
    // what happens while somebody listens comes at once
    let record = json!({ "data": "plain" });
    let (heard, _) = tokio::join!(
        listen(&client, &expected[expected.len() - 1].0, 1),
        client.add_record(&dataset, &record)
    );
    assert_eq!(heard[0].1, "records.added");
    let bad = client
        .get("/audit/stream")
        .header("Last-Event-ID", "x")
        .reply()
        .await;
    bad.expect_field(400, "VALID_3007", "Last-Event-ID");
}
