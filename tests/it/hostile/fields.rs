//! Statements, paths and members that nobody asked for, in every field, filter and path that the document names.

use serde_json::{Value, json};
use vault_tests::{Answer, Client, Reply, operation::Operation, shared};

const STATEMENTS: [&str; 5] = [
    "'; DROP TABLE events; --",
    "' OR '1'='1",
    "\") UNION SELECT secret FROM credentials --",
    "1; SELECT pg_sleep(30)",
    r#"{"$gt": ""}"#,
];
/// What would come from the database and must not be shown.
const TRACES: [&str; 6] = ["syntax error", "pg_", "sqlx", "SELECT ", "relation \"", "/src/"];
const PATHS: [&str; 6] = [
    "..",
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2froot.key",
    "..%5c..%5croot.key",
    "%00",
];

/// Ends the session of the caller, or never ends.
fn is_left_out(operation: &Operation) -> bool {
    operation.template.ends_with("/logout") || operation.template.ends_with("/stream")
}

fn names(operation: &Operation, dataset: &str) -> Vec<String> {
    let named = |placeholder: (&str, &str)| match placeholder {
        ("versions", _) => "draft".to_owned(),
        ("tile", _) => "0/000.p/1".to_owned(),
        _ => dataset.to_owned(),
    };
    operation.placeholders().into_iter().map(named).collect()
}

fn refused_or_harmless(reply: &Reply, what: &str) {
    assert!(reply.status < 500, "{what}: {reply:?}");
    let text = reply.text();
    if reply.status >= 400 {
        for trace in TRACES {
            assert!(!text.contains(trace), "{what}: {reply:?}");
        }
    }
}

async fn tenant() -> (Client, String) {
    let (client, _) = shared::new_tenant().await;
    let dataset = client.create_dataset("attacked").await;
    (client, dataset)
}

#[tokio::test]
async fn statements_in_every_text_of_every_body_are_texts() {
    let (client, dataset) = tenant().await;
    let mut sent = 0;
    for operation in Operation::all(&client).await {
        if is_left_out(&operation) {
            continue;
        }
        for field in operation.text_fields() {
            for statement in STATEMENTS {
                let known = |name: &str, format: &str| match format {
                    "uuid" => Some(json!(dataset)),
                    _ => (name == field).then(|| json!(statement)),
                };
                let body = operation.body(&known).expect("a body");
                let path = operation.path(&names(&operation, &dataset));
                let request = client.outside(operation.method.clone(), &path).json(&body);
                refused_or_harmless(&request.reply().await, &format!("{} {field}", operation.name()));
                sent += 1;
            }
        }
    }
    assert!(sent > 50, "{sent}");
    let kept = client.get(&format!("/datasets/{dataset}")).reply().await;
    assert_eq!(kept.expect_status(200).json()["id"], *dataset);
}

#[tokio::test]
async fn statements_in_every_filter_and_path_find_nothing() {
    let (client, dataset) = tenant().await;
    for operation in Operation::all(&client).await {
        if is_left_out(&operation) || operation.method != reqwest::Method::GET {
            continue;
        }
        let path = operation.path(&names(&operation, &dataset));
        for (parameter, _) in operation.query() {
            for statement in STATEMENTS {
                let request = client.outside(operation.method.clone(), &path);
                let reply = request.query(&[(parameter, statement)]).reply().await;
                let what = format!("{} {parameter}", operation.name());
                refused_or_harmless(&reply, &what);
                if reply.status == 200 {
                    let found = reply.json()["items"].as_array().map_or(0, Vec::len);
                    assert_eq!(found, 0, "{what}: {reply:?}");
                }
            }
        }
        for (number, _) in operation.placeholders().iter().enumerate() {
            for text in STATEMENTS.into_iter().chain(PATHS) {
                let mut names = names(&operation, &dataset);
                names[number] = text
                    .replace(' ', "%20")
                    .replace('/', "%2f")
                    .replace('"', "%22")
                    .replace('?', "%3f");
                let path = operation.path(&names);
                let reply = client.outside(operation.method.clone(), &path).reply().await;
                refused_or_harmless(&reply, &path);
                assert!(reply.status >= 400 || is_page(&path), "{path}: {reply:?}");
                assert!(!reply.text().contains("root:"), "{path}: {reply:?}");
            }
        }
    }
}

/// A client resolves `..` itself, and then asks for something else.
fn is_page(path: &str) -> bool {
    path.contains("/..") || path.contains("%2e%2e")
}

#[tokio::test]
async fn members_that_nobody_asked_for_are_refused_everywhere() {
    let (client, dataset) = tenant().await;
    let mut sent = 0;
    for operation in Operation::all(&client).await {
        if is_left_out(&operation) || !operation.takes_json() {
            continue;
        }
        for (member, value) in [
            ("tenant_id", json!(dataset)),
            ("user_id", json!(dataset)),
            ("roles", json!(["admin"])),
            ("is_admin", json!(true)),
            ("created_at", json!("2020-01-01T00:00:00Z")),
            ("__proto__", json!({ "admin": true })),
        ] {
            let known = |name: &str, _: &str| match name {
                "action" => Some(json!("dataset:read")),
                "words" => Some(json!(["xy"])),
                "finding" => Some(json!("justified")),
                "scopes" | "actions" => Some(json!(["dataset:read"])),
                "roles" => Some(json!(["auditor"])),
                _ => None,
            };
            let mut body = operation.body(&known).expect("a body");
            // what an operation asks for is no trick
            if operation.text_fields().iter().any(|field| field == member) || body.get(member).is_some() {
                continue;
            }
            body.as_object_mut()
                .expect("an object")
                .insert(member.to_owned(), value);
            let path = operation.path(&names(&operation, &dataset));
            let reply = client
                .outside(operation.method.clone(), &path)
                .json(&body)
                .reply()
                .await;
            let problem = reply.json();
            let what = format!("{} {member}", operation.name());
            assert_eq!(reply.status, 400, "{what}: {reply:?}");
            let fields = problem["errors"].as_array().cloned().unwrap_or_default();
            let named = |field: &Value| field["field"].as_str().is_some_and(|name| name.ends_with(member));
            assert!(fields.iter().any(named), "{what}: {reply:?}");
            sent += 1;
        }
    }
    assert!(sent > 80, "{sent}");
}

#[tokio::test]
async fn names_that_look_alike_are_one_or_are_refused() {
    let (client, _) = tenant().await;
    let _ = client.create_dataset("Caf\u{e9}").await;
    let create = async |name: &str| {
        client
            .post("/datasets")
            .json(&json!({ "name": name }))
            .reply()
            .await
    };
    create("Cafe\u{301}").await.expect_problem(409, "DATA_4007");
    for name in [
        "att\u{430}cked",
        "attacked\u{200b}",
        "\u{202e}dekcatta",
        "att\u{ad}acked",
    ] {
        create(name).await.expect_field(400, "VALID_3018", "name");
    }
}
