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

    /// Ends the server.
    fn end(&mut self) {
        assert!(self.server.terminate().0.success());
    }

    /// Starts a server with more settings in the place of one that has ended.
    async fn start(&mut self, settings: &[(&str, &str)]) {
        self.server = self.deployment.serve_with(settings);
        self.client = Client::anonymous(self.server.url())
            .login(&self.email, shared::PASSWORD)
            .await;
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    /// Adds a dataset, and waits until it and all accesses so far are sealed; gives the size of the tree, which stays
    /// until somebody does something again.
    async fn grow(&self, name: &str) -> u64 {
        self.client.create_dataset(name).await;
        self.client.recorded().await;
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
    tokio::time::timeout(PATIENCE, asked).await.expect(what)
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
    let keys = vault.json("/audit/public-key").await["keys"].clone();
    let handover = keys[0]["last_size"].as_u64().expect("a size");
    assert!(handover >= size, "{keys}");
    assert_eq!(keys[0]["verifier"], old);
    assert_eq!(
        (&keys[1]["first_size"], &keys[1]["last_size"]),
        (&json!(handover), &Value::Null)
    );
    let handover = format!("/audit/checkpoint?size={handover}");
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
    vault.end();
    vault.start(&settings).await;

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

    demand_cosignatures(&vault, &key, &one, &away, size);
}

/// An auditor who trusts one witness is content; one who demands both is not.
fn demand_cosignatures(vault: &Vault, key: &str, one: &Witness, away: &Witness, size: u64) {
    let (code, report) = vault.verify(key, &["--witness", &one.key]);
    assert_eq!(code, Some(0), "{report}");
    let cosigned = &report["witnessed"];
    assert_eq!(
        (&cosigned["cosignatures"], &cosigned["required"]),
        (&json!(1), &json!(1))
    );
    // the login of the one who verifies makes the log grow
    assert!(cosigned["size"].as_u64() >= Some(size), "{report}");
    let both = ["--witness", one.key.as_str(), "--witness", away.key.as_str()];
    assert_eq!(
        vault.verify(key, &[&both[..], &["--required", "1"]].concat()).0,
        Some(0)
    );
    for (code, report) in [
        vault.verify(key, &both),
        vault.audit(&[&["verify"][..], &both].concat()),
    ] {
        assert_eq!(code, Some(2), "{report}");
        let finding = report["finding"].as_str().expect("words");
        assert!(
            finding.contains("witnesses cosigned") && finding.ends_with("and 2 must"),
            "{finding}"
        );
    }
}

/// Waits until the one witness has cosigned a checkpoint.
async fn is_cosigned(vault: &Vault, checkpoint: &str) {
    becomes("the witness cosigns", async || {
        let reply = vault.client.get(checkpoint).reply().await;
        (reply.header("vault-cosignatures") == Some("1")).then_some(())
    })
    .await;
}

/// Remembers a log of `kept` events in a state file, backs the database up, goes on to `lost` events, remembers that, and puts
/// the backup back, all under the eyes of a witness.
async fn put_back(vault: &mut Vault, key: &str, state: &str, witnesses: &str) -> (u64, u64) {
    let settings = [("VAULT_AUDIT_WITNESSES", witnesses)];
    let kept = vault.grow("kept").await;
    assert_eq!(vault.verify(key, &["--state", state]).0, Some(0));
    vault.end();
    vault.deployment.back_up().await;
    vault.start(&settings).await;
    let lost = vault.grow("lost").await;
    is_cosigned(vault, &format!("/audit/checkpoint?size={lost}")).await;
    assert_eq!(vault.verify(key, &["--state", state]).0, Some(0));
    vault.end();
    vault.deployment.put_back().await;
    vault.start(&settings).await;
    (kept, lost)
}

#[tokio::test]
async fn a_backup_that_is_put_back_is_found_by_its_witness_and_goes_on_under_a_new_origin() {
    let mut vault = Vault::new().await;
    vault.grow("first").await;
    let (key, state) = (vault.public_key().await, vault.path("head.json"));
    let mut witness = Witness::start("witness.example/one").await;
    witness.knows(&key);
    let (kept, lost) = put_back(&mut vault, &key, &state, &Witness::setting(&[&witness])).await;
    let remembering = ["--state", state.as_str()];
    let (code, report) = vault.verify(&key, &remembering);
    assert_eq!(code, Some(2), "{report}");
    becomes("the witness tells that the log was put back", async || {
        let health = vault.json("/health/detailed").await;
        let trouble = health["log"]["witnesses"][0]["trouble"].to_string();
        (health["status"] == "degraded" && trouble.contains("cut off or put back")).then_some(())
    })
    .await;

    let (code, restarted) = vault.audit(&["new-origin", "--state", &state, "--reason", "the disk broke"]);
    assert_eq!(code, Some(0), "{restarted}");
    let size = |name: &str| restarted[name].as_u64().expect("a size");
    let (agreed, void) = (size("size"), size("lost"));
    assert!(
        (kept..lost).contains(&agreed) && agreed + void >= lost,
        "{restarted}"
    );
    let origins = vault.json("/audit/origins").await["items"].clone();
    let continued = &origins[1]["continues"];
    assert_eq!(
        (&continued["origin"], &continued["size"]),
        (&origins[0]["origin"], &json!(agreed))
    );
    assert_eq!(
        (&continued["reason"], &origins[1]["number"]),
        (&json!("the disk broke"), &json!(2))
    );

    let size = vault.grow("anew").await;
    for (code, report) in [
        vault.verify(&key, &remembering),
        vault.audit(&[&["verify"], &remembering[..]].concat()),
    ] {
        assert_eq!((code, &report["finding"]), (Some(3), &Value::Null), "{report}");
        let restarted = &report["restarted"];
        assert_eq!(
            (&restarted["size"], &restarted["lost"]),
            (&json!(agreed), &json!(void))
        );
    }
    let new_origin = origins[1]["origin"].as_str().expect("a name");
    let accept = [&remembering[..], &["--accept-origin", new_origin]].concat();
    let (code, report) = vault.verify(&key, &accept);
    assert_eq!(code, Some(0), "{report}");
    assert!(report["size"].as_u64() >= Some(size), "{report}");
    assert_eq!(vault.verify(&key, &remembering).0, Some(0), "it is remembered");

    // a witness cosigns the new origin once it knows it, extension line and all
    witness.knows(&vault.public_key().await);
    is_cosigned(&vault, "/audit/checkpoint").await;
}
