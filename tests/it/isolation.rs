//! What a tenant has, no other tenant sees.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Row;
use vault_tests::{Account, Answer, Client, shared};

async fn tenant_with_record(name: &str) -> (Client, Account, String, String) {
    let (client, account) = shared::new_tenant().await;
    let dataset = client.create_dataset(name).await;
    let record = client
        .add_record(&dataset, &json!({ "data": "theirs", "external_id": "x" }))
        .await;
    let record = record["id"].as_str().expect("an id").to_owned();
    (client, account, dataset, record)
}

/// A body that the endpoint would accept.
fn body(method: &str, path: &str) -> Value {
    match (method, path.rsplit('/').next()) {
        ("post", Some("records")) if path.contains("/versions/") => json!({ "records": [{ "data": 1 }] }),
        ("post", Some("records")) => json!({ "data": 1 }),
        _ if path.contains("/custom-types/") => json!({ "name": "taken_over", "words": ["xy"] }),
        _ if path.contains("/policies/") => {
            json!({ "name": "taken over", "policy": "permit (principal, action, resource);" })
        }
        ("post", Some("grants")) => {
            json!({ "role": "auditor", "actions": ["record:read"], "reason": "taken over" })
        }
        _ => json!({ "name": "taken over" }),
    }
}

#[tokio::test]
async fn every_endpoint_answers_404_for_what_belongs_to_others() {
    let (owner, _, dataset, record) = tenant_with_record("walked").await;
    let (stranger, _) = shared::new_tenant().await;
    let document = stranger
        .get("/openapi.json")
        .reply()
        .await
        .expect_status(200)
        .json();
    let keys = owner.get("/keys").reply().await.expect_status(200).json();
    let key = keys["items"][0]["id"].as_str().expect("a key").to_owned();
    let theirs = json!({ "name": "theirs", "words": ["theirs"] });
    let request = owner.post("/privacy/custom-types").json(&theirs);
    let custom_type = request.reply().await.expect_status(201).json();
    let custom_type = custom_type["id"].as_str().expect("an id").to_owned();
    let theirs = json!({ "name": "theirs", "policy": "permit (principal, action, resource);" });
    let request = owner.post("/policies").json(&theirs);
    let policy = request.reply().await.expect_status(201).json();
    let policy = policy["id"].as_str().expect("an id").to_owned();
    let theirs = json!({ "role": "auditor", "actions": ["record:read"], "reason": "theirs" });
    let request = owner.post(&format!("/datasets/{dataset}/grants")).json(&theirs);
    let grant = request.reply().await.expect_status(201).json();
    let grant = grant["id"].as_str().expect("an id").to_owned();
    let mut walked = 0;
    for (template, methods) in document["paths"].as_object().expect("paths") {
        if !template.contains("{id}") {
            continue;
        }
        for rid in [record.as_str(), "ext:x"] {
            let (id, code) = match template.as_str() {
                of_keys if of_keys.contains("/keys/") => (key.as_str(), "CRYPTO_5004"),
                of_types if of_types.contains("/custom-types/") => (custom_type.as_str(), "DATA_4001"),
                of_policies if of_policies.contains("/policies/") => (policy.as_str(), "DATA_4001"),
                of_grants if of_grants.contains("{grant_id}") => (dataset.as_str(), "DATA_4001"),
                _ => (dataset.as_str(), "DATA_4002"),
            };
            let path = template
                .replace("{id}", id)
                .replace("{rid}", rid)
                .replace("{grant_id}", &grant)
                .replace("{v}", "draft");
            for method in methods.as_object().expect("methods").keys() {
                let verb: Method = method.to_uppercase().parse().expect("a method");
                let request = stranger.outside(verb, &path);
                let request = if method == "get" {
                    request
                } else {
                    request.json(&body(method, template))
                };
                request.reply().await.expect_problem(404, code);
                walked += 1;
            }
        }
    }
    assert!(walked >= 20, "{walked} requests");
    let kept = owner
        .get(&format!("/datasets/{dataset}"))
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(
        (&kept["name"], &kept["status"]),
        (&json!("walked"), &json!("active"))
    );
    assert_eq!(owner.stats(&dataset).await["record_count"], 1);
}

