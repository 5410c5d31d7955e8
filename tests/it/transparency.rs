//! The tree over the log, as auditors see it: signed, provable, and checked by strangers.

use std::{path::Path, process::Command, time::Duration};

use serde_json::{Value, json};
use sqlx::{Connection, Executor};
use vault_tests::{Answer, Client, Deployment, Server, finished, shared};

/// A deployment of its own with a tenant, 3 datasets and 300 records.
struct Vault {
    deployment: Deployment,
    server: Server,
    client: Client,
    email: String,
}

async fn vault() -> Vault {
    let deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let account = shared::register(&deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    for name in ["one", "two", "three"] {
        let dataset = client.create_dataset(name).await;
        for _ in 0..100 {
            client
                .add_record(&dataset, &json!({ "data": "Mail a@example.com" }))
                .await;
        }
    }
    client.recorded().await;
    let email = account.email;
    Vault {
        deployment,
        server,
        client,
        email,
    }
}

async fn last_position(client: &Client) -> u64 {
    let events: Vec<Value> = client.all_pages("/audit/events", "?limit=1000", "after").await;
    events.last().expect("events")["position"]
        .as_u64()
        .expect("a position")
}

async fn public_key(client: &Client) -> String {
    let keys = client
        .get("/audit/public-key")
        .reply()
        .await
        .expect_status(200)
        .json();
    keys["keys"][0]["verifier"].as_str().expect("a key").to_owned()
}

/// Runs `vault-server audit verify`, and gives its exit code and report.
fn verify(vault: &Vault, arguments: &[&str]) -> (Option<i32>, Value) {
    audit(vault, &[&["verify"], arguments].concat())
}

/// Runs a command of `vault-server audit`, and gives its exit code and report.
fn audit(vault: &Vault, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = vault
        .deployment
        .command()
        .arg("audit")
        .args(arguments)
        .arg("--json")
        .env("VAULT_EMAIL", &vault.email)
        .env("VAULT_PASSWORD", shared::PASSWORD)
        .output()
        .expect("the command runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&text);
    (
        output.status.code(),
        report.unwrap_or_else(|_| json!(String::from_utf8_lossy(&output.stderr))),
    )
}

async fn tamper(vault: &Vault, statements: &str) {
    let mut connection = vault.deployment.sql().await;
    let script = format!("BEGIN; SET LOCAL session_replication_role = replica; {statements}; COMMIT");
    connection.execute(script.as_str()).await.expect("tampered");
    connection.close().await.expect("closed");
}

#[tokio::test]
async fn a_stranger_verifies_the_log_with_the_packages_of_go() {
    let vault = vault().await;
    let (_, size) = vault.client.checkpoint(last_position(&vault.client).await).await;
    let report = finished(
        Command::new("go")
            .args(["run", ".", &format!("{}/api/v1/audit", vault.server.url())])
            .arg(public_key(&vault.client).await)
            .env("VAULT_TOKEN", vault.client.token())
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("sumdb")),
    );
    assert!(
        report.starts_with(&format!("verified {size} entries ")),
        "{report}"
    );
}

#[tokio::test]
async fn an_auditor_verifies_over_http_and_in_the_database_and_remembers() {
    let vault = vault().await;
    let key = public_key(&vault.client).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (
        folder.path().join("http.json"),
        folder.path().join("database.json"),
    );
    let (one, other) = (one.to_str().expect("UTF-8"), other.to_str().expect("UTF-8"));
    let remote = ["--url", vault.server.url(), "--public-key", &key, "--state", one];
    let local = ["--state", other];
    for _ in 0..2 {
        // who verifies over HTTP logs in, and that is an event too
        for (arguments, logins) in [(&remote[..], 1), (&local[..], 0)] {
            let (_, before) = vault.client.checkpoint(last_position(&vault.client).await).await;
            let (code, report) = verify(&vault, arguments);
            assert_eq!(code, Some(0), "{report}");
            assert_eq!(last_position(&vault.client).await, before + logins);
            let size = report["size"].as_u64().expect("a size");
            assert!((before..=before + logins).contains(&size), "{before}: {report}");
            assert_eq!(report["finding"], Value::Null);
            assert!(
                report["events"].as_u64().is_some_and(|events| events > 300),
                "{report}"
            );
        }
    }

    tamper(
        &vault,
        "UPDATE events SET payload = replace(payload::text, '1', '2')::json WHERE position = 100",
    )
    .await;
    let (code, report) = verify(&vault, &remote);
    assert_eq!(code, Some(2), "{report}");
    assert_eq!(
        report["finding"],
        "the event at position 100 is not the one that was sealed"
    );
    let (code, report) = verify(&vault, &local);
    assert_eq!(code, Some(2), "{report}");
    assert_eq!(report["finding"], "the event at position 100 was altered");
}

#[tokio::test]
async fn a_log_that_was_cut_off_with_its_heads_is_found_out_by_who_remembers() {
    let vault = vault().await;
    let (_, size) = vault.client.checkpoint(last_position(&vault.client).await).await;
    let key = public_key(&vault.client).await;
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("head.json");
    let state = state.to_str().expect("UTF-8");
    let remote = ["--url", vault.server.url(), "--public-key", &key];
    assert_eq!(verify(&vault, &["--state", state]).0, Some(0));
    let cut = "DELETE FROM events WHERE position > (SELECT min(size) FROM log_checkpoints); \
               DELETE FROM event_batches WHERE last_position > (SELECT min(size) FROM log_checkpoints); \
               DELETE FROM log_checkpoints WHERE size > (SELECT min(size) FROM log_checkpoints)";
    tamper(&vault, cut).await;
    assert_eq!(
        verify(&vault, &remote).0,
        Some(0),
        "a sound log, as far as it goes"
    );
    for arguments in [
        &["--state", state][..],
        &[&remote[..], &["--state", state]].concat()[..],
    ] {
        let (code, report) = verify(&vault, arguments);
        assert_eq!(code, Some(2), "{report}");
        let finding = report["finding"].as_str().expect("words");
        assert!(
            finding.contains("cut off") && finding.contains(&size.to_string()),
            "{finding}"
        );
    }
}

#[tokio::test]
async fn another_key_and_another_log_are_refused() {
    let vault = vault().await;
    let _ = vault.client.checkpoint(1).await;
    let key = public_key(&vault.client).await;
    let other = public_key(&shared::admin().await).await;
    let (code, report) = verify(&vault, &["--url", vault.server.url(), "--public-key", &other]);
    assert_eq!(code, Some(2), "{report}");
    assert_eq!(
        report["finding"],
        "the checkpoint is not signed by the public key"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("head.json");
    let text = json!({ "origin": "elsewhere", "size": 1, "root": "A".repeat(43) + "=" }).to_string();
    std::fs::write(&state, text).expect("written");
    let state = state.to_str().expect("UTF-8");
    let (code, report) = verify(
        &vault,
        &[
            "--url",
            vault.server.url(),
            "--public-key",
            &key,
            "--state",
            state,
        ],
    );
    assert_eq!(code, Some(1), "{report}");
    let (code, report) = verify(&vault, &["--url", vault.server.url(), "--public-key", "no key"]);
    assert_eq!(code, Some(1), "{report}");
}

#[tokio::test]
async fn proofs_tiles_and_heads_are_given_to_auditors_as_far_as_they_are_signed() {
    let (client, account) = shared::new_tenant().await;
    let dataset = client.create_dataset("proved").await;
    let _ = client.add_record(&dataset, &json!({ "data": 1 })).await;
    let position = last_position(&client).await;
    let (_, size) = client.checkpoint(position).await;

    let proof = format!("/audit/proof/inclusion?position={position}&size={size}");
    let body = client.get(&proof).reply().await.expect_status(200).json();
    assert_eq!(
        (&body["position"], &body["tree_size"]),
        (&json!(position), &json!(size))
    );
    let text = client
        .get(&proof)
        .header("Accept", "text/plain")
        .reply()
        .await
        .expect_status(200);
    let index = format!("c2sp.org/tlog-proof@v1\nindex {}\n", position - 1);
    assert!(text.text().starts_with(&index), "{}", text.text());
    assert!(
        text.text()
            .ends_with(body["checkpoint"].as_str().expect("a note"))
    );

    let head = client
        .get("/audit/tenant-head")
        .reply()
        .await
        .expect_status(200)
        .text();
    let lines: Vec<&str> = head.lines().collect();
    assert!(
        lines[0].ends_with(&format!("/tenant/{}", account.tenant)),
        "{head}"
    );
    let own: Vec<Value> = client.all_pages("/audit/events", "?limit=1000", "after").await;
    assert_eq!(lines[1], own.len().to_string(), "{head}");
    assert_eq!(own.last().expect("events")["tenant_position"], own.len());

    for path in [
        "/audit/proof/inclusion?position=0",
        "/audit/proof/inclusion?position=99999999",
        "/audit/proof/inclusion?position=1&size=99999999",
        "/audit/proof/consistency?from=99999999",
        "/audit/tile/0/x999/999",
        "/audit/tile/entries/x999/999",
        "/audit/tile/99/000",
        "/audit/tile/0/000.p/0",
        "/audit/tile/..%2Fcheckpoint",
    ] {
        let refused = client.get(path).reply().await;
        assert_eq!(refused.status, 404, "{path}: {}", refused.text());
    }
    let malformed = client.get("/audit/proof/inclusion?position=-1").reply().await;
    assert_eq!(malformed.status, 400, "{}", malformed.text());
}

#[tokio::test]
async fn an_operator_sees_that_the_log_is_not_what_was_written() {
    let vault = vault().await;
    let _ = vault.client.checkpoint(last_position(&vault.client).await).await;
    let health = || async {
        vault
            .client
            .get("/health/detailed")
            .reply()
            .await
            .expect_status(200)
            .json()
    };
    assert_eq!(health().await["status"], "ok");
    let forged = "INSERT INTO events SELECT aggregate_type, gen_random_uuid(), 1, event_type, event_version, payload, \
                  metadata, position + 1, tenant_position + 1, gen_random_uuid(), tenant_id, recorded_at, event_hash, \
                  leaf_hash FROM events ORDER BY position DESC LIMIT 1";
    tamper(&vault, forged).await;
    let becomes = async |status: &str| {
        let asked = async {
            loop {
                let health = health().await;
                if health["status"] == status {
                    return health;
                }
            }
        };
        tokio::time::timeout(Duration::from_mins(1), asked)
            .await
            .expect("in time")
    };
    let degraded = becomes("degraded").await;
    let position = last_position(&vault.client).await;
    assert_eq!(degraded["log"]["refused_position"], position, "{degraded}");
    assert_eq!(degraded["log"]["sealed_position"], position - 1, "{degraded}");
    tamper(&vault, &format!("DELETE FROM events WHERE position = {position}")).await;
    let _ = becomes("ok").await;
}

#[tokio::test]
async fn an_export_proves_itself_and_shows_what_was_changed_in_it() {
    let vault = vault().await;
    let (_, size) = vault.client.checkpoint(last_position(&vault.client).await).await;
    let key = public_key(&vault.client).await;
    let folder = tempfile::tempdir().expect("a folder");
    let export = folder.path().join("export");
    let export_name = export.to_str().expect("UTF-8");
    let command = [
        "export",
        export_name,
        "--url",
        vault.server.url(),
        "--public-key",
        &key,
    ];
    let (code, report) = audit(&vault, &command);
    assert_eq!((code, &report["size"]), (Some(0), &json!(size)), "{report}");
    let (code, report) = audit(&vault, &command);
    assert_eq!(code, Some(1), "the folder is not empty: {report}");

    let verify = ["verify", "--export", export_name, "--public-key", &key];
    let (code, report) = audit(&vault, &verify);
    assert_eq!((code, &report["size"]), (Some(0), &json!(size)), "{report}");
    let events = std::fs::read_to_string(export.join("events.jsonl")).expect("events");
    let csv = std::fs::read_to_string(export.join("events.csv")).expect("a table");
    assert_eq!(json!(events.lines().count()), report["events"]);
    assert_eq!(csv.lines().count(), events.lines().count() + 1);

    let fewer: Vec<&str> = events
        .lines()
        .enumerate()
        .filter(|(n, _)| *n != 99)
        .map(|(_, line)| line)
        .collect();
    let altered = events.replacen("dataset.created", "dataset.updated", 1);
    let shorter: Vec<&str> = events.lines().take(200).collect();
    for (changed, finding) in [
        (fewer.join("\n"), "was left out"),
        (altered, "is not the one that was sealed"),
        (shorter.join("\n"), "200 were given"),
    ] {
        std::fs::write(export.join("events.jsonl"), changed).expect("written");
        let (code, report) = audit(&vault, &verify);
        assert_eq!(code, Some(2), "{report}");
        assert!(
            report["finding"]
                .as_str()
                .is_some_and(|found| found.contains(finding)),
            "{report}"
        );
    }
    std::fs::write(export.join("events.jsonl"), events).expect("written");
    let mut entries = std::fs::read(export.join("entries")).expect("entries");
    entries[40] ^= 1;
    std::fs::write(export.join("entries"), entries).expect("written");
    let (code, report) = audit(&vault, &verify);
    assert_eq!(code, Some(2), "{report}");
    std::fs::remove_file(export.join("checkpoint")).expect("removed");
    assert_eq!(
        audit(&vault, &verify).0,
        Some(1),
        "a folder without its head is no export"
    );
}
