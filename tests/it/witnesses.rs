//! The log's keys, its witnesses, and its origin after a restore, as operators and auditors see them.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use vault_tests::{Answer, Client, Deployment, Server, Witness, shared};

const PATIENCE: Duration = Duration::from_mins(1);

/// A deployment with a tenant, whose server may be another after a while.
struct Vault {
    deployment: Deployment,
    server: Server,
    client: Client,
    email: String,
    folder: TempDir,
}

impl Vault {
    async fn new() -> Self {
        let deployment = Deployment::new().await;
        let server = deployment.serve(&[]);
        let account = shared::register(&deployment, server.url(), None, "admin").await;
        Self {
            client: Client::anonymous(server.url()).with_token(&account.token),
            email: account.email,
            deployment,
            server,
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Ends the server and starts one with more settings.
    async fn restart(&mut self, settings: &[(&str, &str)]) {
        assert!(self.server.terminate().0.success());
        self.server = self.deployment.serve_with(settings);
        self.client = Client::anonymous(self.server.url())
            .login(&self.email, shared::PASSWORD)
            .await;
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    /// Adds a dataset, and waits until it is sealed; gives the size of the tree.
    async fn grow(&self, name: &str) -> u64 {
        self.client.create_dataset(name).await;
        let events: Vec<Value> = self
            .client
            .all_pages("/audit/events", "?limit=1000", "after")
            .await;
        let last = events.last().expect("events")["position"].as_u64();
        self.client.checkpoint(last.expect("a position")).await.1
    }

    async fn json(&self, path: &str) -> Value {
        self.client.get(path).reply().await.expect_status(200).json()
    }

    async fn public_key(&self) -> String {
        let keys = self.json("/audit/public-key").await["keys"].clone();
        keys.as_array().and_then(|keys| keys.last()).expect("a key")["verifier"]
            .as_str()
            .expect("a key")
            .to_owned()
    }

    /// Runs `vault-server audit`, and gives its exit code and report.
    fn audit(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let output = self
            .deployment
            .command()
            .arg("audit")
            .args(arguments)
            .arg("--json")
            .env("VAULT_EMAIL", &self.email)
            .env("VAULT_PASSWORD", shared::PASSWORD)
            .output()
            .expect("the command runs");
        let report = serde_json::from_slice(&output.stdout);
        let words = || json!(String::from_utf8_lossy(&output.stderr));
        (output.status.code(), report.unwrap_or_else(|_| words()))
    }

    fn verify(&self, key: &str, arguments: &[&str]) -> (Option<i32>, Value) {
        let remote = ["verify", "--url", self.server.url(), "--public-key", key];
        self.audit(&[&remote, arguments].concat())
    }
}

/// Asks again until the answer is as it should be.
async fn becomes<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let asked = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| panic!("{what}"))
}

#[tokio::test]
async fn a_key_is_rotated_while_the_server_runs_and_auditors_take_the_new_one_over() {
    let vault = Vault::new().await;
    let size = vault.grow("one").await;
    let (old, state) = (vault.public_key().await, vault.path("head.json"));
    assert_eq!(vault.verify(&old, &["--state", &state]).0, Some(0));

    let (code, rotated) = vault.audit(&["keys", "rotate"]);
    assert_eq!(code, Some(0), "{rotated}");
    let new = rotated["verifier"].as_str().expect("a key").to_owned();
    assert_eq!(vault.public_key().await, new);
    // the newest checkpoint is signed by both at once, even if nothing happens
    let handover = format!("/audit/checkpoint?size={size}");
    let both = vault
        .client
        .get(&handover)
        .reply()
        .await
        .expect_status(200)
        .text();
    assert_eq!(both.matches("\n\u{2014} llm-data-vault/").count(), 2, "{both}");
    vault.grow("two").await;
    let newest = vault.client.get("/audit/checkpoint").reply().await.text();
    assert_eq!(
        newest.matches("\n\u{2014} llm-data-vault/").count(),
        1,
        "{newest}"
    );

    for (key, taken_over) in [(&old, json!([new])), (&new, json!([]))] {
        let (code, report) = vault.verify(key, &[]);
        assert_eq!((code, &report["finding"]), (Some(0), &Value::Null), "{report}");
        assert_eq!(report["keys_taken_over"], taken_over);
    }
    let (code, report) = vault.verify(&old, &["--state", &state]);
    assert_eq!(
        (code, &report["keys_taken_over"]),
        (Some(0), &json!([new])),
        "{report}"
    );
    let (code, report) = vault.verify(&old, &["--state", &state]);
    assert_eq!(
        (code, &report["keys_taken_over"]),
        (Some(0), &json!([])),
        "known by now: {report}"
    );
    let (code, report) = vault.audit(&["verify"]);
    assert_eq!(code, Some(0), "old checkpoints verify in the database: {report}");

    let keys = vault.json("/audit/public-key").await["keys"].clone();
    assert_eq!(
        (&keys[0]["verifier"], &keys[0]["last_size"]),
        (&json!(old), &json!(size))
    );
    assert_eq!(
        (&keys[1]["first_size"], &keys[1]["last_size"]),
        (&json!(size), &Value::Null)
    );
}

#[tokio::test]
async fn witnesses_cosign_and_a_checkpoint_without_enough_of_them_is_marked() {
    let mut vault = Vault::new().await;
    vault.grow("one").await;
    let key = vault.public_key().await;
    let mut one = Witness::start("witness.example/one").await;
    let mut away = Witness::start("witness.example/away").await;
    one.knows(&key);
    away.end();
    let witnesses = Witness::setting(&[&one, &away]);
    let settings = [
        ("VAULT_AUDIT_WITNESSES", witnesses.as_str()),
        ("VAULT_AUDIT_REQUIRED_COSIGNATURES", "2"),
    ];
    vault.restart(&settings).await;

    let size = vault.grow("two").await;
    let cosigned = format!("/audit/checkpoint?size={size}");
    let reply = becomes("the witness cosigns", async || {
        let reply = vault.client.get(&cosigned).reply().await.expect_status(200);
        (reply.header("vault-cosignatures") == Some("1")).then_some(reply)
    })
    .await;
    assert_eq!(reply.header("vault-required-cosignatures"), Some("2"));
    assert!(
        reply.text().contains("\n\u{2014} witness.example/one "),
        "{}",
        reply.text()
    );
    let proof = vault
        .json(&format!("/audit/proof/inclusion?position=1&size={size}"))
        .await;
    assert_eq!(
        (
            &proof["cosignatures"],
            &proof["required_cosignatures"],
            &proof["witnessed"]
        ),
        (&json!(1), &json!(2), &json!(false))
    );
    let health = becomes("health tells of the witness that is away", async || {
        let health = vault.json("/health/detailed").await;
        health["log"]["witnesses"][1]["trouble"]
            .is_string()
            .then_some(health)
    })
    .await;
    assert_eq!(health["status"], "ok", "{health}");
    assert_eq!(health["log"]["witnessed_position"], 0, "{health}");
    assert_eq!(
        health["log"]["witnesses"][0]["cosigned_position"], size,
        "{health}"
    );

    let (code, report) = vault.verify(&key, &["--witness", &one.key]);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(
        report["witnessed"],
        json!({ "size": size, "cosignatures": 1, "required": 1 })
    );
    let both = ["--witness", one.key.as_str(), "--witness", away.key.as_str()];
    assert_eq!(
        vault.verify(&key, &[&both[..], &["--required", "1"]].concat()).0,
        Some(0)
    );
    for (code, report) in [
        vault.verify(&key, &both),
        vault.audit(&[&["verify"][..], &both].concat()),
    ] {
        assert_eq!(code, Some(2), "{report}");
        let finding = report["finding"].as_str().expect("words");
        assert!(finding.starts_with("1 witnesses cosigned"), "{finding}");
    }
}

#[tokio::test]
async fn a_backup_that_is_put_back_is_found_by_its_witness_and_goes_on_under_a_new_origin() {
    let mut vault = Vault::new().await;
    let kept = vault.grow("kept").await;
    let (key, state) = (vault.public_key().await, vault.path("head.json"));
    assert_eq!(vault.verify(&key, &["--state", &state]).0, Some(0));
    let mut witness = Witness::start("witness.example/one").await;
    witness.knows(&key);
    let setting = Witness::setting(&[&witness]);
    vault.restart(&[("VAULT_AUDIT_WITNESSES", &setting)]).await;
    assert!(vault.server.terminate().0.success());
    vault.deployment.back_up().await;

    vault.server = vault
        .deployment
        .serve_with(&[("VAULT_AUDIT_WITNESSES", &setting)]);
    vault.client = Client::anonymous(vault.server.url())
        .login(&vault.email, shared::PASSWORD)
        .await;
    let lost = vault.grow("lost").await;
    let cosigned = format!("/audit/checkpoint?size={lost}");
    becomes("the witness cosigns", async || {
        let reply = vault.client.get(&cosigned).reply().await.expect_status(200);
        (reply.header("vault-cosignatures") == Some("1")).then_some(())
    })
    .await;
    assert_eq!(vault.verify(&key, &["--state", &state]).0, Some(0));
    let old_origin = vault.json("/audit/origins").await["items"][0]["origin"].clone();

    assert!(vault.server.terminate().0.success());
    vault.deployment.put_back().await;
    vault.server = vault
        .deployment
        .serve_with(&[("VAULT_AUDIT_WITNESSES", &setting)]);
    vault.client = Client::anonymous(vault.server.url())
        .login(&vault.email, shared::PASSWORD)
        .await;
    let (code, report) = vault.verify(&key, &["--state", &state]);
    assert_eq!(code, Some(2), "{report}");
    becomes("the witness tells that the log was put back", async || {
        let health = vault.json("/health/detailed").await;
        let trouble = health["log"]["witnesses"][0]["trouble"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (health["status"] == "degraded" && trouble.contains("cut off or put back")).then_some(())
    })
    .await;

    let reason = ["--reason", "the disk broke"];
    let (code, restarted) = vault.audit(&[&["new-origin", "--state", &state][..], &reason].concat());
    assert_eq!(code, Some(0), "{restarted}");
    let agreed = restarted["size"].as_u64().expect("a size");
    assert!((kept..lost).contains(&agreed), "{restarted}");
    let old_size = restarted["old_size"].as_u64().expect("a size");
    assert!(old_size >= lost, "{restarted}");
    assert_eq!(restarted["lost"], old_size - agreed);
    let origins = vault.json("/audit/origins").await;
    let (new_origin, continued) = (&origins["items"][1]["origin"], &origins["items"][1]["continues"]);
    assert_eq!(
        (&continued["origin"], &continued["size"]),
        (&old_origin, &json!(agreed)),
        "{origins}"
    );
    assert_eq!(
        (&continued["reason"], &origins["items"][1]["number"]),
        (&json!("the disk broke"), &json!(2))
    );

    let size = vault.grow("anew").await;
    let (code, report) = vault.verify(&key, &["--state", &state]);
    assert_eq!((code, &report["finding"]), (Some(3), &Value::Null), "{report}");
    assert_eq!(
        (&report["restarted"]["size"], &report["restarted"]["lost"]),
        (&json!(agreed), &json!(old_size - agreed))
    );
    let (code, report) = vault.audit(&["verify", "--state", &state]);
    assert_eq!(code, Some(3), "in the database too: {report}");
    let accept = [
        "--state",
        &state,
        "--accept-origin",
        new_origin.as_str().expect("a name"),
    ];
    let (code, report) = vault.verify(&key, &accept);
    assert_eq!((code, &report["size"]), (Some(0), &json!(size)), "{report}");
    assert_eq!(
        vault.verify(&key, &["--state", &state]).0,
        Some(0),
        "it is remembered"
    );

    // a witness cosigns the new origin once it knows it, extension line and all
    witness.knows(&vault.public_key().await);
    becomes("the witness cosigns the new origin", async || {
        let reply = vault.client.get("/audit/checkpoint").reply().await;
        (reply.header("vault-cosignatures") == Some("1")).then_some(())
    })
    .await;
}
