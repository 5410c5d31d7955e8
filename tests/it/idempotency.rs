//! The same key and body give the same answer, and nothing is done twice.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Answer, Client, Reply, shared};

async fn post(client: &Client, path: &str, key: &str, body: &Value) -> Reply {
    client
        .post(path)
        .header("Idempotency-Key", key)
        .json(body)
        .reply()
        .await
}

fn replayed(reply: &Reply) -> bool {
    reply.header("idempotency-replayed") == Some("true")
}

#[tokio::test]
async fn a_dataset_is_created_once_under_its_key() {
    let client = shared::admin().await;
    let body = json!({ "name": "once", "description": "d" });
    let first = post(&client, "/datasets", "create-once", &body)
        .await
        .expect_status(201);
    assert!(!replayed(&first));
    let again = post(&client, "/datasets", "create-once", &body)
        .await
        .expect_status(201);
    assert!(replayed(&again));
    assert_eq!(again.json(), first.json());
    for header in ["etag", "location", "vault-position"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
    // the other spelling of the header is the same key
    let other = client
        .post("/datasets")
        .header("X-Idempotency-Key", "create-once")
        .json(&body)
        .reply()
        .await;
    assert!(replayed(&other.expect_status(201)));
    let changed = post(&client, "/datasets", "create-once", &json!({ "name": "twice" })).await;
    changed.expect_problem(422, "DATA_4009");
    assert!(!changed.text().contains("create-once"));
}

#[tokio::test]
async fn the_answer_is_the_old_one_when_the_dataset_has_changed_since() {
    let client = shared::admin().await;
    let body = json!({ "name": "changed since" });
    let first = post(&client, "/datasets", "changed-since", &body)
        .await
        .expect_status(201);
    let id = first.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/datasets/{id}");
    let change = client
        .request(Method::PATCH, &path)
        .header("Idempotency-Key", "patch-1");
    let patched = change
        .json(&json!({ "description": "new" }))
        .reply()
        .await
        .expect_status(200);
    let again = post(&client, "/datasets", "changed-since", &body)
        .await
        .expect_status(201);
    assert_eq!(again.json(), first.json());
    let archive = |key: &'static str| {
        client
            .post(&format!("{path}/archive"))
            .header("Idempotency-Key", key)
            .reply()
    };
    let archived = archive("archive-1").await.expect_status(200);
    let repeat = archive("archive-1").await.expect_status(200);
    assert_eq!((repeat.json(), replayed(&repeat)), (archived.json(), true));
    let change = client
        .request(Method::PATCH, &path)
        .header("Idempotency-Key", "patch-1");
    let repeat = change
        .json(&json!({ "description": "new" }))
        .reply()
        .await
        .expect_status(200);
    assert_eq!((repeat.json(), replayed(&repeat)), (patched.json(), true));
    let delete = || {
        client
            .request(Method::DELETE, &path)
            .header("Idempotency-Key", "delete-1")
            .reply()
    };
    let _ = delete().await.expect_status(204);
    assert!(replayed(&delete().await.expect_status(204)));
}

#[tokio::test]
async fn twenty_equal_requests_at_once_create_one_thing() {
    let client = shared::admin().await;
    let body = json!({ "name": "at once" });
    let answers =
        futures::future::join_all((0..20).map(|_| post(&client, "/datasets", "at-once", &body))).await;
    let ids: HashSet<String> = answers
        .iter()
        .map(|answer| answer.json()["id"].to_string())
        .collect();
    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    assert_eq!(ids.len(), 1);
    assert_eq!(answers.iter().filter(|answer| !replayed(answer)).count(), 1);

    let dataset = answers[0].json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/datasets/{dataset}/records");
    let record = json!({ "data": "r@example.com", "external_id": "r" });
    let answers =
        futures::future::join_all((0..20).map(|_| post(&client, &path, "record-at-once", &record))).await;
    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    let bodies: HashSet<String> = answers.iter().map(|answer| answer.json().to_string()).collect();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!(client.stats(&dataset).await["record_count"], 1);
}

