//! API keys: what programs get in with, on all nodes together.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Account, Answer, Client, Deployment, Reply, Server, finished, shared};

/// How long another node may take to hear of a change, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const SCOPES: [&str; 2] = ["dataset:list", "dataset:read"];

async fn create(client: &Client, body: &Value) -> Reply {
    client.post("/api-keys").json(body).reply().await
}

/// A key of these scopes, and what the answer says of it.
async fn new_key(client: &Client, scopes: &[&str]) -> (Client, Value) {
    let body = json!({ "name": "nightly", "scopes": scopes });
    let made = create(client, &body).await.expect_status(201).json();
    (client.with_token(text(&made, "key")), made)
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().expect("a text")
}

/// Sends a request until it is answered with this problem.
async fn refused_in_time(client: &Client, code: &str) {
    let refused = async { while client.get("/datasets").reply().await.status == 200 {} };
    tokio::time::timeout(PATIENCE, refused)
        .await
        .expect("refused in time");
    client.get("/datasets").reply().await.expect_problem(401, code);
}

async fn two_nodes() -> (Deployment, [Server; 2], Account) {
    let deployment = Deployment::new().await;
    let servers = [deployment.serve(&[]), deployment.serve(&[])];
    let account = shared::register(&deployment, servers[0].url(), None, "admin").await;
    (deployment, servers, account)
}

#[tokio::test]
async fn a_key_calls_in_the_name_of_its_user_by_either_header_and_is_shown_once() {
    let (client, account) = shared::new_tenant().await;
    let (program, made) = new_key(&client, &SCOPES).await;
    let key = text(&made, "key");
    assert!(key.starts_with("vak_") && key.len() == 76, "{made}");
    assert!(key.starts_with(text(&made, "prefix")), "{made}");
    let me = program.get("/auth/me").reply().await.expect_status(200).json();
    assert_eq!(
        (&me["user_id"], &me["tenant_id"]),
        (&json!(account.user), &json!(account.tenant))
    );
    assert_eq!((&me["api_key_id"], &me["scopes"]), (&made["id"], &json!(SCOPES)));
    assert!(me.get("session_id").is_none(), "{me}");
    let anonymous = shared::anonymous().await;
    let by_header = anonymous.get("/datasets").header("X-API-Key", key);
    let _ = by_header.reply().await.expect_status(200);
    for (name, value) in [("X-API-Key", key), ("Authorization", "Bearer x")] {
        let both = anonymous.get("/datasets").header("X-API-Key", key);
        both.header(name, value)
            .reply()
            .await
            .expect_problem(401, "AUTH_1019");
    }
    let listed = client.get("/api-keys").reply().await.expect_status(200);
    assert!(!listed.text().contains(key), "shown once");
    let listed = &listed.json()["items"][0];
    assert_eq!(
        (&listed["id"], &listed["name"], &listed["status"]),
        (&made["id"], &json!("nightly"), &json!("active"))
    );
}

#[tokio::test]
async fn a_key_does_what_its_scopes_and_its_user_both_may() {
    let (admin, account) = shared::new_tenant().await;
    let (program, _) = new_key(&admin, &["dataset:list"]).await;
    let denied = program
        .post("/datasets")
        .json(&json!({ "name": "no" }))
        .reply()
        .await;
    let detail = denied.expect_problem(403, "AUTHZ_2004");
    assert!(text(&detail, "detail").contains("dataset:create"), "{detail}");
    let (auditor, _) = shared::new_user(&account.tenant, "auditor").await;
    let (program, _) = new_key(&auditor, &["dataset:create", "dataset:list"]).await;
    let _ = program.get("/datasets").reply().await.expect_status(200);
    program
        .post("/datasets")
        .json(&json!({ "name": "no" }))
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
}

#[tokio::test]
async fn a_key_makes_no_keys_and_ends_no_sessions() {
    let (client, _) = shared::new_tenant().await;
    for scope in ["api_key:manage", "user:manage", "everything", ""] {
        let body = json!({ "name": "x", "scopes": ["dataset:list", scope] });
        create(&client, &body)
            .await
            .expect_field(400, "VALID_3013", "scopes[1]");
    }
    let (program, made) = new_key(&client, &SCOPES).await;
    let id = text(&made, "id");
    for (method, path) in [
        (Method::GET, "/api-keys".to_owned()),
        (Method::POST, "/api-keys".to_owned()),
        (Method::POST, format!("/api-keys/{id}/rotate")),
        (Method::DELETE, format!("/api-keys/{id}")),
        (Method::GET, "/auth/sessions".to_owned()),
        (Method::POST, "/auth/logout".to_owned()),
    ] {
        let body = json!({ "name": "x", "scopes": SCOPES });
        let refused = program.request(method, &path).json(&body).reply().await;
        refused.expect_problem(403, "AUTHZ_2020");
    }
}

