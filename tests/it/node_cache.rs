//! Rows that a node remembers: given without the database, and never when something has changed.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Account, Answer, Client, Deployment, Server, shared};

/// How long another node may take to know of a change.
const FELT_WITHIN: Duration = Duration::from_secs(1);
/// How long it may take until something is remembered, or a way to the database is found again.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long an answer may take that needs no database.
const AT_ONCE: Duration = Duration::from_millis(300);
/// How often a writer reads what it has just written.
const WRITES: usize = 25;

/// Two nodes on one database, and the administrator of a tenant at each.
struct Nodes {
    deployment: Deployment,
    servers: [Server; 2],
    admin: Account,
    here: Client,
    there: Client,
}

impl Nodes {
    async fn start() -> Self {
        let deployment = Deployment::new().await;
        let servers = [deployment.serve(&[]), deployment.serve_as("api", &[])];
        let admin = shared::register(&deployment, servers[0].url(), None, "admin").await;
        let here = Client::anonymous(servers[0].url()).with_token(&admin.token);
        let there = here.at(servers[1].url());
        Self {
            deployment,
            servers,
            admin,
            here,
            there,
        }
    }
}

/// How many reads were answered from memory.
async fn hits(client: &Client) -> u64 {
    let metrics = client.metrics().await.unwrap_or_default();
    let name = "remembered_rows_reads_total{outcome=\"hit\"} ";
    let count = metrics.lines().find_map(|line| line.strip_prefix(name));
    count.map_or(0, |count| count.parse().expect("a number"))
}

async fn get(client: &Client, dataset: &str) -> (u16, Value) {
    let reply = client.get(&format!("/datasets/{dataset}")).reply().await;
    (reply.status, reply.json())
}

async fn name(client: &Client, dataset: &str) -> String {
    let (status, body) = get(client, dataset).await;
    assert_eq!(status, 200, "{body}");
    body["name"].as_str().expect("a name").to_owned()
}

async fn rename(client: &Client, dataset: &str, name: &str) -> String {
    let path = format!("/datasets/{dataset}");
    let request = client
        .request(Method::PATCH, &path)
        .json(&json!({ "name": name }));
    let reply = request.reply().await.expect_status(200);
    reply.header("Vault-Position").expect("a position").to_owned()
}

/// Reads a dataset until the node gives it from memory.
async fn remembered(client: &Client, dataset: &str) {
    let before = hits(client).await;
    let given = async {
        while hits(client).await == before {
            name(client, dataset).await;
        }
    };
    tokio::time::timeout(PATIENCE, given)
        .await
        .expect("is remembered");
}

async fn within(patience: Duration, holds: impl AsyncFn() -> bool) {
    let held = async { while !holds().await {} };
    tokio::time::timeout(patience, held).await.expect("felt in time");
}

#[tokio::test]
async fn a_change_is_read_at_once_where_it_was_made_and_elsewhere_within_a_second() {
    let nodes = Nodes::start().await;
    let (here, there) = (&nodes.here, &nodes.there);
    let dataset = here.create_dataset("first").await;
    remembered(here, &dataset).await;
    remembered(there, &dataset).await;
    rename(here, &dataset, "second").await;
    within(FELT_WITHIN, async || name(there, &dataset).await == "second").await;

    for number in 0..WRITES {
        let wanted = format!("number {number}");
        let position = rename(here, &dataset, &wanted).await;
        assert_eq!(name(here, &dataset).await, wanted);
        let request = there.get(&format!("/datasets/{dataset}"));
        let reply = request.header("Vault-Min-Position", position).reply().await;
        assert_eq!(reply.expect_status(200).json()["name"], wanted.as_str());
    }

    remembered(there, &dataset).await;
    let reply = there.get(&format!("/datasets/{dataset}")).reply().await;
    let tag = reply.header("ETag").expect("a tag").to_owned();
    let request = here.request(Method::PATCH, &format!("/datasets/{dataset}"));
    let request = request
        .header("If-Match", tag)
        .json(&json!({ "description": "of that state" }));
    let _ = request.reply().await.expect_status(200);
    let health = there
        .get("/health/detailed")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(health["cache"]["current"], true);
}