#[tokio::test]
async fn equal_requests_at_two_processes_at_once_create_one_thing() {
    let server = shared::deployment().await.serve(&["--role", "api"]);
    let first = shared::admin().await;
    let second = first.at(server.url());
    let clients = [&first, &second];
    let body = json!({ "name": "at two places" });
    let answers = (0..20).map(|number| post(clients[number % 2], "/datasets", "at-two-places", &body));
    let answers = futures::future::join_all(answers).await;
    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    let bodies: HashSet<String> = answers.iter().map(|answer| answer.json().to_string()).collect();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!(answers.iter().filter(|answer| !replayed(answer)).count(), 1);
    let policy = json!({ "name": "of two", "policy": "permit (principal, action == Action::\"dataset:read\", resource);" });
    let answers = (0..10).map(|number| post(clients[number % 2], "/policies", "policy-of-two", &policy));
    let answers = futures::future::join_all(answers).await;
    let ids: HashSet<String> = answers
        .iter()
        .map(|answer| answer.json()["id"].to_string())
        .collect();
    assert_eq!((ids.len(), answers[0].status), (1, 201), "{answers:?}");
}

#[tokio::test]
async fn a_key_belongs_to_its_user_and_its_route() {
    let tenant = shared::admin_account().await.tenant;
    let client = shared::admin().await;
    let (colleague, _) = shared::new_user(&tenant, "data_scientist").await;
    let (stranger, _) = shared::new_tenant().await;
    let mine = post(&client, "/datasets", "k", &json!({ "name": "mine" }))
        .await
        .expect_status(201);
    let theirs = post(&colleague, "/datasets", "k", &json!({ "name": "theirs" }))
        .await
        .expect_status(201);
    let others = post(&stranger, "/datasets", "k", &json!({ "name": "mine" }))
        .await
        .expect_status(201);
    assert!(![&mine, &theirs, &others].into_iter().any(replayed));
    let dataset = mine.json()["id"].as_str().expect("an id").to_owned();
    let added = post(
        &client,
        &format!("/datasets/{dataset}/records"),
        "k",
        &json!({ "data": 1 }),
    )
    .await;
    assert!(!replayed(&added.expect_status(201)));
    // the same route on another dataset is another request under the same key
    let other = theirs.json()["id"].as_str().expect("an id").to_owned();
    let elsewhere = post(
        &client,
        &format!("/datasets/{other}/records"),
        "k",
        &json!({ "data": 1 }),
    )
    .await;
    elsewhere.expect_problem(422, "DATA_4009");
}

#[tokio::test]
async fn a_batch_is_added_once_with_its_failures() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("batch once").await;
    client
        .add_record(&dataset, &json!({ "data": 0, "external_id": "taken" }))
        .await;
    let mut records: Vec<Value> = (0..2_500)
        .map(|number| json!({ "data": { "n": number } }))
        .collect();
    records[3] = json!({ "data": "x@example.com", "external_id": "taken" });
    records[4] = json!({ "data": 1, "external_id": "new" });
    records[1_700] = json!({ "data": 2, "external_id": "new" });
    records[2_400] = json!({});
    let path = format!("/datasets/{dataset}/versions/draft/records");
    let body = json!({ "records": records });
    let first = post(&client, &path, "batch", &body).await.expect_status(201);
    let again = post(&client, &path, "batch", &body).await.expect_status(201);
    assert!(!replayed(&first) && replayed(&again));
    assert_eq!(first.json()["failed"].as_array().map(Vec::len), Some(3));
    assert!(first.json() == again.json(), "{:?}", again.json()["failed"]);
    assert_eq!(client.stats(&dataset).await["record_count"], 2_498);
    records_changed(&client, &path, body).await;
    assert_eq!(client.stats(&dataset).await["record_count"], 2_498);
}

async fn records_changed(client: &Client, path: &str, mut body: Value) {
    body["records"][0] = json!({ "data": "other" });
    post(client, path, "batch", &body)
        .await
        .expect_problem(422, "DATA_4009");
}