#[tokio::test]
async fn what_is_no_key_is_refused_and_each_bad_field_is_named() {
    let (client, _) = shared::new_tenant().await;
    let (_, made) = new_key(&client, &SCOPES).await;
    let key = text(&made, "key");
    for bad in [
        "vak_",
        &key[..75],
        &key.to_uppercase(),
        &format!("vak_{}", "0".repeat(72)),
    ] {
        let refused = client.with_token(bad).get("/datasets").reply().await;
        refused.expect_problem(
            401,
            if bad.starts_with("vak_") {
                "AUTH_1019"
            } else {
                "AUTH_1001"
            },
        );
    }
    for (body, code, field) in [
        (json!({ "name": " ", "scopes": SCOPES }), "VALID_3006", "name"),
        (json!({ "name": "x", "scopes": [] }), "VALID_3014", "scopes"),
        (
            json!({ "name": "x", "scopes": SCOPES, "expires_at": "2020-01-01T00:00:00Z" }),
            "VALID_3012",
            "expires_at",
        ),
        (
            json!({ "name": "x", "scopes": SCOPES, "rate_limit_per_s": 0 }),
            "VALID_3004",
            "rate_limit_per_s",
        ),
        // nobody makes a key for somebody else
        (
            json!({ "name": "x", "scopes": SCOPES, "user_id": made["user_id"] }),
            "VALID_3001",
            "user_id",
        ),
    ] {
        create(&client, &body).await.expect_field(400, code, field);
    }
}

#[tokio::test]
async fn a_key_that_is_revoked_on_one_node_is_refused_on_another() {
    let (deployment, [here, there], account) = two_nodes().await;
    let admin = Client::anonymous(here.url()).with_token(&account.token);
    let (program, made) = new_key(&admin, &SCOPES).await;
    let (other, by_operator) = new_key(&admin, &SCOPES).await;
    let [there_too, other_there] = [&program, &other].map(|client| client.at(there.url()));
    for client in [&program, &there_too, &other_there] {
        let _ = client.get("/datasets").reply().await.expect_status(200);
    }
    let path = format!("/api-keys/{}", text(&made, "id"));
    for _ in 0..2 {
        let _ = admin
            .request(Method::DELETE, &path)
            .reply()
            .await
            .expect_status(204);
    }
    program
        .get("/datasets")
        .reply()
        .await
        .expect_problem(401, "AUTH_1021");
    refused_in_time(&there_too, "AUTH_1021").await;
    let _ = other_there.get("/datasets").reply().await.expect_status(200);
    let (tenant, key) = (&account.tenant, text(&by_operator, "id"));
    let revoke = ["users", "revoke-api-key", "--tenant", tenant, "--key", key];
    let _ = finished(deployment.command().args(revoke));
    refused_in_time(&other_there, "AUTH_1021").await;
    let listed = admin.get("/api-keys").reply().await.json();
    assert_eq!(listed["items"][0]["status"], "revoked");
}

#[tokio::test]
async fn a_rotated_key_is_good_with_both_secrets_for_a_while() {
    let (_deployment, [here, there], account) = two_nodes().await;
    let admin = Client::anonymous(here.url()).with_token(&account.token);
    let (first, made) = new_key(&admin, &SCOPES).await;
    let path = format!("/api-keys/{}/rotate", text(&made, "id"));
    let first = first.at(there.url());
    let _ = first.get("/datasets").reply().await.expect_status(200);
    let rotated = admin
        .post(&path)
        .json(&json!({}))
        .reply()
        .await
        .expect_status(200)
        .json();
    let second = first.with_token(text(&rotated, "key"));
    for client in [&first, &second] {
        let _ = client.get("/datasets").reply().await.expect_status(200);
    }
    // without an overlap the second is over at once, and the first was over by then
    let last = admin
        .post(&path)
        .json(&json!({ "overlap_s": 0 }))
        .reply()
        .await
        .expect_status(200)
        .json();
    refused_in_time(&first, "AUTH_1019").await;
    refused_in_time(&second, "AUTH_1020").await;
    let last = first.with_token(text(&last, "key"));
    let _ = last.get("/datasets").reply().await.expect_status(200);
    admin
        .post(&path)
        .json(&json!({ "overlap_s": 604_801 }))
        .reply()
        .await
        .expect_field(400, "VALID_3004", "overlap_s");
}

#[tokio::test]
async fn a_key_is_over_when_its_time_is_and_the_log_says_so() {
    let (client, _) = shared::new_tenant().await;
    let mut sql = shared::deployment().await.sql().await;
    let soon: String = sqlx::query_scalar("SELECT to_json(now() + interval '3 s') #>> '{}'")
        .fetch_one(&mut sql)
        .await
        .expect("a time");
    let body = json!({ "name": "short", "scopes": SCOPES, "expires_at": soon });
    let made = create(&client, &body).await.expect_status(201).json();
    let program = client.with_token(text(&made, "key"));
    refused_in_time(&program, "AUTH_1020").await;
    let listed = client.get("/api-keys").reply().await.json();
    assert_eq!(listed["items"][0]["status"], "expired");
    let path = format!(
        "/audit/events?type=api_key.expired&resource={}",
        text(&made, "id")
    );
    let told = async { while client.get(&path).reply().await.json()["items"] == json!([]) {} };
    tokio::time::timeout(PATIENCE, told)
        .await
        .expect("taken down in time");
}

