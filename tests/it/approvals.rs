//! Approvals by a second person, over HTTP.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Account, Answer, Client, Deployment, Reply, shared};

/// How long another process may take to know of a change.
const FELT_WITHIN: Duration = Duration::from_secs(1);
/// Reading what is tagged so takes two.
const RAW_BY_TWO: &str = r#"forbid (principal, action == Action::"record:read", resource is Dataset)
    when { resource.tags.contains("raw") } unless { context.approved };"#;

async fn keep(admin: &Client, policy: &str) -> Reply {
    let policy = json!({ "name": "by two", "policy": policy });
    admin.post("/policies").json(&policy).reply().await
}

async fn tagged(admin: &Client, name: &str) -> String {
    let dataset = json!({ "name": name, "tags": ["raw"] });
    let made = admin.post("/datasets").json(&dataset).reply().await;
    let id = made.expect_status(201).json()["id"].clone();
    id.as_str().expect("an id").to_owned()
}

async fn reads(client: &Client, dataset: &str) -> Reply {
    client.get(&format!("/datasets/{dataset}/records")).reply().await
}

fn reading(dataset: &str) -> Value {
    json!({ "action": "record:read", "dataset_id": dataset, "reason": "Looks into incident 4711" })
}

async fn ask(client: &Client, wish: &Value) -> Reply {
    client.post("/approvals").json(wish).reply().await
}

async fn break_glass(client: &Client, wish: &Value) -> Reply {
    client.post("/approvals/break-glass").json(wish).reply().await
}

async fn say(client: &Client, approval: &Value, what: &str, body: &Value) -> Reply {
    let path = format!("{}/{what}", path_of(approval));
    client.post(&path).json(body).reply().await
}

async fn withdraw(client: &Client, approval: &Value) -> Reply {
    client.request(Method::DELETE, &path_of(approval)).reply().await
}

fn path_of(approval: &Value) -> String {
    format!("/approvals/{}", approval["id"].as_str().expect("an id"))
}

fn as_user(client: &Client, account: &Account) -> Client {
    client.with_token(&account.token)
}

async fn all(client: &Client, query: &str) -> Vec<Value> {
    client.all_pages("/approvals", query, "cursor").await
}

/// A tenant in which reading raw data takes two: its administrator, a scientist, a security engineer, and a dataset.
struct House {
    admin: Client,
    account: Account,
    scientist: Client,
    engineer: Client,
    dataset: String,
}

impl House {
    async fn new() -> Self {
        let (admin, account) = shared::new_tenant().await;
        let _ = keep(&admin, RAW_BY_TWO).await.expect_status(201);
        Self {
            dataset: tagged(&admin, "raw data").await,
            scientist: shared::new_user(&account.tenant, "data_scientist").await.0,
            engineer: shared::new_user(&account.tenant, "security_engineer").await.0,
            admin,
            account,
        }
    }

    async fn asked(&self) -> Value {
        let asked = ask(&self.scientist, &reading(&self.dataset)).await;
        asked.expect_status(201).json()
    }
}

#[tokio::test]
async fn a_second_person_approves_what_a_policy_wants_approved() {
    let house = House::new().await;
    let House {
        scientist,
        engineer,
        dataset,
        ..
    } = &house;
    reads(scientist, dataset).await.expect_problem(403, "AUTHZ_2015");
    let asked = house.asked().await;
    assert_eq!(
        (&asked["state"], &asked["break_glass"]),
        (&json!("open"), &json!(false))
    );
    reads(scientist, dataset).await.expect_problem(403, "AUTHZ_2015");
    assert_eq!(all(engineer, "?show=open").await, std::slice::from_ref(&asked));
    let approved = say(engineer, &asked, "approve", &json!({ "note": "until noon" })).await;
    let approved = approved.expect_status(200).json();
    assert_eq!(
        (&approved["state"], &approved["note"]),
        (&json!("in_force"), &json!("until noon"))
    );
    let _ = reads(scientist, dataset).await.expect_status(200);
    // it is for the one who asked, and for what was asked for
    let (other, _) = shared::new_user(&house.account.tenant, "data_scientist").await;
    reads(&other, dataset).await.expect_problem(403, "AUTHZ_2015");
    let elsewhere = tagged(&house.admin, "more raw data").await;
    reads(scientist, &elsewhere)
        .await
        .expect_problem(403, "AUTHZ_2015");
    let seen = scientist.get(&path_of(&asked)).reply().await;
    assert_eq!(seen.expect_status(200).json(), approved);
    let _ = say(engineer, &asked, "refuse", &json!({}))
        .await
        .expect_status(200);
    reads(scientist, dataset).await.expect_problem(403, "AUTHZ_2015");
}

