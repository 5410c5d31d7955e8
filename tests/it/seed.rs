//! The tests that the project grew from, against the development vault with its two accounts, as they were written.

use serde_json::json;
use tokio::sync::OnceCell;
use vault_tests::{Answer, Client, DevVault, Server};

struct Dev {
    server: Server,
    // after the server: its folder must outlive it
    _vault: DevVault,
}

static DEV: OnceCell<Dev> = OnceCell::const_new();

async fn anonymous() -> Client {
    let start = async || {
        let vault = DevVault::default();
        Dev {
            server: vault.start(),
            _vault: vault,
        }
    };
    Client::anonymous(DEV.get_or_init(start).await.server.url())
}

async fn admin() -> Client {
    anonymous().await.login("admin@example.com", "admin123").await
}

#[tokio::test]
async fn a_login_gives_two_tokens() {
    let login = json!({ "email": "test@example.com", "password": "password123" });
    let answer = anonymous()
        .await
        .post("/auth/login")
        .json(&login)
        .reply()
        .await
        .expect_status(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    assert!(body["access_token"].is_string());
    assert!(body["refresh_token"].is_string());
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 900);
}

#[tokio::test]
async fn a_wrong_password_is_401() {
    let login = json!({ "email": "test@example.com", "password": "wrong" });
    anonymous()
        .await
        .post("/auth/login")
        .json(&login)
        .reply()
        .await
        .expect_problem(401, "AUTH_1008");
}

#[tokio::test]
async fn datasets_want_a_token() {
    anonymous()
        .await
        .get("/datasets")
        .reply()
        .await
        .expect_problem(401, "AUTH_1005");
    let _ = admin().await.get("/datasets").reply().await.expect_status(200);
}

#[tokio::test]
async fn a_new_dataset_is_201_with_an_id() {
    let body = json!({ "name": "Test Dataset", "description": "Test description" });
    let answer = admin()
        .await
        .post("/datasets")
        .json(&body)
        .reply()
        .await
        .expect_status(201);
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        answer.header("location"),
        Some(format!("/api/v1/datasets/{id}").as_str())
    );
}

#[tokio::test]
async fn of_25_datasets_a_page_of_10_has_a_cursor() {
    let admin = admin().await;
    for number in 0..25 {
        admin.create_dataset(&format!("Dataset {number}")).await;
    }
    let page = admin
        .get("/datasets?limit=10")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(10));
    assert!(page["next_cursor"].is_string());
}

#[tokio::test]
async fn an_email_in_a_record_is_found() {
    let admin = admin().await;
    let dataset = admin.create_dataset("PII Test").await;
    let record = json!({ "data": { "text": "Contact me at john.doe@example.com" } });
    let added = admin.add_record(&dataset, &record).await;
    assert_eq!(added["pii_detections"][0]["type"], "email");
    assert_eq!(added["pii_detections"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_redacted_number_is_gone() {
    let body = json!({ "text": "My SSN is 123-45-6789", "strategy": "redact" });
    let answer = admin()
        .await
        .post("/anonymize")
        .json(&body)
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(answer["result"], "My SSN is [REDACTED]");
}
