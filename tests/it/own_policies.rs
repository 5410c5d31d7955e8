//! A tenant's own policies, over HTTP.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Answer, Client, Deployment, Reply, shared};

const PATH: &str = "/policies";
/// How long another process may take to know of a change.
const FELT_WITHIN: Duration = Duration::from_secs(1);
const FORBID_READING: &str = r#"forbid (principal, action == Action::"record:read", resource);"#;

fn named(name: &str, policy: &str) -> Value {
    json!({ "name": name, "policy": policy })
}

async fn create(client: &Client, policy: &str) -> Value {
    let request = client.post(PATH).json(&named("a policy", policy));
    request.reply().await.expect_status(201).json()
}

fn path_of(policy: &Value) -> String {
    format!("{PATH}/{}", policy["id"].as_str().expect("an id"))
}

async fn put(client: &Client, policy: &Value, tag: &str, body: &Value) -> Reply {
    let request = client.request(Method::PUT, &path_of(policy)).json(body);
    request.header("If-Match", tag).reply().await
}

async fn delete(client: &Client, policy: &Value) -> Reply {
    client.request(Method::DELETE, &path_of(policy)).reply().await
}

async fn reads(client: &Client, dataset: &str) -> u16 {
    client
        .get(&format!("/datasets/{dataset}/records"))
        .reply()
        .await
        .status
}

/// Waits until a call answers with a status, no longer than others may take to hear of a change.
async fn until(status: u16, call: impl AsyncFn() -> u16) {
    let answered = async { while call().await != status {} };
    tokio::time::timeout(FELT_WITHIN, answered)
        .await
        .expect("felt within a second");
}

#[tokio::test]
async fn a_policy_decides_from_when_it_is_created_until_it_is_deleted() {
    let (admin, account) = shared::new_tenant().await;
    let (scientist, _) = shared::new_user(&account.tenant, "data_scientist").await;
    let dataset = admin.create_dataset("decided").await;
    assert_eq!(reads(&scientist, &dataset).await, 200);
    let body = json!({ "name": "No reading", "description": "For a while.", "policy": FORBID_READING });
    let created = admin.post(PATH).json(&body).reply().await.expect_status(201);
    let tag = created.header("etag").expect("an entity tag").to_owned();
    let policy = created.json();
    assert_eq!(
        (&policy["name"], &policy["effect"], &policy["origin"]),
        (&"No reading".into(), &"forbid".into(), &"own".into())
    );
    let location = created.header("location").expect("a location");
    assert_eq!(location, format!("/api/v1{}", path_of(&policy)));
    assert_eq!(reads(&scientist, &dataset).await, 403);
    assert_eq!(reads(&admin, &dataset).await, 403);
    let got = admin.get(&path_of(&policy)).reply().await.expect_status(200);
    assert_eq!((got.header("etag"), got.json()), (Some(&*tag), policy.clone()));

    let for_pipelines = r#"forbid (principal in Role::"ingest", action == Action::"record:add", resource);"#;
    let replaced = put(&admin, &policy, &tag, &named("Narrower", for_pipelines)).await;
    let replaced = replaced.expect_status(200);
    assert_ne!(replaced.header("etag"), Some(&*tag));
    assert_eq!(replaced.json()["description"], Value::Null);
    assert_eq!(reads(&scientist, &dataset).await, 200);
    let stale = put(&admin, &policy, &tag, &named("Older", FORBID_READING)).await;
    stale.expect_problem(412, "DATA_4010");
    let (pipeline, _) = shared::new_user(&account.tenant, "ingest").await;
    let add = async || {
        let request = pipeline.post(&format!("/datasets/{dataset}/records"));
        request.json(&json!({ "data": { "a": 1 } })).reply().await.status
    };
    assert_eq!(add().await, 403);
    assert_eq!(delete(&admin, &policy).await.expect_status(204).text(), "");
    assert_eq!(add().await, 201);
    delete(&admin, &policy).await.expect_problem(404, "DATA_4001");
    let gone = admin.get(&path_of(&policy)).reply().await;
    gone.expect_problem(404, "DATA_4001");
}