#[tokio::test]
async fn nobody_decides_on_what_they_asked_for_themselves() {
    let house = House::new().await;
    let asked = ask(&house.admin, &reading(&house.dataset)).await;
    let asked = asked.expect_status(201).json();
    for what in ["approve", "refuse"] {
        let own = say(&house.admin, &asked, what, &json!({})).await;
        own.expect_problem(403, "AUTHZ_2008");
        let unable = say(&house.scientist, &asked, what, &json!({})).await;
        unable.expect_problem(403, "AUTHZ_2001");
    }
    reads(&house.admin, &house.dataset)
        .await
        .expect_problem(403, "AUTHZ_2015");
    let given = say(&house.engineer, &asked, "approve", &json!({})).await;
    let _ = given.expect_status(200);
    let _ = reads(&house.admin, &house.dataset).await.expect_status(200);
    let again = say(&house.engineer, &asked, "approve", &json!({})).await;
    again.expect_problem(409, "DATA_4009");
}

#[tokio::test]
async fn whoever_asked_may_do_without_and_nobody_else_ends_it_so() {
    let house = House::new().await;
    let asked = house.asked().await;
    withdraw(&house.admin, &asked)
        .await
        .expect_problem(404, "DATA_4001");
    let _ = say(&house.engineer, &asked, "approve", &json!({}))
        .await
        .expect_status(200);
    let _ = withdraw(&house.scientist, &asked).await.expect_status(204);
    reads(&house.scientist, &house.dataset)
        .await
        .expect_problem(403, "AUTHZ_2015");
    withdraw(&house.scientist, &asked)
        .await
        .expect_problem(409, "DATA_4009");
    let late = say(&house.engineer, &asked, "approve", &json!({})).await;
    late.expect_problem(409, "DATA_4009");
}

#[tokio::test]
async fn a_broken_glass_works_at_once_is_marked_and_is_reviewed_by_a_second_person() {
    let house = House::new().await;
    let House {
        admin,
        engineer,
        dataset,
        ..
    } = &house;
    let record = json!({ "data": { "text": "raw" } });
    let _ = admin.add_record(dataset, &record).await;
    let refused = break_glass(&house.scientist, &reading(dataset)).await;
    refused.expect_problem(403, "AUTHZ_2001");
    let broken = break_glass(admin, &reading(dataset)).await;
    let broken = broken.expect_status(201).json();
    assert_eq!(
        (&broken["state"], &broken["review"]),
        (&json!("in_force"), &json!("pending"))
    );
    let _ = reads(admin, dataset).await.expect_status(200);
    assert_eq!(
        all(engineer, "?show=to_review").await,
        std::slice::from_ref(&broken)
    );
    let finding = json!({ "finding": "unjustified", "note": "could have waited" });
    let own = say(admin, &broken, "review", &finding).await;
    own.expect_problem(403, "AUTHZ_2008");
    let reviewed = say(engineer, &broken, "review", &finding).await;
    let reviewed = reviewed.expect_status(200).json();
    assert_eq!(
        (&reviewed["state"], &reviewed["review"]),
        (&json!("refused"), &json!("unjustified"))
    );
    reads(admin, dataset).await.expect_problem(403, "AUTHZ_2015");
    assert!(all(engineer, "?show=to_review").await.is_empty());
    admin.recorded().await;
    let events = admin.all_pages("/audit/events", "?limit=100", "after").await;
    let of_type = |kind: &str| {
        events
            .iter()
            .find(|event| event["type"] == kind)
            .expect("is told")
    };
    let (glass, read) = (of_type("approval.glass_broken"), of_type("records.read"));
    assert_eq!(glass["payload"]["approval_id"], broken["id"]);
    assert_eq!(glass["metadata"]["operation"], "break_glass");
    assert_eq!(read["metadata"]["approval_id"], broken["id"]);
    assert_eq!(of_type("approval.reviewed")["payload"]["finding"], "unjustified");
}

