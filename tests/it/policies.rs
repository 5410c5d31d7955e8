//! Policies: which there are, and what they say.

use serde_json::{Value, json};
use vault_tests::{Answer as _, Client, shared};

async fn ask(client: &Client, question: &Value) -> Value {
    let reply = client.post("/policies/evaluate").json(question).reply().await;
    reply.expect_status(200).json()
}

#[tokio::test]
async fn each_role_may_do_what_its_policy_says() {
    let (admin, account) = shared::new_tenant().await;
    let policies = admin.get("/policies").reply().await.expect_status(200).json();
    let items = policies["items"].as_array().expect("items");
    let auditor = items
        .iter()
        .find(|item| item["id"] == "role.auditor")
        .expect("an auditor's policy");
    assert_eq!(auditor["effect"], "permit");
    assert!(
        auditor["policy"]
            .as_str()
            .expect("its text")
            .contains("audit:read")
    );
    for (role, may, may_not) in [
        ("ml_engineer", "/datasets", "/audit/events"),
        (
            "security_engineer",
            "/keys",
            "/users/01990000-0000-7000-8000-000000000000/api-keys",
        ),
        ("operator", "/keys", "/audit/events"),
        ("external_consumer", "/datasets", "/keys"),
    ] {
        let (client, _) = shared::new_user(&account.tenant, role).await;
        let _ = client.get(may).reply().await.expect_status(200);
        let refused = client.get(may_not).reply().await;
        refused.expect_problem(403, "AUTHZ_2001");
    }
}

#[tokio::test]
async fn an_answer_says_by_which_policy_and_what_is_missing() {
    let (admin, _) = shared::new_tenant().await;
    let dataset = admin.create_dataset("explained").await;
    let allowed = ask(&admin, &json!({ "action": "record:read", "dataset_id": dataset })).await;
    assert_eq!(allowed["decision"], "allow");
    assert_eq!(allowed["permitting"], json!(["role.admin"]));
    let as_auditor = |action: &str| json!({ "action": action, "dataset_id": dataset, "principal": { "roles": ["auditor"] } });
    let denied = ask(&admin, &as_auditor("record:read")).await;
    assert_eq!(denied["decision"], "deny");
    assert_eq!(denied["permitting"], json!([]));
    let would = json!(["admin", "data_scientist", "ml_engineer"]);
    assert_eq!(denied["roles_that_would"], would);
    let outsider =
        json!({ "action": "audit:read", "principal": { "roles": ["admin", "external_consumer"] } });
    let denied = ask(&admin, &outsider).await;
    assert_eq!(denied["forbidding"], json!(["platform.outsiders"]));
    assert_eq!(denied["roles_that_would"], json!([]));
}

#[tokio::test]
async fn a_policy_is_tried_out_on_a_dataset_at_a_time() {
    let (admin, _) = shared::new_tenant().await;
    let made = admin
        .post("/datasets")
        .json(&json!({ "name": "tried", "tags": ["raw"] }))
        .reply()
        .await
        .expect_status(201)
        .json();
    let office_hours = r#"forbid (principal, action == Action::"record:read", resource is Dataset)
        when { resource.tags.contains("raw") && context.now.toTime() > duration("17h") };"#;
    let question = |at: &str| {
        json!({
            "action": "record:read", "dataset_id": made["id"], "at": at, "policies": [office_hours],
            "principal": { "roles": ["data_scientist"] },
        })
    };
    let by_day = ask(&admin, &question("2026-11-20T12:00:00Z")).await;
    assert_eq!(by_day["decision"], "allow");
    let by_night = ask(&admin, &question("2026-11-20T23:00:00Z")).await;
    assert_eq!(by_night["decision"], "deny");
    assert_eq!(by_night["forbidding"], json!(["tried.0"]));
    let recent = r#"permit (principal in Role::"auditor", action == Action::"record:read", resource)
        when { context has mfa_age_s && context.mfa_age_s < 300 };"#;
    for (age, decision) in [(json!(null), "deny"), (json!(60), "allow"), (json!(301), "deny")] {
        let answer = ask(
            &admin,
            &json!({
                "action": "record:read", "dataset_id": made["id"], "policies": [recent],
                "principal": { "roles": ["auditor"], "mfa_age_s": age },
            }),
        )
        .await;
        assert_eq!(answer["decision"], decision, "{age}");
    }
}

#[tokio::test]
async fn a_question_that_cannot_be_asked_is_refused() {
    let (admin, account) = shared::new_tenant().await;
    let evaluate = async |client: &Client, question: Value| {
        client.post("/policies/evaluate").json(&question).reply().await
    };
    let _ = evaluate(&admin, json!({ "action": "dataset:fly" }))
        .await
        .expect_status(400);
    let missing = evaluate(&admin, json!({ "action": "record:read" })).await;
    missing.expect_field(400, "VALID_3002", "dataset_id");
    let none = json!({ "action": "record:read", "dataset_id": "01990000-0000-7000-8000-000000000000" });
    let _ = evaluate(&admin, none).await.expect_status(404);
    for policy in [
        "permit",
        r#"permit (principal, action == Action::"dataset:fly", resource);"#,
    ] {
        let question = json!({ "action": "audit:read", "policies": [policy] });
        let refused = evaluate(&admin, question).await;
        refused.expect_field(400, "VALID_3004", "policies[0]");
    }
    let many: Vec<_> = (0..51).map(|_| "permit (principal, action, resource);").collect();
    let refused = evaluate(&admin, json!({ "action": "audit:read", "policies": many })).await;
    refused.expect_field(400, "VALID_3004", "policies");
    // another tenant's datasets do not exist
    let (stranger, _) = shared::new_tenant().await;
    let dataset = stranger.create_dataset("theirs").await;
    let question = json!({ "action": "record:read", "dataset_id": dataset });
    let _ = evaluate(&admin, question).await.expect_status(404);
    let (scientist, _) = shared::new_user(&account.tenant, "data_scientist").await;
    let refused = evaluate(&scientist, json!({ "action": "audit:read" })).await;
    refused.expect_problem(403, "AUTHZ_2001");
    scientist
        .get("/policies")
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    scientist
        .get("/policies/schema")
        .reply()
        .await
        .expect_problem(403, "AUTHZ_2001");
    let schema = admin
        .get("/policies/schema")
        .reply()
        .await
        .expect_status(200)
        .text();
    assert!(schema.contains("entity Dataset") && schema.contains("\"record:read\""));
}
