//! Failures that no request brings about by itself: rows that somebody changed, a kernel without randomness, a database that does not
//! answer. Each is told by its code, and none of what is behind it is shown.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use sqlx::{Connection, Executor};
use vault_tests::{Answer, Client, Deployment, Reply, finished, shared};

const MARKER: &str = "MARKER-4c1d";
/// What would come from within and must not be shown.
const TRACES: [&str; 9] = [
    MARKER,
    "sql",
    "relation",
    "ciphertext",
    "aead",
    "wrapped",
    "getrandom",
    "root.key",
    "/src/",
];

/// A tenant with a record, and who may read it.
struct Place {
    deployment: Deployment,
    client: Client,
    email: String,
    tenant: String,
    dataset: String,
    record: String,
}

impl Place {
    /// With a server that is gone when it returns: the next one remembers no key.
    async fn new() -> Self {
        let deployment = Deployment::new().await;
        let server = deployment.serve(&[]);
        let account = shared::register(&deployment, server.url(), None, "admin").await;
        let client = Client::anonymous(server.url()).with_token(&account.token);
        let dataset = client.create_dataset("at fault").await;
        let record = client.add_record(&dataset, &json!({ "data": MARKER })).await;
        Self {
            deployment,
            client,
            email: account.email,
            tenant: account.tenant,
            dataset,
            record: record["id"].as_str().expect("an id").to_owned(),
        }
    }

    async fn read(&self, client: &Client) -> Reply {
        let path = format!("/datasets/{}/records/{}", self.dataset, self.record);
        client.get(&path).reply().await
    }

    /// Changes rows, as only the superuser of the cluster can.
    async fn change(&self, statement: &str) {
        let mut sql = self.deployment.sql().await;
        let changed = sql.execute(statement).await.expect("the database answers");
        assert!(changed.rows_affected() > 0, "{statement}");
        sql.close().await.expect("closed");
    }
}

/// Checks that a fault is told as such, and nothing else.
fn expect_fault(reply: &Reply, status: u16, code: &str) {
    let problem = reply.expect_problem(status, code);
    let detail = problem["detail"].as_str().expect("a detail").to_lowercase();
    for trace in TRACES {
        assert!(!reply.text().contains(trace), "{trace}: {reply:?}");
        assert!(!detail.contains(&trace.to_lowercase()), "{trace}: {reply:?}");
    }
    for part in ["instance", "trace_id", "timestamp"] {
        assert!(problem[part].is_string(), "{reply:?}");
    }
    assert_eq!(problem["errors"], Value::Null, "{reply:?}");
}

#[tokio::test]
async fn a_content_that_somebody_changed_is_not_opened() {
    let place = Place::new().await;
    let server = place.deployment.serve(&[]);
    let client = place.client.at(server.url());
    let _ = place.read(&client).await.expect_status(200);
    place
        .change(
            "UPDATE record_contents SET ciphertext = set_bit(ciphertext, 400, 1 - get_bit(ciphertext, 400))",
        )
        .await;
    expect_fault(&place.read(&client).await, 500, "CRYPTO_5002");
    let list = client.get(&format!("/datasets/{}/records", place.dataset));
    expect_fault(&list.reply().await, 500, "CRYPTO_5002");
}

#[tokio::test]
async fn a_tenants_key_that_somebody_changed_is_refused_by_who_holds_the_root_key() {
    let place = Place::new().await;
    place
        .change(&format!(
            "UPDATE tenant_keys SET wrapped = set_bit(wrapped, 400, 1 - get_bit(wrapped, 400)) WHERE tenant_id = '{}'",
            place.tenant
        ))
        .await;
    let server = place.deployment.serve(&[]);
    let client = place.client.at(server.url());
    expect_fault(&place.read(&client).await, 500, "CRYPTO_5011");
    let add = client.post(&format!("/datasets/{}/records", place.dataset));
    expect_fault(&add.json(&json!({ "data": 1 })).reply().await, 500, "CRYPTO_5011");
    assert_eq!(
        client.get("/health/ready").reply().await.status,
        200,
        "others are served"
    );
}

