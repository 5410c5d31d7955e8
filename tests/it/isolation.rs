//! What a tenant has, no other tenant sees.

use serde_json::json;
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
