//! More at once than the server takes.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::json;
use vault_tests::{Answer, Client, Deployment, shared};

/// How many requests the server of this test works on at once.
const ROOM: usize = 8;

#[tokio::test]
async fn what_there_is_no_room_for_is_refused_at_once_and_what_is_taken_is_answered() {
    let deployment = Deployment::new().await;
    let server = deployment.serve_with(&[("VAULT_SERVER_MAX_REQUESTS", &ROOM.to_string())]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("crowded").await;
    let path = format!("/datasets/{dataset}/records");
    // a write waits for its commit and for the read models: three times as many as there is room for are there at once
    let round = async || {
        let writes = (0..3 * ROOM).map(|number| {
            let request = client.post(&path).json(&json!({ "data": { "number": number } }));
            request.reply()
        });
        join_all(writes).await
    };
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    for _ in 0..50 {
        for reply in round().await {
            *counts.entry(reply.status).or_default() += 1;
            if reply.status == 503 {
                reply.expect_problem(503, "SYS_9006");
                assert_eq!(reply.header("retry-after"), Some("1"));
            }
        }
        if counts.contains_key(&503) {
            break;
        }
    }
    assert_eq!(
        counts.keys().copied().collect::<Vec<_>>(),
        [201, 503],
        "{counts:?}"
    );
    assert!(counts[&201] >= ROOM as u64, "{counts:?}");
    assert_eq!(client.stats(&dataset).await["record_count"], counts[&201]);
}

#[tokio::test]
async fn a_flood_of_logins_leaves_room_for_other_calls() {
    let (client, account) = shared::new_tenant().await;
    let anonymous = shared::anonymous().await;
    let attempts = (0..300).map(|number| {
        let body =
            json!({ "email": format!("nobody-{number}@example.com"), "password": "guessed at random 1" });
        anonymous.post("/auth/login").json(&body).reply()
    });
    let flood = tokio::spawn(join_all(attempts.collect::<Vec<_>>()));
    let mut read = 0;
    while !flood.is_finished() {
        let _ = client.get("/auth/me").reply().await.expect_status(200);
        read += 1;
    }
    assert!(read > 0, "others are served meanwhile");
    let replies = flood.await.expect("answered");
    for reply in &replies {
        match reply.status {
            401 => drop(reply.expect_problem(401, "AUTH_1008")),
            _ => drop(reply.expect_problem(503, "SYS_9008")),
        }
    }
    let turned_away = replies.iter().filter(|reply| reply.status == 503);
    assert!(turned_away.count() > 0, "the queue of hashes has an end");
    let _ = anonymous.login(&account.email, shared::PASSWORD).await;
}
