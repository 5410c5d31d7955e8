//! A log whose old events went into bundles: for its users nothing has changed.

mod vault;

use std::fs;

use futures::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::json;
use sqlx::PgConnection;
use vault_tests::{Answer, Client, Deployment, shared};

use self::vault::{EVERYTHING, OLD_ENOUGH_WITHIN, Vault, as_of, events};
use crate::rebuild::{dump, rebuild};

#[tokio::test]
async fn an_archived_log_is_read_audited_and_replayed_as_before() {
    let vault = Vault::new().await;
    let half = (vault.last / 2).to_string();
    let time: String =
        sqlx::query_scalar("SELECT to_json(recorded_at) #>> '{}' FROM events WHERE position = $1")
            .bind(vault.last.cast_signed() / 3)
            .fetch_one(&mut vault.deployment.sql().await)
            .await
            .expect("a time");
    let (seen, models) = (vault.seen().await, dump(&vault.deployment).await);
    let (at_half, at_time) = (as_of(&vault, &half).await, as_of(&vault, &time).await);
    let rows = vault.rows().await;
    let (code, report) = vault.archive(&[&EVERYTHING[..], &["--dry-run"]].concat()).await;
    assert_eq!((code, &report["dry_run"]), (Some(0), &json!(true)), "{report}");
    let (_, status) = vault.archive(&["status"]).await;
    assert_eq!(
        (&status["archived_position"], &status["bundles"]),
        (&json!(0), &json!(0)),
        "{status}"
    );

    let report = vault.archive_everything().await;
    assert_eq!(report["removed_position"], report["archived_position"]);
    let left = vault.rows().await;
    assert!(left < rows, "{left} of {rows}: {report}");
    // the server has read the log before, and was not told
    assert!(vault.seen().await == seen);
    assert_eq!(as_of(&vault, &half).await, at_half);
    assert_eq!(as_of(&vault, &time).await, at_time);
    let _ = rebuild(&vault.deployment, &[]).await;
    assert!(dump(&vault.deployment).await == models);

    let health = vault.clients()[0]
        .get("/health/detailed")
        .reply()
        .await
        .expect_status(200)
        .json();
    assert_eq!(
        health["archive"]["removed_position"], report["archived_position"],
        "{health}"
    );
    let (code, checked) = vault.archive(&["verify"]).await;
    assert_eq!(
        (code, &checked["findings"], &checked["spare_objects"]),
        (Some(0), &json!([]), &json!(0))
    );
    let (code, verified) = vault.run(&["audit", "verify"]).await;
    assert_eq!(
        (code, &verified["finding"]),
        (Some(0), &json!(null)),
        "{verified}"
    );
    assert!(verified["events"].as_u64() >= Some(vault.last));
    let key = vault.clients()[0].get("/audit/public-key").reply().await.json();
    let key = key["keys"][0]["verifier"].as_str().expect("a key");
    let (code, verified) = vault
        .run(&[
            "audit",
            "verify",
            "--url",
            vault.server.url(),
            "--public-key",
            key,
        ])
        .await;
    assert_eq!(
        (code, &verified["finding"]),
        (Some(0), &json!(null)),
        "{verified}"
    );
}

