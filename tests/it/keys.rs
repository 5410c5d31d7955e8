//! Rotation: of content keys, by hand and by age, and of the root key.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection;
use vault_tests::{
    Answer, Client, Deployment, Server, finished,
    kms::{aws_endpoint, aws_settings, new_aws_key},
    shared::{self, PASSWORD},
};

/// How soon other processes know of a new key, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

async fn keys_of(client: &Client, scope: &str) -> Vec<Value> {
    let path = format!("/keys?scope_id={scope}&limit=100");
    let page = client.get(&path).reply().await.expect_status(200).json();
    page["items"].as_array().expect("items").clone()
}

/// The content key of a scope that seals.
async fn active(client: &Client, scope: &str) -> Value {
    let keys = keys_of(client, scope).await;
    let mut active = keys
        .into_iter()
        .filter(|key| key["purpose"] == "content" && key["status"] == "active");
    let key = active.next().expect("one seals");
    assert!(active.next().is_none(), "and one alone");
    key
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

async fn rotate(client: &Client, key: &str) -> Value {
    let path = format!("/keys/{key}/rotate");
    client.post(&path).reply().await.expect_status(200).json()
}

/// Under which keys the contents of a dataset are sealed, oldest first.
async fn sealed_under(deployment: &Deployment, dataset: &str) -> Vec<String> {
    let mut sql = deployment.sql().await;
    let keys = sqlx::query_scalar(
        "SELECT DISTINCT encode(substring(ciphertext FROM 3 FOR 16), 'hex')::uuid::text FROM record_contents \
         WHERE dataset_id = $1::uuid ORDER BY 1",
    )
    .bind(dataset)
    .fetch_all(&mut sql)
    .await
    .expect("the database answers");
    sql.close().await.expect("closed");
    keys
}

async fn add(client: &Client, dataset: &str, text: &str) -> String {
    let record = client
        .add_record(dataset, &json!({ "data": { "text": text } }))
        .await;
    id(&record).to_owned()
}

async fn text(client: &Client, dataset: &str, record: &str) -> Value {
    let path = format!("/datasets/{dataset}/versions/draft/records/{record}");
    client.get(&path).reply().await.expect_status(200).json()["data"]["text"].clone()
}

#[tokio::test]
async fn a_rotated_key_seals_no_more_and_what_it_sealed_stays_readable() {
    let (client, account) = shared::new_tenant().await;
    let dataset = client.create_dataset("rotated").await;
    let before = add(&client, &dataset, "before").await;
    let first = active(&client, &dataset).await;
    assert_eq!(
        (&first["generation"], &first["scope_type"]),
        (&json!(1), &json!("dataset"))
    );

    let rotated = rotate(&client, id(&first)).await;
    assert_eq!(rotated["previous_id"], first["id"]);
    assert_eq!(
        (&rotated["generation"], &rotated["scope_id"]),
        (&json!(2), &json!(dataset))
    );
    assert_eq!(active(&client, &dataset).await["id"], rotated["id"]);
    let after = add(&client, &dataset, "after").await;
    assert_eq!(text(&client, &dataset, &before).await, "before");
    assert_eq!(text(&client, &dataset, &after).await, "after");
    let deployment = vault_tests::deployment().await;
    assert_eq!(
        sealed_under(deployment, &dataset).await,
        [id(&first), id(&rotated)]
    );

    let third = rotate(&client, id(&rotated)).await;
    assert_eq!(third["generation"], 3);
    let events = client
        .get("/audit/events?type=key.rotated")
        .reply()
        .await
        .expect_status(200)
        .json();
    let payload = &events["items"][0]["payload"];
    assert_eq!(
        *payload,
        json!({
            "scope": { "dataset": dataset }, "previous": first["id"], "key_id": rotated["id"],
            "generation": 2, "reason": "asked",
        })
    );
    assert_eq!(events["items"][0]["tenant_id"], account.tenant);

    let listed = finished(
        deployment
            .command()
            .args(["keys", "--json", "list", "--tenant", &account.tenant]),
    );
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let of_dataset = listed["keys"].as_array().expect("keys").iter();
    let contents: Vec<_> = of_dataset
        .filter(|key| key["scope_id"] == dataset.as_str())
        .map(|key| (key["generation"].clone(), key["contents"].clone()))
        .collect();
    assert_eq!(
        contents,
        [(json!(1), json!(1)), (json!(2), json!(1)), (json!(3), json!(0))]
    );
}

#[tokio::test]
async fn the_tenants_own_key_is_rotated_too() {
    let (client, account) = shared::new_tenant().await;
    client.create_dataset("named before").await;
    let first = active(&client, &account.tenant).await;
    let rotated = rotate(&client, id(&first)).await;
    assert_eq!(
        (&rotated["scope_type"], &rotated["generation"]),
        (&json!("tenant"), &json!(2))
    );
    client.create_dataset("named after").await;
    let page = client.get("/datasets").reply().await.expect_status(200).json();
    assert_eq!(page["items"].as_array().expect("items").len(), 2);
}

#[tokio::test]
async fn what_is_no_active_content_key_is_not_rotated() {
    let (client, account) = shared::new_tenant().await;
    let dataset = client.create_dataset("rotated once").await;
    let first = active(&client, &dataset).await;
    rotate(&client, id(&first)).await;
    let again = client.post(&format!("/keys/{}/rotate", id(&first))).reply().await;
    assert_eq!(again.expect_status(409).json()["code"], "VAULT_DATA_4009");
    let keys = keys_of(&client, &dataset).await;
    let address = keys.iter().find(|key| key["purpose"] == "address").expect("one");
    let path = format!("/keys/{}/rotate", id(address));
    let _ = client.post(&path).reply().await.expect_status(409);
    let unknown = client
        .post("/keys/0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b/rotate")
        .reply()
        .await;
    assert_eq!(unknown.expect_status(404).json()["code"], "VAULT_CRYPTO_5004");

    let (stranger, _) = shared::new_tenant().await;
    let active = active(&client, &dataset).await;
    let path = format!("/keys/{}/rotate", id(&active));
    assert_eq!(
        stranger.post(&path).reply().await.expect_status(404).json()["code"],
        "VAULT_CRYPTO_5004"
    );
    assert!(
        keys_of(&stranger, &dataset).await.is_empty(),
        "another tenant's keys are not listed"
    );
    let (auditor, _) = shared::new_user(&account.tenant, "auditor").await;
    assert_eq!(keys_of(&auditor, &dataset).await.len(), 4);
    let _ = auditor.post(&path).reply().await.expect_status(403);
    let (scientist, _) = shared::new_user(&account.tenant, "data_scientist").await;
    let _ = scientist.get("/keys").reply().await.expect_status(403);
    let _ = scientist.post(&path).reply().await.expect_status(403);
}

#[tokio::test]
async fn a_repeated_rotation_under_its_key_rotates_once() {
    let (client, _) = shared::new_tenant().await;
    let dataset = client.create_dataset("rotated under a key").await;
    let first = active(&client, &dataset).await;
    let path = format!("/keys/{}/rotate", id(&first));
    let post = || client.post(&path).header("Idempotency-Key", "rotate-1").reply();
    let answer = post().await.expect_status(200);
    let repeated = post().await.expect_status(200);
    assert_eq!(repeated.header("idempotency-replayed"), Some("true"));
    assert_eq!(repeated.json(), answer.json());
    assert_eq!(active(&client, &dataset).await["generation"], 2);
}

#[tokio::test]
async fn of_rotations_at_the_same_time_one_makes_the_next_generation() {
    let (client, _) = shared::new_tenant().await;
    let dataset = client.create_dataset("rotated by many").await;
    let first = active(&client, &dataset).await;
    let path = format!("/keys/{}/rotate", id(&first));
    let replies = futures::future::join_all((0..8).map(|_| client.post(&path).reply())).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(active(&client, &dataset).await["generation"], 2);
}

#[tokio::test]
async fn another_process_seals_with_the_new_key_within_moments() {
    let deployment = Deployment::new().await;
    let servers: [Server; 2] = [deployment.serve(&[]), deployment.serve(&[])];
    let account = shared::register(&deployment, servers[0].url(), None, "admin").await;
    let here = Client::anonymous(servers[0].url()).with_token(&account.token);
    let there = here.at(servers[1].url());
    let dataset = here.create_dataset("shared").await;
    add(&there, &dataset, "so that it holds the key").await;
    let first = active(&here, &dataset).await;
    let rotated = rotate(&here, id(&first)).await;
    let seals_anew = async {
        for number in 0.. {
            // equal contents are stored once
            add(&there, &dataset, &format!("which key? {number}")).await;
            if sealed_under(&deployment, &dataset).await.len() == 2 {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, seals_anew)
        .await
        .expect("it forgets the old key");
    assert_eq!(
        sealed_under(&deployment, &dataset).await,
        [id(&first), id(&rotated)]
    );
}

/// A dataset whose key was revoked takes records, and shows and changes what is not content.
async fn goes_on(client: &Client, dataset: &str) {
    let newer = add(client, dataset, "sealed anew").await;
    assert_eq!(text(client, dataset, &newer).await, "sealed anew");
    let path = format!("/datasets/{dataset}");
    let read = client.get(&path).reply().await.expect_status(200);
    assert_eq!(read.json()["name"], "exposed");
    let change = json!({ "description": "its key was exposed" });
    let changed = client.request(reqwest::Method::PATCH, &path).json(&change);
    assert_eq!(changed.reply().await.expect_status(200).json()["name"], "exposed");
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_on_any_process_and_the_rest_goes_on() {
    let deployment = Deployment::new().await;
    let servers: [Server; 2] = [deployment.serve(&[]), deployment.serve(&[])];
    let account = shared::register(&deployment, servers[0].url(), None, "admin").await;
    let here = Client::anonymous(servers[0].url()).with_token(&account.token);
    let there = here.at(servers[1].url());
    let (dataset, other) = (
        here.create_dataset("exposed").await,
        here.create_dataset("other").await,
    );
    let lost = add(&here, &dataset, "exposed").await;
    let large = add(&here, &dataset, &"exposed at length ".repeat(8_000)).await;
    let safe = add(&here, &other, "safe").await;
    for client in [&here, &there] {
        assert_eq!(text(client, &dataset, &lost).await, "exposed");
    }
    let key = active(&here, &dataset).await;
    let revoke = || {
        let mut command = deployment.command();
        command.args([
            "keys",
            "--json",
            "revoke",
            "--tenant",
            &account.tenant,
            "--key",
            id(&key),
        ]);
        serde_json::from_str::<Value>(&finished(&mut command)).expect("JSON")
    };
    let revoked = revoke();
    let replacement = revoked["replacement_id"].as_str().expect("it sealed");

    for client in [&here, &there] {
        for record in [&lost, &large] {
            let path = format!("/datasets/{dataset}/versions/draft/records/{record}");
            let refused = async { while client.get(&path).reply().await.status == 200 {} };
            tokio::time::timeout(Duration::from_secs(5), refused)
                .await
                .expect("at once");
            client.get(&path).reply().await.expect_problem(403, "CRYPTO_5005");
        }
        assert_eq!(text(client, &other, &safe).await, "safe");
        goes_on(client, &dataset).await;
    }
    let keys = keys_of(&here, &dataset).await;
    let status = |id: &str| {
        keys.iter()
            .find(|key| key["id"] == id)
            .map(|key| key["status"].clone())
    };
    assert_eq!(
        (status(id(&key)), status(replacement)),
        (Some(json!("revoked")), Some(json!("active")))
    );
    assert_eq!(
        revoke()["replacement_id"],
        Value::Null,
        "the same again does nothing"
    );
    let events = here
        .get("/audit/events?type=key.revoked")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(events["items"].as_array().expect("items").len(), 1);
}

#[tokio::test]
async fn a_revocation_that_broke_off_after_its_event_is_made_good_by_the_next_start() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("exposed").await;
    let lost = add(&client, &dataset, "exposed").await;
    let key = active(&client, &dataset).await;
    drop(server);
    let _ = finished(deployment.command().args([
        "keys",
        "revoke",
        "--tenant",
        &account.tenant,
        "--key",
        id(&key),
    ]));
    let mut sql = deployment.sql().await;
    let undone = sqlx::query("UPDATE data_keys SET revoked_at = NULL WHERE revoked_at IS NOT NULL")
        .execute(&mut sql)
        .await
        .expect("as if the command had been killed");
    assert_eq!(undone.rows_affected(), 1);
    let server = deployment.serve(&[]);
    let client = Client::anonymous(server.url())
        .login(&account.email, PASSWORD)
        .await;
    let path = format!("/datasets/{dataset}/versions/draft/records/{lost}");
    let refused = async { while client.get(&path).reply().await.status == 200 {} };
    tokio::time::timeout(Duration::from_secs(5), refused)
        .await
        .expect("at once");
    client.get(&path).reply().await.expect_problem(403, "CRYPTO_5005");
}

#[tokio::test]
async fn old_keys_are_rotated_by_the_server_and_by_an_operator() {
    let mut deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("old").await;
    drop(server);
    let mut sql = deployment.sql().await;
    let aged = sqlx::query("UPDATE data_keys SET created_at = created_at - interval '100 days'")
        .execute(&mut sql)
        .await
        .expect("the rows are aged");
    assert_eq!(
        aged.rows_affected(),
        6,
        "tenant, look-up, user, content, value, address"
    );

    deployment.set(&[("VAULT_ENCRYPTION_ROTATE_AFTER_DAYS", "101")]);
    let report =
        finished(
            deployment
                .command()
                .args(["keys", "--json", "rotate", "--older-than-days", "101"]),
        );
    assert_eq!(report.trim(), r#"{"rotated":0}"#);
    deployment.set(&[("VAULT_ENCRYPTION_ROTATE_AFTER_DAYS", "99")]);
    let server = deployment.serve(&[]);
    let client = Client::anonymous(server.url())
        .login(&account.email, PASSWORD)
        .await;
    let rotated = async {
        while active(&client, &dataset).await["generation"] == 1
            || active(&client, &account.tenant).await["generation"] == 1
        {}
    };
    tokio::time::timeout(PATIENCE, rotated)
        .await
        .expect("the server rotates them");
    let events = client
        .get("/audit/events?type=key.rotated")
        .reply()
        .await
        .expect_status(200)
        .json();
    let events = events["items"].as_array().expect("items");
    assert_eq!(events.len(), 2, "the user's key seals one email and stays");
    assert!(events.iter().all(|event| event["payload"]["reason"] == "age"));

    let key = active(&client, &dataset).await;
    let report = finished(deployment.command().args([
        "keys",
        "--json",
        "rotate",
        "--tenant",
        &account.tenant,
        "--key",
        id(&key),
    ]));
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(
        (&report["generation"], &report["previous_id"]),
        (&json!(3), &key["id"])
    );
}

#[tokio::test]
async fn a_new_root_key_takes_over_and_the_old_one_is_needed_no_more() {
    let (endpoint, key) = (aws_endpoint(), new_aws_key().await);
    let mut deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("kept").await;
    let record = add(&client, &dataset, "kept").await;
    client.checkpoint(1).await;
    drop(server);

    let old = deployment.file("root.key");
    let previous = format!("[{{ provider = \"local\", key_file = \"{}\" }}]", old.display());
    deployment.set(&aws_settings(&endpoint, &key));
    deployment.set(&[
        ("VAULT_ENCRYPTION_KEY_FILE", ""),
        ("VAULT_ENCRYPTION_PREVIOUS", &previous),
    ]);
    let rewrap = || {
        let report = finished(deployment.command().args(["keys", "--json", "rewrap-root"]));
        serde_json::from_str::<Value>(&report).expect("JSON")
    };
    // the service key was taken over by the command; what it wraps anew are the tenant's key and the log's seed
    assert_eq!(rewrap(), json!({ "rewrapped": 2, "root_key": key }));
    assert_eq!(rewrap()["rewrapped"], 0, "nothing is left");
    let listed: Value =
        serde_json::from_str(&finished(deployment.command().args(["keys", "--json", "list"]))).expect("JSON");
    assert_eq!(
        listed["root_keys"],
        json!([{ "provider": "aws", "root_key": key, "wrapped": 3, "configured": true }])
    );

    deployment.set(&[("VAULT_ENCRYPTION_PREVIOUS", "")]);
    std::fs::remove_file(&old).expect("the old key is gone");
    let server = deployment.serve(&[]);
    let client = Client::anonymous(server.url())
        .login(&account.email, PASSWORD)
        .await;
    assert_eq!(text(&client, &dataset, &record).await, "kept");
    let newer = add(&client, &dataset, "newer").await;
    assert_eq!(text(&client, &dataset, &newer).await, "newer");
    let events = client
        .get("/audit/events?type=key.rewrapped")
        .reply()
        .await
        .expect_status(200)
        .json();
    let payload = &events["items"][0]["payload"];
    assert_eq!(
        (&payload["from"], &payload["to"]),
        (&json!("local"), &json!("aws"))
    );
    let _ = finished(deployment.command().args(["audit", "verify"]));
}