#[tokio::test]
async fn a_policy_allows_what_no_role_does_and_nothing_that_the_platform_forbids() {
    let (admin, account) = shared::new_tenant().await;
    let (auditor, _) = shared::new_user(&account.tenant, "auditor").await;
    let (outsider, _) = shared::new_user(&account.tenant, "external_consumer").await;
    let dataset = admin.create_dataset("opened").await;
    assert_eq!(reads(&auditor, &dataset).await, 403);
    create(
        &admin,
        r#"permit (principal, action == Action::"record:read", resource);"#,
    )
    .await;
    assert_eq!(reads(&auditor, &dataset).await, 200);
    assert_eq!(reads(&outsider, &dataset).await, 403);
}

#[tokio::test]
async fn a_policy_reads_what_a_dataset_is_like_at_the_moment() {
    let (admin, account) = shared::new_tenant().await;
    let (scientist, _) = shared::new_user(&account.tenant, "data_scientist").await;
    let dataset = admin.create_dataset("tagged").await;
    create(
        &admin,
        r#"forbid (principal in Role::"data_scientist", action == Action::"record:read", resource is Dataset)
           when { resource.tags.contains("raw") || resource.sensitive };"#,
    )
    .await;
    assert_eq!(reads(&scientist, &dataset).await, 200);
    for (change, status) in [
        (json!({ "tags": ["raw"] }), 403),
        (json!({ "tags": ["clean"] }), 200),
        (json!({ "settings": { "sensitivity": "sensitive" } }), 403),
        (json!({ "settings": { "sensitivity": "normal" } }), 200),
    ] {
        let request = admin.request(Method::PATCH, &format!("/datasets/{dataset}"));
        let _ = request.json(&change).reply().await.expect_status(200);
        assert_eq!(reads(&scientist, &dataset).await, status, "{change}");
    }
    // whoever made it
    let own = scientist.create_dataset("theirs").await;
    create(
        &admin,
        r#"permit (principal, action == Action::"grant:manage", resource is Dataset)
           when { resource has owner && resource.owner == principal };"#,
    )
    .await;
    let give = async |dataset: &str| {
        let body = json!({ "role": "auditor", "actions": ["record:read"], "reason": "an audit" });
        let request = scientist.post(&format!("/datasets/{dataset}/grants")).json(&body);
        request.reply().await.status
    };
    assert_eq!((give(&own).await, give(&dataset).await), (201, 403));
}

#[tokio::test]
async fn a_policy_reads_from_where_and_how_a_request_comes() {
    let (admin, _) = shared::new_tenant().await;
    let dataset = admin.create_dataset("circumstances").await;
    create(
        &admin,
        r#"forbid (principal, action == Action::"record:read", resource)
           unless { context.address.isLoopback() && context.environment == "dev" };"#,
    )
    .await;
    assert_eq!(reads(&admin, &dataset).await, 200);
    let question =
        |address: &str| json!({ "action": "record:read", "dataset_id": dataset, "address": address });
    for (address, decision) in [("127.0.0.1", "allow"), ("192.0.2.1", "deny")] {
        let request = admin.post("/policies/evaluate").json(&question(address));
        let answer = request.reply().await.expect_status(200).json();
        assert_eq!(answer["decision"], decision, "{answer}");
    }
    create(
        &admin,
        r#"forbid (principal, action == Action::"record:read", resource)
           unless { context has mfa_age_s && context.mfa_age_s < 300 };"#,
    )
    .await;
    assert_eq!(reads(&admin, &dataset).await, 403);
}

#[tokio::test]
async fn nobody_is_locked_out_of_mending_policies() {
    let (admin, account) = shared::new_tenant().await;
    let policy = create(&admin, "forbid (principal, action, resource);").await;
    admin
        .get("/datasets")
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    let (security, _) = shared::new_user(&account.tenant, "security_engineer").await;
    let _ = security.get(PATH).reply().await.expect_status(200);
    let _ = delete(&security, &policy).await.expect_status(204);
    let _ = admin.get("/datasets").reply().await.expect_status(200);
    // nor does anybody let themselves in
    create(&admin, "permit (principal, action, resource);").await;
    let (pipeline, _) = shared::new_user(&account.tenant, "ingest").await;
    let _ = pipeline.get("/audit/events").reply().await.expect_status(200);
    let refused = pipeline
        .post(PATH)
        .json(&named("mine", FORBID_READING))
        .reply()
        .await;
    refused.expect_problem(403, "AUTHZ_2001");
}