#[tokio::test]
async fn datasets_whose_history_is_archived_go_on() {
    let vault = Vault::new().await;
    let client = &vault.clients()[0];
    let listed = client
        .get("/datasets?limit=100")
        .reply()
        .await
        .expect_status(200)
        .json();
    vault.archive_everything().await;
    for dataset in listed["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter(|item| item["status"] == "active")
    {
        let path = format!("/datasets/{}", dataset["id"].as_str().expect("an id"));
        let change = json!({ "description": "after the archive" });
        let changed = client
            .request(Method::PATCH, &path)
            .json(&change)
            .reply()
            .await
            .expect_status(200)
            .json();
        assert_eq!(
            (&changed["description"], &changed["name"]),
            (&change["description"], &dataset["name"])
        );
        let _ = client
            .post(&format!("{path}/archive"))
            .reply()
            .await
            .expect_status(200);
        let again = client.get(&path).reply().await.expect_status(200).json();
        assert_eq!(again["status"], "archived");
    }
    let login = client.login(&vault.accounts[0].email, shared::PASSWORD).await;
    let _ = login.get("/auth/me").reply().await.expect_status(200);
}

#[tokio::test]
async fn a_bundle_that_is_gone_or_altered_is_named_by_everybody() {
    let vault = Vault::new().await;
    let _ = vault.archive_everything().await;
    let file = vault.bundles().remove(0);
    let bundle = fs::read(&file).expect("a bundle");
    let mut altered = bundle.clone();
    // in the first block, which holds how the first tenant began
    altered[300] ^= 1;
    for (change, fault) in [(Some(altered), "was altered or cut short"), (None, "is missing")] {
        match &change {
            Some(bytes) => fs::write(&file, bytes).expect("written"),
            None => fs::remove_file(&file).expect("removed"),
        }
        let (code, checked) = vault.archive(&["verify"]).await;
        let finding = checked["findings"][0]["finding"].as_str().unwrap_or_default();
        assert!(code == Some(2) && finding.ends_with(fault), "{checked}");
        let (code, verified) = vault.run(&["audit", "verify"]).await;
        assert_eq!(
            (code, &verified["finding"]),
            (Some(2), &json!(finding)),
            "{verified}"
        );
        let stranger = vault.deployment.serve(&[]);
        let client = Client::anonymous(stranger.url()).with_token(&vault.accounts[0].token);
        let refused = client.get("/audit/events?limit=1000").reply().await;
        refused.expect_problem(500, "DATA_4019");
        // callers are not told more; operators are
        let logged = async {
            while !stranger.output().contains(finding) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(OLD_ENOUGH_WITHIN, logged)
            .await
            .expect("it is in the log");
    }
    fs::write(&file, &bundle).expect("written");
    let (code, verified) = vault.run(&["audit", "verify"]).await;
    assert_eq!(
        (code, &verified["finding"]),
        (Some(0), &json!(null)),
        "{verified}"
    );
}

#[tokio::test]
async fn rows_stay_while_repeated_requests_are_answered_from_them() {
    let vault = Vault::new().await;
    let client = &vault.clients()[0];
    let create = || {
        client
            .post("/datasets")
            .header("Idempotency-Key", "once")
            .json(&json!({ "name": "once" }))
    };
    let created = create().reply().await.expect_status(201).json();
    let vault = Vault {
        last: vault.last + 1,
        ..vault
    };
    let client = &vault.clients()[0];
    let _ = client.checkpoint(vault.last).await;
    let report = vault.archive_everything().await;
    assert_eq!(
        report["removed_position"]
            .as_u64()
            .map(|removed| removed < vault.last),
        Some(true),
        "{report}"
    );
    let again = client
        .post("/datasets")
        .header("Idempotency-Key", "once")
        .json(&json!({ "name": "once" }))
        .reply()
        .await;
    assert_eq!(again.expect_status(201).json()["id"], created["id"]);
}

#[tokio::test]
async fn a_server_archives_by_itself_what_is_old_and_fills_a_bundle() {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("much").await;
    stream::iter(0..5_100)
        .for_each_concurrent(32, |_| async {
            client
                .add_record(&dataset, &json!({ "data": "Mail a@example.com" }))
                .await;
        })
        .await;
    let before = events(&client, "?limit=1000&until=10100").await;
    let none = count(&mut deployment.sql().await).await;
    assert_eq!(none, 0, "it was not told to");
    drop(server);
    let server = deployment.serve_with(&[("VAULT_ARCHIVE_AFTER_DAYS", "0")]);
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let archived = async {
        loop {
            let health = client
                .get("/health/detailed")
                .reply()
                .await
                .expect_status(200)
                .json();
            if health["archive"]["removed_position"].as_u64() >= Some(10_000) {
                return health;
            }
        }
    };
    let health = tokio::time::timeout(OLD_ENOUGH_WITHIN, archived)
        .await
        .expect("in time");
    assert_eq!(
        (
            &health["archive"]["archived_position"],
            &health["archive"]["bundles"]
        ),
        (&json!(10_000), &json!(1))
    );
    assert!(events(&client, "?limit=1000&until=10100").await == before);
    let metrics = client.outside(Method::GET, "/metrics").reply().await.text();
    assert!(metrics.contains("log_archived_position 10000"), "{metrics}");
}

async fn count(sql: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM archived_ranges")
        .fetch_one(sql)
        .await
        .expect("a count")
}