#[tokio::test]
async fn whoever_has_not_been_reviewed_breaks_no_further_glass() {
    let house = House::new().await;
    let mut first = Value::Null;
    for _ in 0..3 {
        let broken = break_glass(&house.admin, &reading(&house.dataset)).await;
        first = broken.expect_status(201).json();
    }
    let fourth = break_glass(&house.admin, &reading(&house.dataset)).await;
    fourth.expect_problem(409, "AUTHZ_2008");
    let finding = json!({ "finding": "justified", "note": "it was" });
    let reviewed = say(&house.engineer, &first, "review", &finding).await;
    let _ = reviewed.expect_status(200);
    let fourth = break_glass(&house.admin, &reading(&house.dataset)).await;
    let _ = fourth.expect_status(201);
}

#[tokio::test]
async fn an_api_key_decides_on_nothing_and_uses_no_approval_but_its_own() {
    let house = House::new().await;
    let House {
        scientist,
        engineer,
        dataset,
        ..
    } = &house;
    let key = json!({ "name": "notebook", "scopes": ["record:read", "dataset:read", "approval:request"] });
    let made = scientist.post("/api-keys").json(&key).reply().await;
    let made = made.expect_status(201).json();
    let program = scientist.with_token(made["key"].as_str().expect("a key"));
    let asked = house.asked().await;
    let _ = say(engineer, &asked, "approve", &json!({}))
        .await
        .expect_status(200);
    let _ = reads(scientist, dataset).await.expect_status(200);
    reads(&program, dataset).await.expect_problem(403, "AUTHZ_2015");
    let own = ask(&program, &reading(dataset)).await.expect_status(201).json();
    assert_eq!(own["api_key_id"], made["id"]);
    let by_key = say(scientist, &own, "approve", &json!({})).await;
    by_key.expect_problem(403, "AUTHZ_2001");
    let deciding = json!({ "name": "decides", "scopes": ["approval:decide"] });
    let refused = engineer.post("/api-keys").json(&deciding).reply().await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let _ = say(engineer, &own, "approve", &json!({}))
        .await
        .expect_status(200);
    let _ = reads(&program, dataset).await.expect_status(200);
}

#[tokio::test]
async fn an_approval_is_asked_for_what_it_helps_with() {
    let house = House::new().await;
    let House {
        admin,
        scientist,
        engineer,
        dataset,
        ..
    } = &house;
    let with = |name: &str, value: Value| {
        let mut wish = reading(dataset);
        wish[name] = value;
        wish
    };
    // a security engineer may not read records, with or without
    ask(engineer, &reading(dataset))
        .await
        .expect_problem(403, "AUTHZ_2001");
    ask(scientist, &with("action", json!("record:add")))
        .await
        .expect_problem(409, "AUTHZ_2008");
    for (wish, code, field) in [
        (with("reason", json!(" ")), "VALID_3004", "reason"),
        (with("reason", json!("r".repeat(1_025))), "VALID_3005", "reason"),
        (with("minutes", json!(0)), "VALID_3004", "minutes"),
        (with("minutes", json!(1_441)), "VALID_3004", "minutes"),
        (with("dataset_id", Value::Null), "VALID_3002", "dataset_id"),
        (with("action", json!("audit:read")), "VALID_3004", "dataset_id"),
    ] {
        ask(scientist, &wish).await.expect_field(400, code, field);
    }
    let hour_and_more = with("minutes", json!(61));
    break_glass(admin, &hour_and_more)
        .await
        .expect_field(400, "VALID_3004", "minutes");
    let asked = house.asked().await;
    for note in [json!(" "), json!("n".repeat(1_025))] {
        let said = say(engineer, &asked, "approve", &json!({ "note": note })).await;
        assert_eq!(said.status, 400, "{}", said.text());
    }
    let reviewed = say(
        engineer,
        &asked,
        "review",
        &json!({ "finding": "justified", "note": "n" }),
    )
    .await;
    reviewed.expect_problem(409, "DATA_4009");
    let _ = keep(
        admin,
        r#"forbid (principal, action == Action::"record:read", resource) unless { context.approved };"#,
    )
    .await
    .expect_status(201);
    let nowhere = with("dataset_id", json!("01990000-0000-7000-8000-000000000000"));
    ask(scientist, &nowhere).await.expect_problem(404, "DATA_4002");
}

#[tokio::test]
async fn one_user_has_only_so_many_requests_under_way() {
    let house = House::new().await;
    let wish = reading(&house.dataset);
    let mut last = Value::Null;
    for _ in 0..20 {
        last = ask(&house.scientist, &wish).await.expect_status(201).json();
    }
    ask(&house.scientist, &wish)
        .await
        .expect_problem(409, "AUTHZ_2008");
    let _ = ask(&house.admin, &wish).await.expect_status(201);
    let _ = say(&house.engineer, &last, "refuse", &json!({}))
        .await
        .expect_status(200);
    let _ = ask(&house.scientist, &wish).await.expect_status(201);
    assert_eq!(all(&house.scientist, "?limit=7").await.len(), 21);
    assert_eq!(all(&house.admin, "?limit=7").await.len(), 22);
}

