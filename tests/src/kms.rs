//! Services that hold root keys: moto, which speaks like AWS, and a stand-in for a transit engine.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

/// The region of every key of a test.
pub const REGION: &str = "eu-central-1";

/// The service that `scripts/services start --kms` runs.
#[must_use]
pub fn aws_endpoint() -> String {
    env::var("VAULT_TEST_KMS_ENDPOINT")
        .expect("VAULT_TEST_KMS_ENDPOINT: scripts/services start --kms; eval \"$(scripts/services env)\"")
}

/// Makes a key of its own there, and gives its ARN.
pub async fn new_aws_key() -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let credential = format!("Credential=test/20261122/{REGION}/kms/aws4_request");
    let request = reqwest::Client::new()
        .post(aws_endpoint())
        .header("Content-Type", "application/x-amz-json-1.1")
        .header("X-Amz-Target", "TrentService.CreateKey")
        .header(
            "Authorization",
            format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"),
        )
        .body(json!({}).to_string());
    let answer = request.send().await.expect("moto answers");
    let created: Value = answer.json().await.expect("JSON");
    created["KeyMetadata"]["Arn"].as_str().expect("an ARN").to_owned()
}

/// What a deployment finds in its environment to reach a key there.
#[must_use]
pub fn aws_settings<'a>(endpoint: &'a str, key: &'a str) -> [(&'static str, &'a str); 7] {
    [
        ("VAULT_ENCRYPTION_PROVIDER", "aws"),
        ("VAULT_ENCRYPTION_KEY_ID", key),
        ("VAULT_ENCRYPTION_REGION", REGION),
        ("VAULT_ENCRYPTION_ENDPOINT", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
}

/// A stand-in for the transit engine of `OpenBao`: it checks what it is sent, and keeps keys in its memory.
#[derive(Debug)]
pub struct Transit {
    child: Child,
    /// Its address.
    pub endpoint: String,
}

impl Transit {
    /// Starts one that takes this token.
    #[must_use]
    pub fn start(token: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/transit.py");
        let mut child = Command::new("python3")
            .args([script, token])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python is there");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("output"))
            .read_line(&mut line)
            .expect("it says where it listens");
        let port: Value = serde_json::from_str(line.trim()).expect("a port");
        Self {
            child,
            endpoint: format!("http://127.0.0.1:{port}"),
        }
    }
}

impl Drop for Transit {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
