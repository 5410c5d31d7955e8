//! What a policy forbids to read, no list of datasets shows: not its name, not how many there are, not by a cursor.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::json;
use vault_tests::{Answer, Client, new_tenant, shared};

const HIDDEN: &str = r#"forbid (principal in Role::"data_scientist", action == Action::"dataset:read", resource is Dataset)
    when { resource.tags.contains("hidden") };"#;

async fn names(client: &Client, query: &str) -> Vec<String> {
    let all = client.all_pages("/datasets", query, "cursor").await;
    let name = |dataset: &serde_json::Value| dataset["name"].as_str().expect("a name").to_owned();
    all.iter().map(name).collect()
}

#[tokio::test]
async fn a_list_shows_what_may_be_read_and_its_pages_are_full() {
    let (admin, account) = new_tenant().await;
    let (scientist, _) = shared::new_user(&account.tenant, "data_scientist").await;
    let (operator, _) = shared::new_user(&account.tenant, "operator").await;
    let policy = json!({ "name": "hidden", "policy": HIDDEN });
    let kept = admin.post("/policies").json(&policy).reply().await;
    let _ = kept.expect_status(201);
    for number in 0..12 {
        let tags = if number % 3 == 0 {
            json!([])
        } else {
            json!(["hidden"])
        };
        let name = if number % 3 == 0 { "open" } else { "MARKER-secret" };
        let dataset = json!({ "name": format!("{name} {number:02}"), "tags": tags });
        let made = admin.post("/datasets").json(&dataset).reply().await;
        let _ = made.expect_status(201);
    }
    let open = ["open 00", "open 03", "open 06", "open 09"];
    for order in ["name:asc", "created_at:asc"] {
        for limit in [1, 2, 3, 100] {
            let query = format!("?limit={limit}&sort={order}");
            assert_eq!(names(&scientist, &query).await, open, "{query}");
        }
        assert_eq!(names(&admin, &format!("?limit=5&sort={order}")).await.len(), 12);
    }
    // who sees names and reads none still does
    assert_eq!(names(&operator, "?limit=5").await.len(), 12);
    let page = scientist.get("/datasets?limit=2&sort=name:asc").reply().await;
    let page = page.expect_status(200).json();
    assert_eq!(
        page["items"].as_array().map(Vec::len),
        Some(2),
        "a page is filled"
    );
    let by_name = scientist.get("/datasets?name=MARKER-secret%2001").reply().await;
    assert_eq!(by_name.expect_status(200).json(), json!({ "items": [] }));
    let last = scientist.get("/datasets?limit=4&sort=name:asc").reply().await;
    assert_eq!(
        last.expect_status(200).json().get("next_cursor"),
        None,
        "what is hidden is no next page"
    );
}

#[tokio::test]
async fn a_cursor_shows_nothing_and_is_good_for_its_user_alone() {
    let (admin, account) = new_tenant().await;
    let (other, _) = shared::new_user(&account.tenant, "admin").await;
    let (stranger, _) = new_tenant().await;
    for number in 0..3 {
        let _ = admin.create_dataset(&format!("MARKER {number}")).await;
    }
    let page = admin.get("/datasets?limit=1&sort=name:asc").reply().await;
    let page = page.expect_status(200).json();
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let shown = URL_SAFE_NO_PAD.decode(cursor).expect("base64");
    let shown = String::from_utf8_lossy(&shown).into_owned();
    let id = page["items"][0]["id"].as_str().expect("an id");
    assert!(!shown.contains("MARKER") && !shown.contains(id), "{shown}");
    let next = format!("/datasets?limit=1&sort=name:asc&cursor={cursor}");
    let followed = admin.get(&next).reply().await.expect_status(200).json();
    assert_eq!(followed["items"][0]["name"], "MARKER 1");
    for client in [&other, &stranger] {
        let refused = client.get(&next).reply().await;
        refused.expect_field(400, "VALID_3025", "cursor");
    }
}

/// Belongs to nobody.
const NOWHERE: &str = "0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b";
/// How many times each of two requests is sent to compare how long they take.
const TIMED: usize = 48;
/// How much longer one of two that shall not be told apart may take: whether the database is asked makes more of a difference.
const LONGER: f64 = 1.4;
/// How often they are compared: on a busy machine something else may hold up one of them, but not each time.
const ROUNDS: usize = 6;

/// How many times as long the slower of two requests takes, each when nothing else holds it up.
async fn ratio(client: &Client, method: &Method, ids: [&str; 2], below: &str) -> f64 {
    let mut quickest = [Duration::MAX; 2];
    for number in 0..2 * TIMED {
        // in no order that something else could take turns with
        let which = usize::from(number.count_ones() % 2 == 0);
        let request = client.request(method.clone(), &format!("/datasets/{}{below}", ids[which]));
        let request = match *method {
            Method::PATCH => request.json(&json!({ "description": "mine" })),
            _ => request,
        };
        let begun = Instant::now();
        let reply = request.reply().await;
        quickest[which] = quickest[which].min(begun.elapsed());
        reply.expect_problem(404, "DATA_4002");
    }
    let [one, other] = quickest.map(|time| time.as_secs_f64());
    one.max(other) / one.min(other)
}

#[tokio::test]
async fn what_is_hidden_takes_no_other_time_than_what_is_not_there() {
    let (admin, account) = new_tenant().await;
    let (scientist, _) = shared::new_user(&account.tenant, "data_scientist").await;
    let policy = HIDDEN.replace(r#"action == Action::"dataset:read""#, "action");
    let kept = admin
        .post("/policies")
        .json(&json!({ "name": "hidden", "policy": policy }));
    let _ = kept.reply().await.expect_status(201);
    let made = admin
        .post("/datasets")
        .json(&json!({ "name": "there", "tags": ["hidden"] }));
    let made = made.reply().await.expect_status(201).json();
    let ids = [made["id"].as_str().expect("an id"), NOWHERE];
    let (stranger, _) = new_tenant().await;
    for (method, below) in [
        (Method::GET, ""),
        (Method::GET, "/stats"),
        (Method::GET, "/records"),
        (Method::GET, "/grants"),
        (Method::PATCH, ""),
    ] {
        for caller in [&scientist, &stranger] {
            let mut least = f64::MAX;
            for _ in 0..ROUNDS {
                least = least.min(ratio(caller, &method, ids, below).await);
                if least < LONGER {
                    break;
                }
            }
            assert!(least < LONGER, "{method} {below}: {least} times as long");
        }
    }
}
