//! The document of the API is the API.

use std::{fs, path::Path};

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{Answer, deployment, finished, operation::Operation, shared};

#[tokio::test]
async fn the_document_that_is_served_is_the_one_that_is_checked_in() {
    let client = shared::anonymous().await;
    let served = client
        .get("/openapi.json")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert!(
        served["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    let deployment = deployment().await;
    let printed = finished(deployment.command().arg("openapi"));
    assert_eq!(serde_json::from_str::<Value>(&printed).expect("JSON"), served);
    let yaml = finished(deployment.command().args(["openapi", "--yaml"]));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api/openapi.yaml");
    let checked_in = fs::read_to_string(path).expect("the document is checked in");
    assert!(
        yaml == checked_in,
        "write it anew: vault-server openapi --yaml > docs/api/openapi.yaml"
    );
}

#[tokio::test]
async fn every_path_of_the_document_is_routed_and_wants_a_token_where_it_says_so() {
    let (anonymous, admin) = (shared::anonymous().await, shared::admin().await);
    let _ = admin.checkpoint(1).await;
    let unknown = "0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b";
    let nowhere = admin
        .get("/no/such/path")
        .reply()
        .await
        .expect_problem(404, "DATA_4001");
    let mut asked = 0;
    for operation in Operation::all(&anonymous).await {
        let names: Vec<String> = operation
            .placeholders()
            .into_iter()
            .map(|placeholder| match placeholder {
                ("tile", _) => "0/000.p/1",
                ("versions", _) => "draft",
                _ => unknown,
            })
            .map(str::to_owned)
            .collect();
        let (name, path) = (operation.name(), operation.path(&names));
        let refused = anonymous
            .outside(operation.method.clone(), &path)
            .json(&json!({}))
            .reply()
            .await;
        assert_eq!(refused.status == 401, !operation.is_open(), "{name}: {refused:?}");
        if path.ends_with("/stream") || path.ends_with("/logout") {
            continue;
        }
        let answer = admin
            .outside(operation.method.clone(), &path)
            .json(&json!({}))
            .reply()
            .await;
        let problem = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
        let is_nowhere = ["code", "detail"]
            .iter()
            .all(|name| problem[*name] == nowhere[*name]);
        assert!(answer.status < 500 && !is_nowhere, "{name}: {answer:?}");
        asked += 1;
    }
    assert!(asked >= 25, "{asked}");
}

#[tokio::test]
async fn the_pages_and_the_health_checks_are_open_to_all() {
    let anonymous = shared::anonymous().await;
    let docs = anonymous
        .outside(Method::GET, "/docs/")
        .reply()
        .await
        .expect_status(200);
    assert!(docs.text().contains("swagger-ui"));
    let _ = anonymous
        .outside(Method::GET, "/docs")
        .reply()
        .await
        .expect_status(200);
    for path in [
        "/health",
        "/health/live",
        "/health/ready",
        "/api/v1/health",
        "/api/v1/health/ready",
    ] {
        let answer = anonymous
            .outside(Method::GET, path)
            .reply()
            .await
            .expect_status(200);
        assert_eq!(answer.json()["status"], "ok", "{path}");
    }
    let metrics = anonymous
        .outside(Method::GET, "/metrics")
        .reply()
        .await
        .expect_status(200)
        .text();
    assert!(metrics.contains("http_requests_total"), "{metrics}");
    anonymous
        .outside(Method::GET, "/health/detailed")
        .reply()
        .await
        .expect_problem(401, "AUTH_1005");
    let detailed = shared::admin()
        .await
        .get("/health/detailed")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(detailed["projections"].as_array().map(Vec::len), Some(4));
}
