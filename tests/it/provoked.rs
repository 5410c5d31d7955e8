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
    let list = admin.get("/datasets?name=out%20of%20reach").reply().await;
    // what the node remembers of the tenant's rules holds for a second; after it, these are what is missing first
    let code = list.json()["code"].as_str().expect("a code").to_owned();
    assert_eq!(list.status, 503);
    assert!(
        ["VAULT_DATA_4011", "VAULT_SYS_9002"].contains(&code.as_str()),
        "{code}"
    );
    assert!(list.header("Retry-After").is_some() && !list.text().contains(&dataset));
}