#[tokio::test]
async fn an_archived_dataset_says_so_and_a_deleted_one_is_gone_within_a_second() {
    let nodes = Nodes::start().await;
    let (here, there) = (&nodes.here, &nodes.there);
    let dataset = here.create_dataset("for a while").await;
    remembered(there, &dataset).await;
    let archive = here.post(&format!("/datasets/{dataset}/archive"));
    let _ = archive.reply().await.expect_status(200);
    within(FELT_WITHIN, async || {
        get(there, &dataset).await.1["status"] == "archived"
    })
    .await;
    remembered(there, &dataset).await;
    let delete = here.request(Method::DELETE, &format!("/datasets/{dataset}"));
    let _ = delete.reply().await.expect_status(204);
    assert_eq!(get(here, &dataset).await.0, 404);
    within(FELT_WITHIN, async || get(there, &dataset).await.0 == 404).await;
}

#[tokio::test]
async fn who_may_not_see_it_any_more_is_told_so_within_a_second() {
    let nodes = Nodes::start().await;
    let (here, there) = (&nodes.here, &nodes.there);
    let dataset = here.create_dataset("not for everybody").await;
    let server = &nodes.servers[1];
    let auditor = shared::register(
        &nodes.deployment,
        server.url(),
        Some(&nodes.admin.tenant),
        "auditor",
    )
    .await;
    let auditor = there.with_token(&auditor.token);
    let stranger = shared::register(&nodes.deployment, server.url(), None, "admin").await;
    let stranger = there.with_token(&stranger.token);
    remembered(&auditor, &dataset).await;
    assert_eq!(get(&stranger, &dataset).await.0, 404);

    let forbid = "forbid (principal in Role::\"auditor\", action, resource);";
    let policy = here
        .post("/policies")
        .json(&json!({ "name": "not for them", "policy": forbid }));
    let policy = policy.reply().await.expect_status(201).json();
    within(FELT_WITHIN, async || get(&auditor, &dataset).await.0 == 404).await;
    let id = policy["id"].as_str().expect("an id");
    let _ = here
        .request(Method::DELETE, &format!("/policies/{id}"))
        .reply()
        .await;
    within(FELT_WITHIN, async || get(&auditor, &dataset).await.0 == 200).await;

    remembered(&auditor, &dataset).await;
    let _ = here
        .with_token(auditor.token())
        .post("/auth/logout")
        .reply()
        .await
        .expect_status(204);
    within(FELT_WITHIN, async || get(&auditor, &dataset).await.0 == 401).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_cannot_hear_of_changes_gives_nothing_from_memory() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let (cut_off, proxy) = deployment.serve_through_proxy().await;
    let admin = shared::register(&deployment, server.url(), None, "admin").await;
    let here = Client::anonymous(server.url()).with_token(&admin.token);
    let there = here.at(cut_off.url());
    let dataset = here.create_dataset("before").await;
    let path = format!("/datasets/{dataset}");
    let at_once = async || {
        let answer = there.get(&path).timeout(AT_ONCE).send().await.ok()?;
        if answer.status() != 200 {
            return None;
        }
        let body: Value = answer.json().await.ok()?;
        body["name"].as_str().map(str::to_owned)
    };
    remembered(&there, &dataset).await;
    proxy.fall_silent();
    assert_eq!(at_once().await.as_deref(), Some("before"), "it is not known yet");
    let silent_since = Instant::now();
    within(FELT_WITHIN + AT_ONCE * 2, async || at_once().await.is_none()).await;
    rename(&here, &dataset, "after").await;
    while silent_since.elapsed() < FELT_WITHIN * 3 {
        assert_eq!(at_once().await, None);
    }

    proxy.speak();
    within(PATIENCE, async || at_once().await.as_deref() == Some("after")).await;
    remembered(&there, &dataset).await;
    assert_eq!(name(&there, &dataset).await, "after");
}

#[tokio::test]
async fn a_node_without_room_remembers_nothing() {
    let deployment = Deployment::new().await;
    let server = deployment.serve_with(&[("VAULT_SERVER_CACHE_BYTES", "0")]);
    let admin = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&admin.token);
    let dataset = client.create_dataset("read from the database").await;
    for _ in 0..5 {
        assert_eq!(name(&client, &dataset).await, "read from the database");
    }
    assert_eq!(hits(&client).await, 0);
    let health = client
        .get("/health/detailed")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(health.get("cache"), None);
}