#[tokio::test]
async fn a_stream_is_verified_and_goes_on_where_it_broke_off() {
    let client = shared::admin().await;
    let dataset = client.create_dataset("stream once").await;
    let line = |number: u64| format!("{{\"data\":{{\"n\":{number}}},\"external_id\":\"s-{number}\"}}\n");
    let whole: String = (0..1_800).map(line).collect();
    let start: String = (0..1_000).map(line).collect();
    let path = format!("/datasets/{dataset}/versions/draft/records");
    let upload = |text: String| {
        let request = client.post(&path).header("Content-Type", "application/x-ndjson");
        request.header("Idempotency-Key", "stream").body(text).reply()
    };
    let first = upload(start).await.expect_status(200).lines();
    let second = upload(whole.clone()).await.expect_status(200).lines();
    let third = upload(whole).await.expect_status(200).lines();
    let summary = |lines: &[Value]| {
        let last = lines.last().expect("a summary");
        (
            last["created"].as_u64(),
            last["failed"].as_u64(),
            last["replayed"].as_u64(),
        )
    };
    assert_eq!(summary(&first), (Some(1_000), Some(0), Some(0)));
    assert_eq!(summary(&second), (Some(1_800), Some(0), Some(1_000)));
    assert_eq!(summary(&third), (Some(1_800), Some(0), Some(1_800)));
    assert_eq!(first[..1_000], second[..1_000]);
    assert_eq!(second[..1_800], third[..1_800]);
    assert_eq!(client.stats(&dataset).await["record_count"], 1_800);
    let changed = upload(line(77)).await.expect_status(200).lines();
    assert_eq!(changed[0]["error"]["code"], "VAULT_DATA_4009", "{changed:?}");
    assert_eq!(client.stats(&dataset).await["record_count"], 1_800);
}

#[tokio::test]
async fn a_request_that_failed_may_be_tried_again_under_its_key() {
    let client = shared::admin().await;
    post(&client, "/datasets", "failed", &json!({ "name": "" }))
        .await
        .expect_problem(400, "VALID_3018");
    let created = post(&client, "/datasets", "failed", &json!({ "name": "failed once" }))
        .await
        .expect_status(201);
    assert!(!replayed(&created));
    post(
        &client,
        "/datasets",
        "name-taken",
        &json!({ "name": "failed once" }),
    )
    .await
    .expect_problem(409, "DATA_4007");
    let dataset = created.json()["id"].as_str().expect("an id").to_owned();
    let _ = client
        .request(Method::DELETE, &format!("/datasets/{dataset}"))
        .reply()
        .await
        .expect_status(204);
    let created = post(
        &client,
        "/datasets",
        "name-taken",
        &json!({ "name": "failed once" }),
    )
    .await
    .expect_status(201);
    assert!(!replayed(&created));
}

#[tokio::test]
async fn a_replay_wants_the_right_that_the_request_wanted() {
    let tenant = shared::admin_account().await.tenant;
    let (client, account) = shared::new_user(&tenant, "data_scientist").await;
    let body = json!({ "name": "rights again" });
    let _ = post(&client, "/datasets", "rights", &body)
        .await
        .expect_status(201);
    let anonymous = shared::anonymous().await;
    post(&anonymous, "/datasets", "rights", &body)
        .await
        .expect_problem(401, "AUTH_1005");
    let mut sql = shared::deployment().await.sql().await;
    sqlx::query("UPDATE credentials SET roles = ARRAY['auditor'] WHERE user_id = $1::uuid")
        .bind(&account.user)
        .execute(&mut sql)
        .await
        .expect("the role is taken away");
    let now = anonymous.login(&account.email, shared::PASSWORD).await;
    post(&now, "/datasets", "rights", &body)
        .await
        .expect_problem(403, "AUTHZ_2001");
}

#[tokio::test]
async fn keys_that_are_none_are_refused() {
    let client = shared::admin().await;
    let body = json!({ "name": "never" });
    for key in ["", " ", "a b", "käse", &"k".repeat(256)] {
        let answer = client
            .post("/datasets")
            .header("Idempotency-Key", key.as_bytes())
            .json(&body)
            .reply()
            .await;
        answer.expect_field(400, "VALID_3007", "Idempotency-Key");
    }
    let twice = client
        .post("/datasets")
        .header("Idempotency-Key", "a")
        .header("X-Idempotency-Key", "b");
    twice
        .json(&body)
        .reply()
        .await
        .expect_field(400, "VALID_3007", "Idempotency-Key");
}