#[tokio::test]
async fn a_key_has_a_limit_of_its_own() {
    let (client, _) = shared::new_tenant().await;
    let body = json!({ "name": "slow", "scopes": SCOPES, "rate_limit_per_s": 2 });
    let made = create(&client, &body).await.expect_status(201).json();
    let slow = client.with_token(text(&made, "key"));
    let mut refused = None;
    for _ in 0..50 {
        let answers = futures::future::join_all((0..10).map(|_| slow.get("/datasets").reply())).await;
        refused = answers.into_iter().find(|answer| answer.status == 429);
        if refused.is_some() {
            break;
        }
    }
    let refused = refused.expect("more than two in a second");
    refused.expect_problem(429, "AUTHZ_2011");
    assert_eq!(refused.header("x-ratelimit-limit"), Some("2"));
    // its user goes on
    let _ = client.get("/datasets").reply().await.expect_status(200);
}

#[tokio::test]
async fn a_use_is_written_down() {
    let (client, _) = shared::new_tenant().await;
    let (program, made) = new_key(&client, &SCOPES).await;
    assert!(made.get("last_used_at").is_none());
    let _ = program.get("/datasets").reply().await.expect_status(200);
    let written = async {
        loop {
            let listed = client.get("/api-keys").reply().await.json();
            if listed["items"][0].get("last_used_at").is_some() {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, written)
        .await
        .expect("written in time");
}

#[tokio::test]
async fn the_log_names_the_key_and_holds_neither_secret_nor_name() {
    let (client, account) = shared::new_tenant().await;
    let (program, made) = new_key(&client, &["dataset:create", "dataset:list"]).await;
    let _ = program.create_dataset("by a program").await;
    let id = text(&made, "id");
    let by_key = client
        .get(&format!("/audit/events?actor={id}"))
        .reply()
        .await
        .expect_status(200)
        .json();
    let events = by_key["items"].as_array().expect("events");
    assert_eq!(events.len(), 1, "{by_key}");
    assert_eq!(
        (&events[0]["type"], &events[0]["actor"]),
        (&json!("dataset.created"), &json!(account.user))
    );
    assert_eq!(events[0]["metadata"]["actor"]["api_key"], id);
    let log = client.get("/audit/events?limit=100").reply().await.text();
    for secret in [text(&made, "key"), text(&made, "prefix"), "nightly"] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_repeated_request_makes_no_second_key_and_shows_no_secret() {
    let (client, _) = shared::new_tenant().await;
    let body = json!({ "name": "once", "scopes": SCOPES });
    let send = || {
        let request = client.post("/api-keys").header("Idempotency-Key", "once");
        request.json(&body).reply()
    };
    let _ = send().await.expect_status(201);
    send().await.expect_problem(409, "DATA_4009");
    let listed = client.get("/api-keys").reply().await.json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn keys_of_others_do_not_exist_and_administrators_revoke_those_of_their_tenant() {
    let (owner, account) = shared::new_tenant().await;
    let (program, made) = new_key(&owner, &SCOPES).await;
    let id = text(&made, "id");
    let (colleague, _) = shared::new_user(&account.tenant, "data_scientist").await;
    let (stranger, _) = shared::new_tenant().await;
    for other in [&colleague, &stranger] {
        let listed = other.get("/api-keys").reply().await.expect_status(200).json();
        assert_eq!(listed["items"], json!([]));
        let revoke = other.request(Method::DELETE, &format!("/api-keys/{id}"));
        revoke.reply().await.expect_problem(404, "AUTH_1019");
        let rotate = other.post(&format!("/api-keys/{id}/rotate")).json(&json!({}));
        rotate.reply().await.expect_problem(404, "AUTH_1019");
    }
    let of_user = format!("/users/{}/api-keys", account.user);
    colleague
        .get(&of_user)
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    let listed = stranger.get(&of_user).reply().await;
    listed.expect_problem(404, "DATA_4001");
    let path = format!("{of_user}/{id}");
    let refused = stranger.request(Method::DELETE, &path).reply().await;
    refused.expect_problem(404, "AUTH_1019");
    let _ = program.get("/datasets").reply().await.expect_status(200);

    let (admin, _) = shared::new_user(&account.tenant, "admin").await;
    let listed = admin.get(&of_user).reply().await.expect_status(200).json();
    assert_eq!(listed["items"][0]["id"], id);
    let _ = admin
        .request(Method::DELETE, &path)
        .reply()
        .await
        .expect_status(204);
    refused_in_time(&program, "AUTH_1021").await;
}
