//! Lists, page by page: every order, no loss, no repeat.

use std::collections::HashSet;

use serde_json::{Value, json};
use vault_tests::{Answer, Client, shared};

async fn some_datasets(client: &Client) {
    for number in 0..23 {
        // names that sort otherwise than they were made, with letters beyond ASCII
        let name = format!("{}-{number}", ["b", "Ä", "a", "ß", "z", "A", "é"][number % 7]);
        let tags = if number % 2 == 0 {
            json!(["even", "all"])
        } else {
            json!(["all"])
        };
        let body = json!({ "name": name, "tags": tags, "task_type": if number < 5 { "chat" } else { "qa" } });
        let _ = client
            .post("/datasets")
            .json(&body)
            .reply()
            .await
            .expect_status(201);
    }
}

fn ids(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["id"].as_str().expect("an id"))
        .collect()
}

#[tokio::test]
async fn every_order_shows_every_dataset_once() {
    let (client, _) = shared::new_tenant().await;
    some_datasets(&client).await;
    for field in ["created_at", "updated_at", "name"] {
        let mut walks = Vec::new();
        for order in ["asc", "desc"] {
            let items = client
                .all_pages("/datasets", &format!("?limit=4&sort={field}:{order}"), "cursor")
                .await;
            let keys: Vec<&str> = items
                .iter()
                .map(|item| item[field].as_str().expect("a key"))
                .collect();
            if field != "name" {
                let in_order = keys.windows(2).all(|pair| {
                    if order == "asc" {
                        pair[0] <= pair[1]
                    } else {
                        pair[0] >= pair[1]
                    }
                });
                assert!(in_order, "{field}:{order} {keys:?}");
            }
            assert_eq!(
                ids(&items).into_iter().collect::<HashSet<_>>().len(),
                23,
                "{field}:{order}"
            );
            assert_eq!(items.len(), 23, "{field}:{order}");
            walks.push(items);
        }
        walks[1].reverse();
        assert_eq!(
            ids(&walks[0]),
            ids(&walks[1]),
            "{field}: one way is the other way turned round"
        );
    }
    let whole = client
        .get("/datasets?limit=23")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(whole["items"].as_array().map(Vec::len), Some(23));
    assert_eq!(whole.get("next_cursor"), None, "the last page has no cursor");
    let newest = whole["items"][0]["created_at"].as_str();
    assert!(
        newest >= whole["items"][22]["created_at"].as_str(),
        "the newest stands first"
    );
}

#[tokio::test]
async fn a_walk_does_not_stumble_over_what_is_added_meanwhile() {
    let (client, _) = shared::new_tenant().await;
    some_datasets(&client).await;
    let first = client
        .get("/datasets?limit=10&sort=created_at:asc")
        .reply()
        .await
        .expect_status(200)
        .json();
    let added = client.create_dataset("added meanwhile").await;
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let query = format!("?limit=100&sort=created_at:asc&cursor={cursor}");
    let rest = client
        .get(&format!("/datasets{query}"))
        .reply()
        .await
        .expect_status(200)
        .json();
    let mut seen = ids(first["items"].as_array().expect("items"));
    seen.extend(ids(rest["items"].as_array().expect("items")));
    assert_eq!(seen.len(), 24);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 24);
    assert_eq!(seen.last(), Some(&added.as_str()));
}

#[tokio::test]
async fn filters_narrow_and_join() {
    let (client, _) = shared::new_tenant().await;
    some_datasets(&client).await;
    let count = async |query: &str| {
        client
            .all_pages("/datasets", &format!("?limit=5&{query}"), "cursor")
            .await
            .len()
    };
    assert_eq!(count("tag=all").await, 23);
    assert_eq!(count("tag=even").await, 12);
    assert_eq!(count("tag=none").await, 0);
    assert_eq!(count("task_type=chat").await, 5);
    assert_eq!(count("task_type=chat&tag=even").await, 3);
    assert_eq!(count("name=%C3%84-1").await, 1);
    assert_eq!(count("name=b").await, 0);
    let items = client
        .all_pages("/datasets", "?limit=9&sort=created_at:asc", "cursor")
        .await;
    let tenth = items[9]["created_at"].as_str().expect("a time");
    assert_eq!(count(&format!("created_after={tenth}")).await, 13);
}

#[tokio::test]
async fn a_cursor_of_another_order_is_refused() {
    let (client, _) = shared::new_tenant().await;
    some_datasets(&client).await;
    let page = client
        .get("/datasets?limit=2&sort=name:asc")
        .reply()
        .await
        .expect_status(200)
        .json();
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    for sort in ["name:desc", "created_at:asc", "updated_at:asc"] {
        let answer = client
            .get(&format!("/datasets?sort={sort}&cursor={cursor}"))
            .reply()
            .await;
        answer.expect_field(400, "VALID_3025", "cursor");
    }
    let records = format!(
        "/datasets/{}/records?cursor={cursor}",
        page["items"][0]["id"].as_str().expect("an id")
    );
    client
        .get(&records)
        .reply()
        .await
        .expect_field(400, "VALID_3025", "cursor");
}