#[tokio::test]
async fn a_repeat_asks_once_and_others_see_nothing_of_it() {
    let house = House::new().await;
    let mut wish = reading(&house.dataset);
    wish["reason"] = json!("MARKER-51c0");
    let send = async || {
        let request = house.scientist.post("/approvals").json(&wish);
        let reply = request.header("Idempotency-Key", "once").reply().await;
        reply.expect_status(201)
    };
    let (first, second) = (send().await, send().await);
    assert_eq!(first.json(), second.json());
    assert_eq!(second.header("Idempotency-Replayed"), Some("true"));
    let (stranger, _) = shared::new_tenant().await;
    assert!(all(&stranger, "").await.is_empty());
    let asked = first.json();
    let hidden = stranger.get(&path_of(&asked)).reply().await;
    hidden.expect_problem(404, "DATA_4001");
    say(&stranger, &asked, "approve", &json!({}))
        .await
        .expect_problem(404, "DATA_4001");
    let (colleague, _) = shared::new_user(&house.account.tenant, "data_scientist").await;
    assert!(all(&colleague, "").await.is_empty());
    let hidden = colleague.get(&path_of(&asked)).reply().await;
    hidden.expect_problem(404, "DATA_4001");
    let events = house
        .admin
        .all_pages("/audit/events", "?limit=100", "after")
        .await;
    assert!(!Value::from(events).to_string().contains("MARKER-51c0"));
}

#[tokio::test]
async fn explanations_say_when_an_approval_is_wanted() {
    let house = House::new().await;
    let question = json!({
        "action": "record:read", "dataset_id": house.dataset, "principal": { "roles": ["data_scientist"] },
    });
    let asked = house
        .admin
        .post("/policies/evaluate")
        .json(&question)
        .reply()
        .await;
    let answer = asked.expect_status(200).json();
    assert_eq!(
        (&answer["decision"], &answer["approval"]),
        (&json!("deny"), &json!("wanted"))
    );
    let _ = break_glass(&house.admin, &reading(&house.dataset))
        .await
        .expect_status(201);
    let own = json!({ "action": "record:read", "dataset_id": house.dataset });
    let asked = house.admin.post("/policies/evaluate").json(&own).reply().await;
    let answer = asked.expect_status(200).json();
    assert_eq!(
        (&answer["decision"], &answer["approval"]),
        (&json!("allow"), &json!("used"))
    );
}

#[tokio::test]
async fn other_processes_know_of_an_approval_and_of_its_end_within_a_second() {
    let deployment = Deployment::new().await;
    let by_two = [("VAULT_AUTH_POLICIES_BY_TWO", "true")];
    let servers = [deployment.serve_with(&by_two), deployment.serve_with(&by_two)];
    let admin = shared::register(&deployment, servers[0].url(), None, "admin").await;
    let engineer = shared::register(
        &deployment,
        servers[0].url(),
        Some(&admin.tenant),
        "security_engineer",
    )
    .await;
    let nobody = Client::anonymous(servers[0].url());
    let (here, second) = (as_user(&nobody, &admin), as_user(&nobody, &engineer));
    let there = here.at(servers[1].url());
    let may_write = r#"permit (principal in Role::"auditor", action == Action::"record:add", resource);"#;
    for process in [&here, &there] {
        keep(process, may_write).await.expect_problem(403, "AUTHZ_2015");
    }
    let wish = json!({ "action": "policy:manage", "reason": "Auditors add notes" });
    let asked = ask(&here, &wish).await.expect_status(201).json();
    let _ = say(&second, &asked, "approve", &json!({}))
        .await
        .expect_status(200);
    let _ = keep(&here, may_write).await.expect_status(201);
    within(async || keep(&there, may_write).await.status == 201).await;
    let _ = say(&second.at(servers[1].url()), &asked, "refuse", &json!({}))
        .await
        .expect_status(200);
    keep(&there, may_write).await.expect_problem(403, "AUTHZ_2015");
    within(async || keep(&here, may_write).await.status == 403).await;
}

async fn within(is_felt: impl AsyncFn() -> bool) {
    let felt = async { while !is_felt().await {} };
    tokio::time::timeout(FELT_WITHIN, felt)
        .await
        .expect("felt in time");
}
