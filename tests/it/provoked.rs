//! Refusals that take more than one request: what is full, and what is away.

mod faults;

use std::time::Duration;

use serde_json::json;
use vault_tests::{Answer, Client, Deployment, OwnPostgres, new_tenant, shared};

/// How many API keys a user may have.
const MAX_API_KEYS: usize = 50;
/// How long the database may be away before it is said.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_user_has_only_so_many_api_keys() {
    let (admin, _) = new_tenant().await;
    let key = json!({ "name": "one more", "scopes": ["dataset:read"] });
    let make = async || admin.post("/api-keys").json(&key).reply().await;
    let first = make().await.expect_status(201).json();
    for _ in 1..MAX_API_KEYS {
        let _ = make().await.expect_status(201);
    }
    make().await.expect_problem(403, "AUTHZ_2012");
    let path = format!("/api-keys/{}", first["id"].as_str().expect("an id"));
    let revoked = admin.request(reqwest::Method::DELETE, &path).reply().await;
    let _ = revoked.expect_status(204);
    let _ = make().await.expect_status(201);
}

#[tokio::test]
async fn a_vault_without_its_database_says_so() {
    let postgres = OwnPostgres::default();
    let deployment = Deployment::on(postgres.url()).await;
    let server = deployment.serve(&[]);
    let admin = shared::register(&deployment, server.url(), None, "admin").await;
    let admin = Client::anonymous(server.url()).with_token(&admin.token);
    let dataset = admin.create_dataset("out of reach").await;
    postgres.end();
    let ready = async {
        while admin.get("/health/ready").reply().await.status == 200 {}
        admin.get("/health/ready").reply().await
    };
    let ready = tokio::time::timeout(PATIENCE, ready)
        .await
        .expect("it is noticed");
    ready.expect_problem(503, "SYS_9010");
    assert_eq!(admin.get("/health/live").reply().await.status, 200);
    // what the node remembers of the tenant's rules holds for a second; after it, they are what is missing first
    let list = async {
        loop {
            let list = admin.get("/datasets?name=out%20of%20reach").reply().await;
            assert_eq!(list.status, 503);
            assert!(list.header("Retry-After").is_some() && !list.text().contains(&dataset));
            if list.json()["code"] != "VAULT_DATA_4011" {
                return list;
            }
        }
    };
    let list = tokio::time::timeout(PATIENCE, list)
        .await
        .expect("rules are forgotten");
    list.expect_problem(503, "SYS_9002");
}

#[tokio::test]
async fn a_read_model_that_is_gone_is_said_to_be_away() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let admin = shared::register(&deployment, server.url(), None, "admin").await;
    let admin = Client::anonymous(server.url()).with_token(&admin.token);
    let _ = admin.get("/datasets").reply().await.expect_status(200);
    let mut sql = deployment.sql().await;
    sqlx::query("ALTER TABLE read_models.datasets RENAME TO gone")
        .execute(&mut sql)
        .await
        .expect("it is renamed");
    let list = admin.get("/datasets").reply().await;
    assert!(list.header("Retry-After").is_some() && !list.text().contains("read_models"));
    list.expect_problem(503, "DATA_4011");
}