#[tokio::test]
async fn an_explanation_names_the_policy() {
    let (admin, _) = shared::new_tenant().await;
    let dataset = admin.create_dataset("explained").await;
    let policy = create(&admin, FORBID_READING).await;
    let question = json!({
        "action": "record:read", "dataset_id": dataset, "policies": ["permit (principal, action, resource);"],
    });
    let request = admin.post("/policies/evaluate").json(&question);
    let answer = request.reply().await.expect_status(200).json();
    assert_eq!(answer["decision"], "deny");
    assert_eq!(answer["forbidding"], json!([policy["id"]]));
}

#[tokio::test]
async fn bad_policies_are_refused_with_their_line_and_cause() {
    let (admin, _) = shared::new_tenant().await;
    let long = format!("{FORBID_READING} //{}", "x".repeat(8 * 1_024));
    for (policy, code, told) in [
        ("permit (principal,\n action\n resource);", "VALID_3004", "line 3"),
        (
            "permit (principal, action, resource)\nwhen { resource.colour == 1 };",
            "VALID_3004",
            "line 2",
        ),
        (
            r#"forbid (principal, action == Action::"policy:manage", resource);"#,
            "VALID_3004",
            "policy:manage",
        ),
        (
            &format!("{FORBID_READING}{FORBID_READING}"),
            "VALID_3004",
            "not one",
        ),
        (&long, "VALID_3005", "8192"),
    ] {
        let refused = admin.post(PATH).json(&named("bad", policy)).reply().await;
        refused.expect_field(400, code, "policy");
        assert!(refused.text().contains(told), "{policy}: {}", refused.text());
    }
    for name in ["", " ", "a\nb"] {
        let refused = admin.post(PATH).json(&named(name, FORBID_READING)).reply().await;
        refused.expect_field(400, "VALID_3004", "name");
    }
    let refused = admin.post(PATH).json(&named(&"n".repeat(129), FORBID_READING));
    refused.reply().await.expect_field(400, "VALID_3005", "name");
}

