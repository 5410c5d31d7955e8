//! Projectors: another process takes over, a poisoned event stops one alone, and an operator can let it pass.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::PgConnection;
use vault_tests::{Answer, Client, Deployment, finished, shared};

const READ_MODELS: [&str; 3] = ["datasets", "records", "dataset_stats"];
/// How long a test waits for what should come soon.
const PATIENCE: Duration = Duration::from_secs(30);

/// A metric about a projection, as a process tells it.
async fn metric(client: &Client, name: &str, projection: &str) -> Option<f64> {
    let text = client.metrics().await?;
    let beginning = format!("{name}{{projection=\"{projection}\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&beginning))?;
    line.parse().ok()
}

/// Waits until every read model's metric is as wanted, and says how long that took.
async fn until_all(client: &Client, name: &str, wanted: impl Fn(f64) -> bool) -> Duration {
    let begun = Instant::now();
    let all = async {
        for projection in READ_MODELS {
            while !metric(client, name, projection).await.is_some_and(&wanted) {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::time::timeout(PATIENCE, all)
        .await
        .expect("the metric is as wanted");
    begun.elapsed()
}

fn leads(value: f64) -> bool {
    value > 0.5
}

async fn assert_writes_are_read(client: &Client, name: &str) {
    let dataset = client.create_dataset(name).await;
    client.add_record(&dataset, &json!({ "data": 1 })).await;
    assert_eq!(client.stats(&dataset).await["record_count"], 1);
}

#[tokio::test]
async fn another_process_takes_over_within_two_seconds_when_a_leader_is_killed() {
    let deployment = Deployment::new().await;
    let mut first = deployment.serve(&[]);
    until_all(&Client::anonymous(first.url()), "projection_leads", leads).await;
    let second = deployment.serve(&[]);
    let account = shared::register(&deployment, second.url(), None, "admin").await;
    let client = Client::anonymous(second.url()).with_token(&account.token);
    assert_writes_are_read(&client, "first").await;
    for projection in READ_MODELS {
        let here = metric(&client, "projection_leads", projection).await;
        assert!(!here.is_some_and(leads), "{projection}");
    }
    first.kill();
    let took = until_all(&client, "projection_leads", leads).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_writes_are_read(&client, "second").await;
}

#[tokio::test]
async fn another_process_takes_over_within_five_seconds_when_a_leader_falls_silent() {
    let deployment = Deployment::new().await;
    let (first, proxy) = deployment.serve_through_proxy().await;
    until_all(&Client::anonymous(first.url()), "projection_leads", leads).await;
    let second = deployment.serve(&[]);
    let account = shared::register(&deployment, second.url(), None, "admin").await;
    let client = Client::anonymous(second.url()).with_token(&account.token);
    assert_writes_are_read(&client, "first").await;
    proxy.fall_silent();
    let took = until_all(&client, "projection_leads", leads).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_writes_are_read(&client, "second").await;
    // the one that cannot be heard knows that it leads no more
    until_all(&Client::anonymous(first.url()), "projection_leads", |value| {
        !leads(value)
    })
    .await;
}

#[tokio::test]
async fn every_process_tells_how_far_projectors_are_behind() {
    let deployment = Deployment::new().await;
    let api = deployment.serve(&["--role", "api"]);
    let mut projectors = deployment.serve(&[]);
    let account = shared::register(&deployment, api.url(), None, "admin").await;
    let client = Client::anonymous(api.url()).with_token(&account.token);
    assert_writes_are_read(&client, "first").await;
    until_all(&client, "projection_lag_events", |lag| lag < 0.5).await;
    projectors.kill();
    let late = client
        .post("/datasets")
        .json(&json!({ "name": "late" }))
        .reply()
        .await
        .expect_status(201);
    assert_eq!(late.header("Vault-Read-Models"), Some("behind"));
    until_all(&client, "projection_lag_events", |lag| lag > 0.5).await;
    until_all(&client, "projection_lag_seconds", |lag| lag > 0.5).await;
    for state in states(&client).await {
        assert!(state["lag_events"].as_u64() > Some(0), "{state}");
        assert!(state["lag_seconds"].as_f64() > Some(0.5), "{state}");
    }
    let _projectors = deployment.serve(&[]);
    until_all(&client, "projection_lag_seconds", |lag| lag < 0.001).await;
}

async fn states(client: &Client) -> Vec<Value> {
    let health = client
        .get("/health/detailed")
        .reply()
        .await
        .expect_status(200)
        .json();
    health["projections"].as_array().expect("states").clone()
}

async fn state_of(client: &Client, projection: &str) -> Value {
    let states = states(client).await;
    let named = states.into_iter().find(|state| state["name"] == projection);
    named.expect("a state")
}

/// Puts an event at the end of the log that the projector of `records` cannot open, past the appender.
async fn poison(sql: &mut PgConnection, dataset: &str) -> u64 {
    let payload = json!({
        "dataset_id": dataset,
        "records": [{
            "record_id": "0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b", "content": "00".repeat(32), "size_bytes": 1,
            "metadata": { "$sealed": "AQID" },
        }],
    });
    sqlx::raw_sql("BEGIN; SELECT pg_advisory_xact_lock(7165721011)")
        .execute(&mut *sql)
        .await
        .expect("the log's lock");
    let position: i64 = sqlx::query_scalar(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
         position, tenant_position, event_id, tenant_id, recorded_at, event_hash, leaf_hash) \
         SELECT 'record_batch', gen_random_uuid()::text, 1, 'records.added', '1', $1::json, e.metadata, e.position + 1, \
         e.tenant_position + 1, gen_random_uuid(), e.tenant_id, e.recorded_at, e.event_hash, e.leaf_hash \
         FROM events e ORDER BY e.position DESC LIMIT 1 RETURNING position",
    )
    .bind(payload.to_string())
    .fetch_one(&mut *sql)
    .await
    .expect("inserted");
    sqlx::raw_sql("COMMIT").execute(sql).await.expect("committed");
    position.unsigned_abs()
}

async fn until_state(client: &Client, projection: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let reached = async {
        loop {
            let state = state_of(client, projection).await;
            if wanted(&state) {
                return state;
            }
        }
    };
    tokio::time::timeout(PATIENCE, reached)
        .await
        .expect("the projection stands as wanted")
}

/// What the metrics say of a projector of records that stopped there.
fn stopped_at(position: &str) -> String {
    format!("projection_stopped_position{{projection=\"records\"}} {position}\n")
}

#[tokio::test]
async fn a_poisoned_event_stops_one_projector_until_an_operator_lets_it_pass() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("poisoned").await;
    let mut sql = deployment.sql().await;
    let bad = poison(&mut sql, &dataset).await;
    client.add_record(&dataset, &json!({ "data": "after" })).await;

    let stopped = until_state(&client, "records", |state| state["stopped_position"] == bad).await;
    assert_eq!(stopped["position"], bad - 1);
    assert_eq!(stopped["stopped_reason"], "sealed");
    let health = client
        .get("/health/detailed")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(health["status"], "degraded");
    let named = async {
        let at = bad.to_string();
        while !client
            .metrics()
            .await
            .is_some_and(|text| text.contains(&stopped_at(&at)))
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, named)
        .await
        .expect("the metric names it");
    for other in ["datasets", "dataset_stats"] {
        let state = until_state(&client, other, |state| state["position"].as_u64() > Some(bad)).await;
        assert_eq!(state["stopped_position"], Value::Null, "{other}");
    }

    expect_refusals(&deployment, bad).await;
    let at = bad.to_string();
    let reason = "ticket 88: Gj7Wq2Lt9";
    for said in ["passes over", "passed over"] {
        let output = finished(&mut skip(
            &deployment,
            &["records", "--position", &at, "--reason", reason],
        ));
        assert!(output.contains(said) && output.contains(&at), "{output}");
    }
    let state = until_state(&client, "records", |state| state["position"].as_u64() > Some(bad)).await;
    assert_eq!(state["stopped_position"], Value::Null);
    assert_writes_are_read(&client, "second").await;

    expect_one_sealed_decision(&mut sql, &account.tenant).await;
    let audited = client
        .get("/audit/events?action=skip_event")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(audited["items"].as_array().map(Vec::len), Some(1), "{audited}");

    let said = finished(deployment.command().args(["projections", "rebuild", "records"]));
    assert!(said.contains("records: rebuilt"), "{said}");
}

fn skip(deployment: &Deployment, arguments: &[&str]) -> Command {
    let mut command = deployment.command();
    command.args(["projections", "skip"]).args(arguments);
    command
}

/// Checks that nothing is skipped without a reason, in another place, or where nothing stopped.
async fn expect_refusals(deployment: &Deployment, stopped_at: u64) {
    let at = stopped_at.to_string();
    for refused in [
        vec!["records", "--position", &at],
        vec!["records", "--position", &at, "--reason", "  "],
        vec!["records", "--position", "1", "--reason", "wrong place"],
        vec!["datasets", "--position", &at, "--reason", "not stopped"],
        vec!["kafka", "--position", &at, "--reason", "no such one"],
    ] {
        assert!(
            !skip(deployment, &refused).status().expect("it runs").success(),
            "{refused:?}"
        );
    }
    let told = "SELECT count(*) FROM events WHERE event_type = 'projection.skipped'";
    let none: i64 = sqlx::query_scalar(told)
        .fetch_one(&mut deployment.sql().await)
        .await
        .expect("a count");
    assert_eq!(none, 0, "what was refused is no event");
}

/// Checks that the decision stands in the log of the event's tenant, once, and tells its reason to nobody.
async fn expect_one_sealed_decision(sql: &mut PgConnection, tenant: &str) {
    let query = "SELECT tenant_id::text, payload::text FROM events WHERE event_type = 'projection.skipped'";
    let skipped: Vec<(String, String)> = sqlx::query_as(query).fetch_all(sql).await.expect("the event");
    assert_eq!(skipped.len(), 1, "once, though it was asked for twice");
    assert_eq!(skipped[0].0, tenant);
    assert!(skipped[0].1.contains("$sealed") && !skipped[0].1.contains("Gj7Wq2Lt9"));
}
