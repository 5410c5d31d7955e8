//! Datasets and records as they were: every earlier answer can be had again.

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Answer as _, Client, Reply, shared};

/// What a client saw after a write.
struct Seen {
    /// The write's `Vault-Position`.
    token: String,
    dataset: Reply,
    stats: Value,
    records: Vec<Value>,
}

async fn look(client: &Client, dataset: &str, write: &Reply, query: &str) -> Seen {
    let path = format!("/datasets/{dataset}");
    let answer = client.get(&format!("{path}{query}")).reply().await;
    let stats = client.get(&format!("{path}/stats{query}")).reply().await;
    Seen {
        token: write.header("vault-position").expect("a position").to_owned(),
        dataset: answer.expect_status(200),
        stats: stats.expect_status(200).json(),
        records: records(client, dataset, query).await,
    }
}

/// All records, two at a time.
async fn records(client: &Client, dataset: &str, query: &str) -> Vec<Value> {
    let query = if query.is_empty() {
        "?limit=2".to_owned()
    } else {
        format!("{query}&limit=2")
    };
    client
        .all_pages(&format!("/datasets/{dataset}/records"), &query, "cursor")
        .await
}

async fn write(client: &Client, method: Method, path: &str, body: Value) -> Reply {
    let answer = client.request(method, path).json(&body).reply().await;
    assert!(answer.status < 300, "{}", answer.text());
    answer
}

/// A dataset's life, and what was seen after each write of it.
async fn a_life(client: &Client) -> (String, Vec<Seen>) {
    let body =
        json!({ "name": "as it was", "description": "first", "tags": ["a", "b"], "settings": { "n": 1 } });
    let created = write(client, Method::POST, "/datasets", body).await;
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/datasets/{id}");
    let mut seen = vec![look(client, &id, &created, "").await];
    let change = |body: Value| (Method::PATCH, path.clone(), body);
    let add = |body: Value| (Method::POST, format!("{path}/records"), body);
    let steps = [
        add(json!({ "data": "one", "external_id": "e-1" })),
        change(json!({ "name": "renamed", "description": null, "tags": ["c"] })),
        add(json!({ "data": "two, a@example.com and b@example.com", "metadata": { "k": "v" } })),
        add(json!({ "data": "three, c@example.com, card 4111 1111 1111 1111", "external_id": "e-3" })),
        (Method::POST, format!("{path}/archive"), json!({})),
        (Method::POST, format!("{path}/unarchive"), json!({})),
        change(json!({ "settings": null, "task_type": "chat" })),
        add(json!({ "data": "four" })),
    ];
    for (method, path, body) in steps {
        let written = write(client, method, &path, body).await;
        seen.push(look(client, &id, &written, "").await);
    }
    (id, seen)
}

async fn compare(client: &Client, dataset: &str, was: &Seen, as_of: &str, position: u64) {
    let path = format!("/datasets/{dataset}");
    let now = client.get(&format!("{path}?as_of={as_of}")).reply().await;
    let now = now.expect_status(200);
    assert_eq!(now.json(), was.dataset.json(), "{as_of}");
    assert_eq!(now.header("etag"), was.dataset.header("etag"));
    assert_eq!(now.header("vault-as-of"), Some(position.to_string().as_str()));
    let stats = client.get(&format!("{path}/stats?as_of={as_of}")).reply().await;
    assert_eq!(stats.expect_status(200).json(), was.stats, "{as_of}");
    assert_eq!(
        records(client, dataset, &format!("?as_of={as_of}")).await,
        was.records
    );
}

#[tokio::test]
async fn what_was_answered_after_a_write_is_answered_as_of_it() {
    let (client, _) = shared::new_tenant().await;
    let (id, seen) = a_life(&client).await;
    let other = client.create_dataset("another").await;
    let deleted = client
        .request(Method::DELETE, &format!("/datasets/{id}"))
        .reply()
        .await;
    let deleted = deleted.expect_status(204);
    let events = client.all_pages("/audit/events", "?limit=1000", "after").await;
    // a write's position is that of its last event
    let mut ends: Vec<(u64, &str)> = Vec::new();
    for event in &events {
        let place = (
            event["position"].as_u64().expect("a position"),
            event["time"].as_str().expect("a time"),
        );
        match event["type"].as_str().expect("a type") {
            "pii.detected" => *ends.last_mut().expect("records were added") = place,
            "dataset.created" if event["stream"] == format!("dataset/{other}") => {}
            kind if kind.starts_with("dataset.") || kind == "records.added" => ends.push(place),
            _ => {}
        }
    }
    assert_eq!(ends.len(), seen.len() + 1, "{ends:?}");
    for (was, (position, time)) in seen.iter().zip(&ends) {
        compare(&client, &id, was, &was.token, *position).await;
        compare(&client, &id, was, &position.to_string(), *position).await;
        compare(&client, &id, was, time, *position).await;
    }
    let gone = deleted.header("vault-position").expect("a position");
    for place in [
        "",
        &format!("?as_of={gone}"),
        &format!("?as_of={}", ends[0].0 - 1),
        "?as_of=0",
    ] {
        for path in [
            format!("/datasets/{id}"),
            format!("/datasets/{id}/stats"),
            format!("/datasets/{id}/records"),
        ] {
            let answer = client.get(&format!("{path}{place}")).reply().await;
            let _ = answer.expect_problem(404, "DATA_4002");
        }
    }
}

#[tokio::test]
async fn a_record_is_there_from_its_own_event_on() {
    let (client, _) = shared::new_tenant().await;
    let id = client.create_dataset("records").await;
    let path = format!("/datasets/{id}/records");
    let body = json!({ "data": "x", "external_id": "own" });
    let added = write(&client, Method::POST, &path, body).await;
    let record = added.json()["id"].as_str().expect("an id").to_owned();
    let token = added.header("vault-position").expect("a position").to_owned();
    let events = client
        .all_pages("/audit/events", "?type=records.added", "after")
        .await;
    let position = events[0]["position"].as_u64().expect("a position");
    for name in [record.as_str(), "ext:own"] {
        for base in [path.clone(), format!("/datasets/{id}/versions/draft/records")] {
            let then = client.get(&format!("{base}/{name}?as_of={token}")).reply().await;
            assert_eq!(then.expect_status(200).json()["id"], record.as_str());
            let before = format!("{base}/{name}?as_of={}", position - 1);
            let _ = client.get(&before).reply().await.expect_problem(404, "DATA_4004");
        }
    }
}

#[tokio::test]
async fn what_is_no_point_of_the_log_is_refused() {
    let (client, _) = shared::new_tenant().await;
    let (stranger, _) = shared::new_tenant().await;
    let id = client.create_dataset("mine").await;
    let path = format!("/datasets/{id}");
    for bad in [
        "yesterday",
        "-1",
        "1.5",
        "p1.x",
        "2026-13-01T00:00:00Z",
        "99999999999",
        "2999-01-01T00:00:00Z",
    ] {
        for path in [path.clone(), format!("{path}/stats"), format!("{path}/records")] {
            let answer = client.get(&format!("{path}?as_of={bad}")).reply().await;
            answer.expect_field(400, "VALID_3025", "as_of");
        }
    }
    let _ = client
        .get(&format!("{path}?as_off=1"))
        .reply()
        .await
        .expect_status(400);
    let head = client.all_pages("/audit/events", "?limit=1000", "after").await;
    let head = &head.last().expect("an event")["position"];
    let theirs = stranger.get(&format!("{path}?as_of={head}")).reply().await;
    let _ = theirs.expect_problem(404, "DATA_4002");
}
