//! Statements, paths and members that nobody asked for, in every field, filter and path that the document names.

use reqwest::Method;
use serde_json::{Value, json};
use vault_tests::{
    Answer, Client, Reply,
    operation::{Need, Operation},
    shared,
};

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
        if is_left_out(&operation) || operation.method != Method::GET {
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

#[tokio::test]
async fn a_name_that_looks_like_anothers_is_taken_until_that_one_is_gone() {
    let (client, _) = tenant().await;
    let create = async |name: &str| {
        let request = client.post("/datasets");
        request.json(&json!({ "name": name })).reply().await
    };
    let rename = async |dataset: &str, name: &str| {
        let path = format!("/datasets/{dataset}");
        let request = client.request(Method::PATCH, &path);
        request.json(&json!({ "name": name })).reply().await
    };
    let scope = client.create_dataset("scope v10").await;
    // Cyrillic as a whole, so no word mixes scripts
    let alike = "\u{455}\u{441}\u{43e}\u{440}\u{435} v1O";
    for name in [alike, "scope vl0", "scope\u{a0}vIO"] {
        let refused = create(name).await;
        refused.expect_field(409, "DATA_4007", "name");
        assert!(refused.text().contains("looks like"), "{refused:?}");
    }
    create("scope v10").await.expect_field(409, "DATA_4007", "name");
    let other = client.create_dataset("scope v11").await;
    rename(&other, alike).await.expect_field(409, "DATA_4007", "name");
    // a name may come to look otherwise, and like itself
    let _ = rename(&scope, "scope vlO").await.expect_status(200);
    let _ = rename(&scope, "elsewhere").await.expect_status(200);
    let _ = rename(&other, alike).await.expect_status(200);
    create("scope v10").await.expect_field(409, "DATA_4007", "name");
    let path = format!("/datasets/{other}");
    let _ = client
        .request(Method::DELETE, &path)
        .reply()
        .await
        .expect_status(204);
    let _ = create("scope v10").await.expect_status(201);
    let (stranger, _) = tenant().await;
    let theirs = stranger.post("/datasets").json(&json!({ "name": alike }));
    let _ = theirs.reply().await.expect_status(201);
}

#[tokio::test]
async fn of_names_that_look_alike_and_come_at_once_one_is_taken() {
    let (client, _) = tenant().await;
    let names = ["m0del", "mOdel", "rn0del", "rnOdel"];
    let created = names.map(async |name| {
        let request = client.post("/datasets");
        request.json(&json!({ "name": name })).reply().await.status
    });
    let mut statuses = futures::future::join_all(created).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
}

#[tokio::test]
async fn numbers_beyond_what_the_document_says_are_refused_by_name() {
    let (client, dataset) = tenant().await;
    let mut sent = 0;
    for operation in Operation::all(&client).await {
        let path = operation.path(&names(&operation, &dataset));
        let required: Vec<_> = operation
            .query()
            .into_iter()
            .filter(|(_, need)| *need == Need::Required)
            .map(|(name, _)| (name, "1".to_owned()))
            .collect();
        for (parameter, least, most) in operation.whole_numbers() {
            let beyond = [least - 1, most + 1].map(|number| number.to_string());
            let odd = ["9223372036854775808", "1e1", "1.0", "0x1", "", "\u{ff11}", "null"].map(str::to_owned);
            for number in beyond.into_iter().chain(odd) {
                let others = required.iter().filter(|(name, _)| *name != parameter);
                let query: Vec<_> = others.cloned().chain([(parameter, number.clone())]).collect();
                let request = client.outside(operation.method.clone(), &path).query(&query);
                let reply = request.reply().await;
                assert_eq!(reply.status, 400, "{} {query:?}: {reply:?}", operation.name());
                reply.expect_field(400, "VALID_3025", parameter);
                sent += 1;
            }
        }
    }
    assert!(sent > 100, "{sent}");
}

/// Where a text of any length and kind is what is asked for.
fn takes_any_text(operation: &Operation, field: &str) -> bool {
    field == "text"
        && (operation.template.ends_with("/anonymize") || operation.template.ends_with("/detect-pii"))
}

#[tokio::test]
async fn what_is_no_text_is_taken_for_none_in_any_body() {
    let (client, dataset) = tenant().await;
    let mut fields = 0;
    for operation in Operation::all(&client).await {
        if is_left_out(&operation) {
            continue;
        }
        let path = operation.path(&names(&operation, &dataset));
        let send = async |body: String| {
            let request = client.outside(operation.method.clone(), &path);
            let request = request.header("Content-Type", "application/json").body(body);
            request.reply().await
        };
        for field in operation.text_fields() {
            let with = |value: &str| {
                let place = json!("PLACE");
                let known = |name: &str, _: &str| match name {
                    _ if name == field => Some(place.clone()),
                    "finding" => Some(json!("justified")),
                    _ => None,
                };
                let body = operation.body(&known).expect("a body").to_string();
                body.replacen("\"PLACE\"", value, 1)
            };
            let twice = with("\"a\"").replacen('{', &format!("{{{}:\"b\",", json!(field)), 1);
            let long = with(&format!("\"{}\"", "x".repeat(1 << 20)));
            for value in [
                "1",
                "true",
                "[\"a\"]",
                "{\"a\":\"b\"}",
                "1e400",
                "\"\\ud800\"",
                "\"\u{0}\"",
            ] {
                let reply = send(with(value)).await;
                assert_eq!(
                    reply.status,
                    400,
                    "{} {field} {value}: {reply:?}",
                    operation.name()
                );
            }
            let reply = send(twice).await;
            let named = reply.json()["errors"][0]["field"].clone();
            assert_eq!(
                (reply.status, named),
                (400, json!(field)),
                "{}: {reply:?}",
                operation.name()
            );
            let reply = send(long).await;
            let taken = reply.status < 300 && takes_any_text(&operation, &field);
            assert!(
                taken || (400..500).contains(&reply.status),
                "{} {field}: {reply:?}",
                operation.name()
            );
            assert!(
                taken || reply.text().len() < 4096,
                "{} {field} comes back",
                operation.name()
            );
            fields += 1;
        }
    }
    assert!(fields > 15, "{fields}");
}
