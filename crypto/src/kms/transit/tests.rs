use std::{io::Write, path::Path};

use serde_json::{Value, json};
use uuid::Uuid;
use vault_domain::{KeyId, TenantId};

use super::*;
use crate::kms::fake_http::{Asked, FakeHttp};

fn context(tenant: u128) -> EncryptionContext {
    EncryptionContext {
        tenant: TenantId::from_uuid(Uuid::from_u128(tenant)),
        key_id: KeyId::from_uuid(Uuid::from_u128(2)),
    }
}

fn kms(endpoint: &str, token_path: &Path) -> TransitKms {
    let _ = rustls::crypto::ring::default_provider().install_default();
    TransitKms::new(TransitKmsConfig {
        endpoint: endpoint.to_owned(),
        mount: "team/transit".to_owned(),
        key_id: "llm-vault".to_owned(),
        namespace: Some("data".to_owned()),
        token_path: token_path.to_owned(),
    })
    .expect("a usable configuration")
}

fn token_file(token: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    writeln!(file, "{token}").expect("written");
    file
}

/// Answers as the engine does: the ciphertext remembers plaintext and associated data, and opens with both alone.
fn engine(asked: &Asked) -> (u16, Value) {
    if asked.headers.get("x-vault-token").map(String::as_str) != Some("s.token") {
        return (403, json!({"errors": ["permission denied"]}));
    }
    let text = |name: &str| asked.body[name].as_str().unwrap_or_default().to_owned();
    match asked.path.as_str() {
        "/v1/team/transit/encrypt/llm-vault" => {
            let held = format!("{}|{}", text("plaintext"), text("associated_data"));
            let ciphertext = format!("vault:v1:{}", BASE64_STANDARD.encode(held));
            (200, json!({"data": {"ciphertext": ciphertext, "key_version": 1}}))
        }
        "/v1/team/transit/decrypt/llm-vault" => {
            let ciphertext = text("ciphertext");
            let held = ciphertext.strip_prefix("vault:v1:").expect("the engine's prefix");
            let held = BASE64_STANDARD.decode(held).expect("Base64");
            let held = String::from_utf8(held).expect("text");
            let (plaintext, bound) = held.split_once('|').expect("both");
            if bound == text("associated_data") {
                (200, json!({"data": {"plaintext": plaintext}}))
            } else {
                (400, json!({"errors": ["cipher: message authentication failed"]}))
            }
        }
        _ => (404, json!({"errors": []})),
    }
}

#[tokio::test]
async fn a_key_is_wrapped_and_unwrapped_in_the_engines_own_words() {
    let fake = FakeHttp::start(engine).await;
    let token = token_file("s.token");
    let kms = kms(&fake.address, token.path());
    let generated = kms.generate(&context(1)).await.expect("generated");
    assert_eq!(generated.wrapped.provider, "vault");
    assert_eq!(generated.wrapped.kms_key, "team/transit/llm-vault");
    assert!(generated.wrapped.bytes.starts_with(b"vault:v1:"));
    let opened = kms
        .unwrap(&generated.wrapped, &context(1))
        .await
        .expect("unwrapped");
    assert_eq!(opened, generated.key);

    let [encrypt, decrypt] = <[Asked; 2]>::try_from(fake.asked()).expect("two calls");
    assert_eq!(encrypt.headers["x-vault-namespace"], "data");
    assert_eq!(encrypt.headers["content-type"], "application/json");
    let key = BASE64_STANDARD.decode(encrypt.body["plaintext"].as_str().expect("text"));
    assert_eq!(key.expect("Base64"), generated.key.expose());
    let bound = BASE64_STANDARD.decode(encrypt.body["associated_data"].as_str().expect("text"));
    assert_eq!(
        String::from_utf8(bound.expect("Base64")).expect("text"),
        "vault:tenant=00000000-0000-0000-0000-000000000001;vault:key=00000000-0000-0000-0000-000000000002"
    );
    assert_eq!(decrypt.body["associated_data"], encrypt.body["associated_data"]);
}

#[tokio::test]
async fn a_wrapped_key_unwraps_in_its_own_context_alone() {
    let fake = FakeHttp::start(engine).await;
    let token = token_file("s.token");
    let kms = kms(&fake.address, token.path());
    let wrapped = kms.generate(&context(1)).await.expect("generated").wrapped;
    let refused = kms.unwrap(&wrapped, &context(9)).await;
    assert!(matches!(refused, Err(KmsError::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn a_renewed_token_is_used_without_a_restart() {
    let fake = FakeHttp::start(engine).await;
    let token = token_file("s.old");
    let kms = kms(&fake.address, token.path());
    let refused = kms.generate(&context(1)).await;
    assert!(matches!(refused, Err(KmsError::Denied(_))), "{refused:?}");
    std::fs::write(token.path(), "s.token\n").expect("written");
    assert!(kms.generate(&context(1)).await.is_ok());
}

#[tokio::test]
async fn what_may_pass_is_told_from_what_does_not() {
    let token = token_file("s.token");
    for (status, passes) in [
        (429, true),
        (500, true),
        (503, true),
        (473, true),
        (403, false),
        (404, false),
    ] {
        let fake = FakeHttp::start(move |_| (status, json!({"errors": ["s.token and key material"]}))).await;
        let error = kms(&fake.address, token.path()).generate(&context(1)).await;
        let error = error.expect_err("no success");
        assert_eq!(error.is_outage(), passes, "{status}: {error:?}");
        let told = format!("{error:?}");
        assert!(!told.contains("s.token"), "no words of the server: {told}");
    }
    for body in [
        json!({}),
        json!({"data": {"ciphertext": 7}}),
        json!("x".repeat(MAX_ANSWER_BYTES)),
    ] {
        let fake = FakeHttp::start(move |_| (200, body.clone())).await;
        let error = kms(&fake.address, token.path()).generate(&context(1)).await;
        assert!(error.expect_err("no success").is_outage());
    }
}

#[tokio::test]
async fn unusable_settings_are_refused() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let usable = TransitKmsConfig {
        endpoint: "https://bao.internal:8200".to_owned(),
        mount: "transit".to_owned(),
        key_id: "k".to_owned(),
        namespace: None,
        token_path: "/nowhere".into(),
    };
    assert!(TransitKms::new(usable.clone()).is_ok());
    for (endpoint, mount, key_id) in [
        ("bao.internal", "transit", "k"),
        ("ftp://bao.internal", "transit", "k"),
        ("https://bao.internal", "../sys", "k"),
        ("https://bao.internal", "transit", "a/b"),
        ("https://bao.internal", "transit", ".."),
        ("https://bao.internal", "", "k"),
    ] {
        let config = TransitKmsConfig {
            endpoint: endpoint.to_owned(),
            mount: mount.to_owned(),
            key_id: key_id.to_owned(),
            ..usable.clone()
        };
        assert!(TransitKms::new(config).is_err(), "{endpoint} {mount} {key_id}");
    }
}
