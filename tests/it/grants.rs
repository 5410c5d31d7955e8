//! Rights to one dataset that are given for a time, over HTTP.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Answer, Client, Deployment, Reply, shared};

/// How long another process may take to know of a change.
const FELT_WITHIN: Duration = Duration::from_secs(1);
/// How long a short grant holds, and how long a test waits for its end.
const SHORT: &str = "3 s";
const HELD: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(30);

async fn give(client: &Client, dataset: &str, grant: &Value) -> Reply {
    let request = client.post(&format!("/datasets/{dataset}/grants")).json(grant);
    request.reply().await
}

async fn revoke(client: &Client, dataset: &str, grant: &Value) -> Reply {
    let id = grant["id"].as_str().expect("an id");
    let path = format!("/datasets/{dataset}/grants/{id}");
    client.request(Method::DELETE, &path).reply().await
}

async fn reads(client: &Client, dataset: &str) -> u16 {
    let path = format!("/datasets/{dataset}/records");
    client.get(&path).reply().await.status
}

/// The time after an interval from now on.
async fn after(deployment: &Deployment, interval: &str) -> String {
    let mut sql = deployment.sql().await;
    sqlx::query_scalar("SELECT to_json(now() + $1::text::interval) #>> '{}'")
        .bind(interval)
        .fetch_one(&mut sql)
        .await
        .expect("a time")
}

fn reading(to: &Value) -> Value {
    let mut grant = json!({ "actions": ["record:read"], "reason": "an incident" });
    for (name, value) in to.as_object().expect("an object") {
        grant[name] = value.clone();
    }
    grant
}

async fn within(patience: Duration, status: u16, call: impl AsyncFn() -> u16) {
    let answered = async { while call().await != status {} };
    tokio::time::timeout(patience, answered)
        .await
        .expect("felt in time");
}

#[tokio::test]
async fn a_user_may_do_what_was_given_until_it_is_taken_back() {
    let (admin, account) = shared::new_tenant().await;
    let (auditor, who) = shared::new_user(&account.tenant, "auditor").await;
    let (other, _) = shared::new_user(&account.tenant, "auditor").await;
    let dataset = admin.create_dataset("given").await;
    let elsewhere = admin.create_dataset("not given").await;
    assert_eq!(reads(&auditor, &dataset).await, 403);
    let given = give(&admin, &dataset, &reading(&json!({ "user_id": who.user }))).await;
    let given = given.expect_status(201).json();
    assert_eq!(reads(&auditor, &dataset).await, 200);
    assert_eq!(
        (reads(&other, &dataset).await, reads(&auditor, &elsewhere).await),
        (403, 403)
    );
    let list = auditor.get(&format!("/datasets/{dataset}/grants")).reply().await;
    assert_eq!(list.expect_status(200).json(), json!({ "items": [given] }));
    let question = json!({
        "action": "record:read", "dataset_id": dataset,
        "principal": { "user_id": who.user, "roles": ["auditor"] },
    });
    let answer = admin.post("/policies/evaluate").json(&question).reply().await;
    let by = format!("grant.{}", given["id"].as_str().expect("an id"));
    assert_eq!(answer.expect_status(200).json()["permitting"], json!([by]));
    let _ = revoke(&admin, &dataset, &given).await.expect_status(204);
    assert_eq!(reads(&auditor, &dataset).await, 403);
    revoke(&admin, &dataset, &given)
        .await
        .expect_problem(404, "DATA_4001");
}

#[tokio::test]
async fn a_role_is_given_rights_and_nothing_that_is_forbidden() {
    let (admin, account) = shared::new_tenant().await;
    let (auditor, _) = shared::new_user(&account.tenant, "auditor").await;
    let (outsider, _) = shared::new_user(&account.tenant, "external_consumer").await;
    let dataset = admin.create_dataset("for a role").await;
    for role in ["auditor", "external_consumer"] {
        let given = give(&admin, &dataset, &reading(&json!({ "role": role }))).await;
        let _ = given.expect_status(201);
    }
    assert_eq!(
        (reads(&auditor, &dataset).await, reads(&outsider, &dataset).await),
        (200, 403)
    );
    let forbid = r#"forbid (principal in Role::"auditor", action == Action::"record:read", resource);"#;
    let policy = json!({ "name": "none", "policy": forbid });
    let _ = admin
        .post("/policies")
        .json(&policy)
        .reply()
        .await
        .expect_status(201);
    assert_eq!(reads(&auditor, &dataset).await, 403);
}

