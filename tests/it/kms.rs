//! The root key in a key management service, under a passphrase, and moving from one to another.

use std::{fs, time::Duration};

use serde_json::{Value, json};
use sqlx::Connection;
use vault_tests::{
    Answer, Client, Deployment, Proxy, Server, finished,
    kms::{Transit, aws_endpoint, aws_settings, new_aws_key},
    shared::{self, Account, PASSWORD},
};

/// The longest that a circuit takes to close again, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A tenant with a record that somebody can read.
struct Written {
    account: Account,
    dataset: String,
    record: String,
}

const TEXT: &str = "the root key lives elsewhere";

async fn write(deployment: &Deployment, server: &Server) -> Written {
    let account = shared::register(deployment, server.url(), None, "admin").await;
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let dataset = client.create_dataset("kept").await;
    let record = client
        .add_record(&dataset, &json!({ "data": { "text": TEXT } }))
        .await;
    Written {
        account,
        dataset,
        record: record["id"].as_str().expect("an id").to_owned(),
    }
}

impl Written {
    /// Logs in, which takes the service key, and asks for the record, which takes the tenant's.
    async fn ask(&self, server: &Server) -> vault_tests::Reply {
        let client = Client::anonymous(server.url());
        let client = client.login(&self.account.email, PASSWORD).await;
        let path = format!(
            "/datasets/{}/versions/draft/records/{}",
            self.dataset, self.record
        );
        client.get(&path).reply().await
    }

    async fn is_readable_at(&self, server: &Server) {
        let record = self.ask(server).await.expect_status(200).json();
        assert_eq!(record["data"]["text"], TEXT);
    }
}

/// Which root keys wrapped the tenants' keys.
async fn root_keys(deployment: &Deployment) -> Vec<(String, String)> {
    let mut sql = deployment.sql().await;
    let keys = sqlx::query_as("SELECT DISTINCT kms_provider, kms_key FROM tenant_keys ORDER BY 1, 2")
        .fetch_all(&mut sql)
        .await
        .expect("the database answers");
    sql.close().await.expect("closed");
    keys
}

async fn kms_health(server: &Server, account: &Account) -> Value {
    let client = Client::anonymous(server.url()).with_token(&account.token);
    let health = client
        .get("/health/detailed")
        .reply()
        .await
        .expect_status(200)
        .json();
    json!({ "status": health["status"], "kms": health["kms"] })
}

fn audit_verify(deployment: &Deployment) {
    let _ = finished(deployment.command().args(["audit", "verify"]));
}

/// What a server that cannot start says.
fn refusal(deployment: &Deployment) -> String {
    let output = deployment
        .command()
        .arg("serve")
        .output()
        .expect("the server starts");
    assert!(!output.status.success());
    String::from_utf8(output.stderr).expect("text")
}

#[tokio::test]
async fn a_vault_lives_with_its_root_key_in_aws_kms() {
    let (endpoint, key) = (aws_endpoint(), new_aws_key().await);
    let mut deployment = Deployment::new().await;
    deployment.set(&[("VAULT_ENCRYPTION_KEY_FILE", "")]);
    deployment.set(&aws_settings(&endpoint, &key));
    // a role is assumed at STS, which moto is too
    deployment.set(&[
        (
            "VAULT_ENCRYPTION_ROLE_ARN",
            "arn:aws:iam::123456789012:role/vault",
        ),
        ("AWS_ENDPOINT_URL_STS", &endpoint),
    ]);
    let server = deployment.serve(&[]);
    let written = write(&deployment, &server).await;
    written.is_readable_at(&server).await;
    assert_eq!(root_keys(&deployment).await, [("aws".to_owned(), key.clone())]);
    let health = kms_health(&server, &written.account).await;
    assert_eq!(
        health,
        json!({ "status": "ok", "kms": [{ "provider": "aws", "root_key": key, "circuit": "closed", "failures": 0 }] })
    );
    let metrics = Client::anonymous(server.url()).metrics().await.expect("metrics");
    assert!(
        metrics.contains("kms_calls_total{provider=\"aws\",operation=\"generate\",outcome=\"ok\"}"),
        "{metrics}"
    );

    drop(server);
    let again = deployment.serve(&[]);
    written.is_readable_at(&again).await;
    audit_verify(&deployment);
}

// the proxy must run while commands do
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_open_stays_readable_while_the_kms_is_away_and_the_rest_says_so() {
    let endpoint = aws_endpoint();
    let key = new_aws_key().await;
    let proxy = Proxy::start(endpoint.trim_start_matches("http://").to_owned()).await;
    let through = format!("http://127.0.0.1:{}", proxy.port());
    let mut deployment = Deployment::new().await;
    deployment.set(&aws_settings(&through, &key));
    deployment.set(&[("VAULT_ENCRYPTION_TIMEOUT_MS", "300")]);
    let server = deployment.serve(&[]);
    let (first, second) = (
        write(&deployment, &server).await,
        write(&deployment, &server).await,
    );
    drop(server);
    let server = deployment.serve(&[]);
    first.is_readable_at(&server).await;

    proxy.fall_silent();
    first.is_readable_at(&server).await;
    let refused = second.ask(&server).await.expect_status(503);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(refused.json()["code"], "VAULT_CRYPTO_5010");
    while second.ask(&server).await.expect_status(503).json()["code"] != "VAULT_SYS_9009" {}
    first.is_readable_at(&server).await;
    let health = kms_health(&server, &first.account).await;
    assert_eq!(health["status"], "degraded", "{health}");
    assert_ne!(health["kms"][0]["circuit"], "closed", "{health}");
    let ready = Client::anonymous(server.url()).get("/health/ready").reply().await;
    assert_eq!(ready.status, 200, "what is open can be served");

    proxy.speak();
    let back = async { while second.ask(&server).await.status != 200 {} };
    tokio::time::timeout(PATIENCE, back).await.expect("it comes back");
    assert_eq!(kms_health(&server, &first.account).await["status"], "ok");
}