#[tokio::test]
async fn so_many_policies_concern_everybody_and_the_list_has_pages() {
    let (admin, _) = shared::new_tenant().await;
    for _ in 0..50 {
        create(
            &admin,
            r#"permit (principal in Role::"auditor", action, resource);"#,
        )
        .await;
    }
    let one_more = admin
        .post(PATH)
        .json(&named("wide", FORBID_READING))
        .reply()
        .await;
    one_more.expect_problem(409, "AUTHZ_2008");
    let narrow = r#"permit (principal == User::"01990000-0000-7000-8000-000000000000", action, resource);"#;
    let narrow = create(&admin, narrow).await;
    let refused = put(&admin, &narrow, "*", &named("wide", FORBID_READING)).await;
    refused.expect_problem(409, "AUTHZ_2008");
    let all = admin.all_pages(PATH, "?limit=7", "cursor").await;
    let own: Vec<_> = all.iter().filter(|policy| policy["origin"] == "own").collect();
    assert_eq!((all.len(), own.len()), (60, 51));
    assert_eq!(own.last(), Some(&&narrow));
    let mut ids: Vec<_> = all.iter().map(|policy| policy["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 60);
    let shipped = admin.get("/policies/role.auditor").reply().await;
    assert_eq!(shipped.expect_status(200).json()["origin"], "shipped");
}

#[tokio::test]
async fn a_tenants_policies_are_its_own() {
    let (owner, account) = shared::new_tenant().await;
    let (stranger, _) = shared::new_tenant().await;
    let dataset = stranger.create_dataset("elsewhere").await;
    let policy = create(&owner, FORBID_READING).await;
    assert_eq!(reads(&stranger, &dataset).await, 200);
    let list = stranger.all_pages(PATH, "?limit=100", "cursor").await;
    assert!(list.iter().all(|policy| policy["origin"] == "shipped"));
    let answer = stranger.get(&path_of(&policy)).reply().await;
    answer.expect_problem(404, "DATA_4001");
    let answer = put(&stranger, &policy, "*", &named("theirs", FORBID_READING)).await;
    answer.expect_problem(404, "DATA_4001");
    delete(&stranger, &policy).await.expect_problem(404, "DATA_4001");
    for role in ["data_scientist", "auditor", "ingest"] {
        let (client, _) = shared::new_user(&account.tenant, role).await;
        let refused = client
            .post(PATH)
            .json(&named("mine", FORBID_READING))
            .reply()
            .await;
        refused.expect_problem(403, "AUTHZ_2001");
        delete(&client, &policy).await.expect_problem(403, "AUTHZ_2001");
    }
}

#[tokio::test]
async fn a_repeat_under_the_same_key_creates_nothing_twice() {
    let (admin, _) = shared::new_tenant().await;
    let send = || {
        let request = admin.post(PATH).header("Idempotency-Key", "one-policy");
        request.json(&named("once", FORBID_READING)).reply()
    };
    let (first, second) = (send().await.expect_status(201), send().await.expect_status(201));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(
        (first.json(), first.header("etag")),
        (second.json(), second.header("etag"))
    );
    let all = admin.all_pages(PATH, "?limit=100", "cursor").await;
    assert_eq!(all.iter().filter(|policy| policy["origin"] == "own").count(), 1);
}

#[tokio::test]
async fn the_log_tells_of_changes_and_seals_what_they_say() {
    let (admin, _) = shared::new_tenant().await;
    let body = json!({
        "name": "Nobody but MARKER-9c4e", "description": "MARKER-9c4e",
        "policy": format!("{FORBID_READING} // MARKER-9c4e"),
    });
    let policy = admin
        .post(PATH)
        .json(&body)
        .reply()
        .await
        .expect_status(201)
        .json();
    let _ = put(&admin, &policy, "*", &body).await.expect_status(200);
    let _ = delete(&admin, &policy).await.expect_status(204);
    let events = admin.all_pages("/audit/events", "?limit=100", "after").await;
    let told: Vec<_> = events
        .iter()
        .filter(|event| {
            event["stream"]
                .as_str()
                .is_some_and(|stream| stream.starts_with("policies/"))
        })
        .map(|event| (event["type"].clone(), event["metadata"]["operation"].clone()))
        .collect();
    let expected = [
        ("policy.created", "create_policy"),
        ("policy.replaced", "replace_policy"),
        ("policy.deleted", "delete_policy"),
    ];
    assert_eq!(
        told,
        expected.map(|(event, operation)| (event.into(), operation.into()))
    );
    let text = Value::from(events).to_string().to_lowercase();
    assert!(!text.contains("9c4e"), "{text}");
}

#[tokio::test]
async fn another_process_decides_by_it_within_a_second_and_a_new_one_at_once() {
    let deployment = Deployment::new().await;
    let servers = [deployment.serve(&[]), deployment.serve(&[])];
    let account = shared::register(&deployment, servers[0].url(), None, "admin").await;
    let here = Client::anonymous(servers[0].url()).with_token(&account.token);
    let there = here.at(servers[1].url());
    let dataset = here.create_dataset("everywhere").await;
    // so that both remember that there is none
    assert_eq!(
        (reads(&here, &dataset).await, reads(&there, &dataset).await),
        (200, 200)
    );
    let policy = create(&here, FORBID_READING).await;
    until(403, async || reads(&there, &dataset).await).await;
    let _ = delete(&there, &policy).await.expect_status(204);
    until(200, async || reads(&here, &dataset).await).await;
    let by_tag = r#"forbid (principal, action == Action::"record:read", resource is Dataset)
        when { resource.tags.contains("raw") };"#;
    create(&there, by_tag).await;
    assert_eq!(reads(&there, &dataset).await, 200);
    let request = here.request(Method::PATCH, &format!("/datasets/{dataset}"));
    let _ = request
        .json(&json!({ "tags": ["raw"] }))
        .reply()
        .await
        .expect_status(200);
    until(403, async || reads(&there, &dataset).await).await;
    let newer = deployment.serve(&[]);
    assert_eq!(reads(&here.at(newer.url()), &dataset).await, 403);
}