#[tokio::test]
async fn a_grant_ends_by_the_clock_on_every_process() {
    let deployment = Deployment::new().await;
    let servers = [deployment.serve(&[]), deployment.serve(&[])];
    let admin = shared::register(&deployment, servers[0].url(), None, "admin").await;
    let auditor = shared::register(&deployment, servers[0].url(), Some(&admin.tenant), "auditor").await;
    let admin = Client::anonymous(servers[0].url()).with_token(&admin.token);
    let here = Client::anonymous(servers[0].url()).with_token(&auditor.token);
    let there = here.at(servers[1].url());
    let dataset = admin.create_dataset("for a while").await;
    // so that both remember that nothing was given
    assert_eq!(
        (reads(&here, &dataset).await, reads(&there, &dataset).await),
        (403, 403)
    );
    let lasting = give(&admin, &dataset, &reading(&json!({ "user_id": auditor.user }))).await;
    let lasting = lasting.expect_status(201).json();
    within(FELT_WITHIN, 200, async || reads(&there, &dataset).await).await;
    let _ = revoke(&admin.at(servers[1].url()), &dataset, &lasting)
        .await
        .expect_status(204);
    within(FELT_WITHIN, 403, async || reads(&here, &dataset).await).await;
    let begun = Instant::now();
    let end = after(&deployment, SHORT).await;
    let short = reading(&json!({ "user_id": auditor.user, "expires_at": end }));
    let _ = give(&admin, &dataset, &short).await.expect_status(201);
    within(FELT_WITHIN, 200, async || reads(&there, &dataset).await).await;
    for client in [&here, &there] {
        within(PATIENCE, 403, async || reads(client, &dataset).await).await;
    }
    assert!(begun.elapsed() >= HELD, "it held until its time was over");
    let list = admin.get(&format!("/datasets/{dataset}/grants")).reply().await;
    assert_eq!(list.expect_status(200).json(), json!({ "items": [] }));
}

#[tokio::test]
async fn bad_grants_are_refused_by_their_field() {
    let (admin, account) = shared::new_tenant().await;
    let dataset = admin.create_dataset("bad grants").await;
    let user = json!({ "user_id": account.user });
    let deployment = shared::deployment().await;
    let with = |name: &str, value: Value| {
        let mut grant = reading(&user);
        grant[name] = value;
        grant
    };
    for (grant, code, field) in [
        (with("role", json!("auditor")), "VALID_3004", "user_id"),
        (with("user_id", Value::Null), "VALID_3004", "user_id"),
        (with("actions", json!([])), "VALID_3004", "actions"),
        (with("actions", json!(["audit:read"])), "VALID_3004", "actions"),
        (with("actions", json!(["grant:manage"])), "VALID_3004", "actions"),
        (with("reason", json!(" ")), "VALID_3004", "reason"),
        (with("reason", json!("r".repeat(1_025))), "VALID_3005", "reason"),
        (
            with("expires_at", json!(after(deployment, "-3 s").await)),
            "VALID_3004",
            "expires_at",
        ),
        (
            with("expires_at", json!(after(deployment, "367 days").await)),
            "VALID_3004",
            "expires_at",
        ),
    ] {
        give(&admin, &dataset, &grant)
            .await
            .expect_field(400, code, field);
    }
    let nowhere = "01990000-0000-7000-8000-000000000000";
    give(&admin, nowhere, &reading(&user))
        .await
        .expect_problem(404, "DATA_4002");
}

#[tokio::test]
async fn nobody_gives_a_right_that_it_has_not_itself() {
    let (admin, account) = shared::new_tenant().await;
    let (pipeline, who) = shared::new_user(&account.tenant, "ingest").await;
    let dataset = admin.create_dataset("handed on").await;
    let hand_on = format!(
        r#"permit (principal == User::"{}", action == Action::"grant:manage", resource);"#,
        who.user
    );
    let policy = json!({ "name": "hands on", "policy": hand_on });
    let _ = admin
        .post("/policies")
        .json(&policy)
        .reply()
        .await
        .expect_status(201);
    let to = json!({ "user_id": who.user });
    let refused = give(&pipeline, &dataset, &reading(&to)).await;
    refused.expect_problem(403, "AUTHZ_2001");
    let mut adding = reading(&to);
    adding["actions"] = json!(["record:add"]);
    let _ = give(&pipeline, &dataset, &adding).await.expect_status(201);
}

#[tokio::test]
async fn others_see_and_change_no_grants_and_the_log_seals_their_reason() {
    let (admin, account) = shared::new_tenant().await;
    let dataset = admin.create_dataset("seen").await;
    let mut grant = reading(&json!({ "role": "auditor" }));
    grant["reason"] = json!("MARKER-77ad");
    let given = give(&admin, &dataset, &grant).await.expect_status(201).json();
    let (stranger, _) = shared::new_tenant().await;
    let path = format!("/datasets/{dataset}/grants");
    stranger.get(&path).reply().await.expect_problem(404, "DATA_4002");
    give(&stranger, &dataset, &grant)
        .await
        .expect_problem(404, "DATA_4002");
    revoke(&stranger, &dataset, &given)
        .await
        .expect_problem(404, "DATA_4001");
    for role in ["data_scientist", "auditor"] {
        let (client, _) = shared::new_user(&account.tenant, role).await;
        give(&client, &dataset, &grant)
            .await
            .expect_problem(403, "AUTHZ_2001");
        revoke(&client, &dataset, &given)
            .await
            .expect_problem(403, "AUTHZ_2001");
    }
    let _ = revoke(&admin, &dataset, &given).await.expect_status(204);
    let events = admin.all_pages("/audit/events", "?limit=100", "after").await;
    for (kind, operation) in [("grant.given", "give_grant"), ("grant.revoked", "revoke_grant")] {
        let told = events
            .iter()
            .find(|event| event["type"] == kind)
            .expect("is told");
        assert_eq!(told["metadata"]["operation"], operation);
    }
    assert!(!Value::from(events).to_string().contains("77ad"));
}