#[tokio::test]
async fn a_key_that_the_kms_does_not_hold_ends_the_start_with_its_reason() {
    let endpoint = aws_endpoint();
    let unknown = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000";
    let mut deployment = Deployment::new().await;
    deployment.set(&aws_settings(&endpoint, unknown));
    let said = refusal(&deployment);
    assert!(said.contains("does not allow it"), "{said}");
    assert!(said.contains("NotFoundException"), "{said}");
}

#[tokio::test]
async fn a_vault_moves_from_its_key_file_to_aws_kms() {
    let (endpoint, key) = (aws_endpoint(), new_aws_key().await);
    let mut deployment = Deployment::new().await;
    let server = deployment.serve(&[]);
    let written = write(&deployment, &server).await;
    drop(server);

    deployment.set(&aws_settings(&endpoint, &key));
    let said = refusal(&deployment);
    assert!(said.contains("encryption.previous"), "{said}");

    let old = deployment.file("root.key");
    let previous = format!("[{{ provider = \"local\", key_file = \"{}\" }}]", old.display());
    deployment.set(&[
        ("VAULT_ENCRYPTION_PREVIOUS", &previous),
        ("VAULT_ENCRYPTION_KEY_FILE", ""),
    ]);
    let server = deployment.serve(&[]);
    written.is_readable_at(&server).await;
    let newer = write(&deployment, &server).await;
    newer.is_readable_at(&server).await;
    let providers: Vec<_> = root_keys(&deployment)
        .await
        .into_iter()
        .map(|(provider, _)| provider)
        .collect();
    assert_eq!(providers, ["aws", "local"]);
    audit_verify(&deployment);
}

#[tokio::test]
async fn a_vault_lives_with_its_root_key_in_a_transit_engine() {
    let engine = Transit::start("s.first");
    let mut deployment = Deployment::new().await;
    let token = deployment.file("token");
    fs::write(&token, "s.first\n").expect("written");
    deployment.set(&[
        ("VAULT_ENCRYPTION_KEY_FILE", ""),
        ("VAULT_ENCRYPTION_PROVIDER", "vault"),
        ("VAULT_ENCRYPTION_ENDPOINT", &engine.endpoint),
        ("VAULT_ENCRYPTION_KEY_ID", "vault"),
        ("VAULT_ENCRYPTION_TOKEN_PATH", &token.to_string_lossy()),
    ]);
    let server = deployment.serve(&[]);
    let written = write(&deployment, &server).await;
    assert_eq!(
        root_keys(&deployment).await,
        [("vault".to_owned(), "transit/vault".to_owned())]
    );
    drop(server);
    let server = deployment.serve(&[]);
    written.is_readable_at(&server).await;

    drop(server);
    fs::write(&token, "s.revoked\n").expect("written");
    let said = refusal(&deployment);
    assert!(
        said.contains("status 403") && !said.contains("s.revoked"),
        "{said}"
    );
}

#[tokio::test]
async fn a_vault_lives_with_a_key_file_under_a_passphrase() {
    let mut deployment = Deployment::new().await;
    let (key, passphrase) = (deployment.file("sealed.key"), deployment.file("passphrase"));
    fs::write(&passphrase, "four words in a row\n").expect("written");
    let create = |name: &str| {
        let mut command = deployment.command();
        command.args([
            "keys",
            "create-root",
            "--json",
            name,
            "--passphrase-file",
            "passphrase",
        ]);
        command
    };
    let made: Value = serde_json::from_str(&finished(&mut create("sealed.key"))).expect("JSON");
    assert!(made["root_key"].as_str().expect("a name").starts_with("local:"));
    let twice = create("sealed.key").output().expect("it runs");
    assert!(!twice.status.success(), "no key file is replaced");

    deployment.set(&[("VAULT_ENCRYPTION_KEY_FILE", &key.to_string_lossy())]);
    let said = refusal(&deployment);
    assert!(said.contains("needs a passphrase"), "{said}");
    deployment.set(&[("VAULT_ENCRYPTION_PASSPHRASE", "four words in a rov")]);
    let said = refusal(&deployment);
    assert!(
        said.contains("does not open") && !said.contains("four words"),
        "{said}"
    );
    deployment.set(&[
        ("VAULT_ENCRYPTION_PASSPHRASE", ""),
        ("VAULT_ENCRYPTION_PASSPHRASE_FILE", &passphrase.to_string_lossy()),
    ]);
    let server = deployment.serve(&[]);
    let written = write(&deployment, &server).await;
    drop(server);
    written.is_readable_at(&deployment.serve(&[])).await;
}