#[tokio::test]
async fn an_event_that_somebody_changed_is_not_shown() {
    let place = Place::new().await;
    place.change_event().await;
    let server = place.deployment.serve(&["--role", "api"]);
    let client = place.client.at(server.url());
    expect_fault(&client.get("/audit/events").reply().await, 500, "SYS_9001");
}

impl Place {
    /// Puts what is no metadata of an event into one, and then the trigger back that would have refused it.
    async fn change_event(&self) {
        let tenant = &self.tenant;
        let rewritten = format!(
            "UPDATE events SET metadata = '{{\"actor\":\"{MARKER}\"}}' WHERE tenant_id = '{tenant}' AND event_type = 'dataset.created'"
        );
        let mut sql = self.deployment.sql().await;
        for statement in [
            "ALTER TABLE events DISABLE TRIGGER events_append_only",
            &rewritten,
            "ALTER TABLE events ENABLE TRIGGER events_append_only",
        ] {
            let _ = sql.execute(statement).await.expect("the database answers");
        }
        sql.close().await.expect("closed");
    }
}

#[tokio::test]
async fn nothing_is_written_that_could_not_be_encrypted() {
    let mut place = Place::new().await;
    let (library, fault) = (
        place.deployment.file("randomness.so"),
        place.deployment.file("no-randomness"),
    );
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("randomness.c");
    let _ = finished(
        Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(&library)
            .arg(source),
    );
    place.deployment.set(&[
        ("LD_PRELOAD", &library.to_string_lossy()),
        ("VAULT_TEST_NO_RANDOMNESS", &fault.to_string_lossy()),
    ]);
    let server = place.deployment.serve(&[]);
    let client = Client::anonymous(server.url());
    let client = client.login(&place.email, shared::PASSWORD).await;
    fs::write(&fault, "").expect("written");
    let create = async || {
        let request = client.post("/datasets").header("Idempotency-Key", "once-more");
        request.json(&json!({ "name": MARKER })).reply().await
    };
    expect_fault(&create().await, 500, "CRYPTO_5001");
    let listed = client.get("/datasets").reply().await.expect_status(200).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    fs::remove_file(&fault).expect("removed");
    let created = create().await;
    assert_eq!(
        created.header("idempotency-replayed"),
        None,
        "it was not done before"
    );
    let _ = created.expect_status(201);
}

#[tokio::test]
async fn a_request_that_takes_too_long_ends_and_is_found_again_under_its_key() {
    let mut place = Place::new().await;
    place
        .deployment
        .set(&[("VAULT_SERVER_REQUEST_TIMEOUT_MS", "400")]);
    let server = place.deployment.serve(&[]);
    let client = place.client.at(server.url());
    let mut sql = place.deployment.sql().await;
    let mut held = sql.begin().await.expect("a transaction");
    let _ = held
        .execute("LOCK TABLE read_models.datasets, events IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("locked");
    let read = client.get(&format!("/datasets/{}", place.dataset));
    expect_fault(&read.reply().await, 504, "SYS_9005");
    let create = async |client: &Client| {
        let request = client.post("/datasets").header("Idempotency-Key", "in-time");
        request.json(&json!({ "name": "too late" })).reply().await
    };
    expect_fault(&create(&client).await, 504, "SYS_9005");
    held.rollback().await.expect("unlocked");
    sql.close().await.expect("closed");
    // at a process with more patience
    let server = place
        .deployment
        .serve_with(&[("VAULT_SERVER_REQUEST_TIMEOUT_MS", "30000")]);
    let client = client.at(server.url());
    let again = create(&client).await.expect_status(201).json();
    let found = client
        .get("/datasets?name=too%20late")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found["items"][0]["id"], again["id"]);
}