#[tokio::test]
async fn lists_and_the_log_show_the_callers_own() {
    let (first, first_account, first_dataset, _) = tenant_with_record("same name").await;
    let (second, second_account, second_dataset, _) = tenant_with_record("same name").await;
    for (client, account, dataset) in [
        (&first, &first_account, &first_dataset),
        (&second, &second_account, &second_dataset),
    ] {
        let datasets = client.get("/datasets").reply().await.expect_status(200).json();
        assert_eq!(datasets["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(&datasets["items"][0]["id"], dataset);
        let events = client.all_pages("/audit/events", "?limit=2", "after").await;
        assert!(events.len() >= 4);
        assert!(events.iter().all(|event| event["tenant_id"] == account.tenant));
    }
    let of_first = second
        .get(&format!("/audit/events?resource={first_dataset}"))
        .reply()
        .await
        .expect_status(200);
    assert_eq!(of_first.json()["items"], json!([]));
}

#[tokio::test]
async fn the_role_that_reads_sees_nothing_without_a_tenant_and_only_its_rows_with_one() {
    let (_, account, _, _) = tenant_with_record("by SQL").await;
    let mut sql = shared::deployment().await.sql().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' \
         WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'read_models') ORDER BY 1",
    )
    .fetch_all(&mut sql)
    .await
    .expect("the tables");
    assert!(tables.len() > 10, "{tables:?}");
    for statement in ["SET ROLE vault_reader", "SET vault.tenant = ''"] {
        sqlx::query(statement)
            .execute(&mut sql)
            .await
            .expect("the role is taken");
    }
    let mut readable = 0;
    for table in &tables {
        let count = sqlx::query_scalar::<_, i64>(&format!("SELECT count(*) FROM {table}"))
            .fetch_one(&mut sql)
            .await;
        readable += u32::from(count.is_ok());
        assert!(count.is_err() || count.is_ok_and(|count| count == 0), "{table}");
    }
    assert!(readable >= 5);
    let set = format!("SET vault.tenant = '{}'", account.tenant);
    sqlx::query(&set)
        .execute(&mut sql)
        .await
        .expect("a tenant is set");
    for table in [
        "events",
        "read_models.datasets",
        "read_models.records",
        "record_contents",
    ] {
        let count =
            format!("SELECT count(*), count(*) FILTER (WHERE tenant_id <> current_tenant()) FROM {table}");
        let row = sqlx::query(&count).fetch_one(&mut sql).await.expect("rows");
        assert!(row.get::<i64, _>(0) > 0, "{table}");
        assert_eq!(row.get::<i64, _>(1), 0, "{table}");
    }
    for table in [
        "credentials",
        "refresh_tokens",
        "api_keys",
        "credential_changes",
        "second_factors",
    ] {
        assert!(
            sqlx::query(&format!("SELECT * FROM {table}"))
                .fetch_all(&mut sql)
                .await
                .is_err(),
            "{table}"
        );
    }
    for change in [
        "DELETE FROM events",
        "UPDATE read_models.records SET size_bytes = 0",
        "TRUNCATE events",
    ] {
        assert!(sqlx::query(change).execute(&mut sql).await.is_err(), "{change}");
    }
}

#[tokio::test]
async fn the_log_is_rewritten_by_nobody() {
    let mut sql = shared::deployment().await.sql().await;
    for change in [
        "UPDATE events SET position = 0",
        "DELETE FROM events",
        "TRUNCATE events",
        "DELETE FROM event_batches",
    ] {
        assert!(sqlx::query(change).execute(&mut sql).await.is_err(), "{change}");
    }
}
