use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::super::Environment;
use super::{Case, production, replaced, without};

#[test]
fn production_accepts_what_is_sound() {
    let config = production().load().unwrap();
    assert_eq!(config.environment, Environment::Prod);
    let kms = without(production(), "VAULT_ENCRYPTION_KEY_FILE")
        .variable("VAULT_ENCRYPTION_PROVIDER", "aws")
        .variable("VAULT_ENCRYPTION_KEY_ID", "arn:aws:kms:x");
    kms.load().unwrap();
    // nobody else need sign tokens
    without(production(), "VAULT_AUTH_JWT_SECRET").load().unwrap();
}

#[test]
fn production_names_what_is_missing() {
    for (name, setting) in [
        ("VAULT_DATABASE_URL", "database.url"),
        ("VAULT_ENCRYPTION_KEY_FILE", "encryption.key_file"),
        ("VAULT_STORAGE_LOCATION", "storage.location"),
    ] {
        let refusal = without(production(), name).refusal();
        assert!(refusal.contains(setting), "{name}: {refusal}");
    }
    let refusal = replaced(production(), "VAULT_STORAGE_BACKEND", "memory").refusal();
    assert!(refusal.contains("storage.backend"), "{refusal}");
}

#[test]
fn a_key_service_is_named_whole_and_reached_by_tls_in_production() {
    let service = |provider: &str| {
        without(production(), "VAULT_ENCRYPTION_KEY_FILE").variable("VAULT_ENCRYPTION_PROVIDER", provider)
    };
    let refusal = service("aws").refusal();
    assert!(refusal.contains("encryption.key_id"), "{refusal}");
    let engine = |endpoint: &str| {
        service("vault")
            .variable("VAULT_ENCRYPTION_KEY_ID", "vault")
            .variable("VAULT_ENCRYPTION_TOKEN_PATH", "/run/bao/token")
            .variable("VAULT_ENCRYPTION_ENDPOINT", endpoint)
    };
    for sound in [
        "https://bao.internal:8200",
        "http://127.0.0.1:8100",
        "http://localhost:8100",
    ] {
        engine(sound).load().unwrap();
    }
    for endpoint in [
        "http://bao.internal:8200",
        "http://127.0.0.1.evil.example",
        "no address",
    ] {
        let refusal = engine(endpoint).refusal();
        assert!(refusal.contains("encryption.endpoint"), "{endpoint}: {refusal}");
    }
    for (name, setting) in [
        ("VAULT_ENCRYPTION_TOKEN_PATH", "encryption.token_path"),
        ("VAULT_ENCRYPTION_ENDPOINT", "encryption.endpoint"),
    ] {
        let refusal = without(engine("https://bao.internal"), name).refusal();
        assert!(refusal.contains(setting), "{refusal}");
    }
}

#[test]
fn an_earlier_holder_of_the_root_key_is_checked_like_the_present_one() {
    let with = |previous: &str| production().variable("VAULT_ENCRYPTION_PREVIOUS", previous);
    for (previous, at_fault) in [
        (r#"[{ provider = "local" }]"#, "encryption.key_file"),
        (
            r#"[{ provider = "aws", region = "eu-central-1" }]"#,
            "encryption.key_id",
        ),
        (
            r#"[{ provider = "aws", key_id = "k", endpoint = "http://kms.example" }]"#,
            "encryption.endpoint",
        ),
        (r#"[{ provider = "gcp", key_id = "k" }]"#, "gcp"),
        (r#"[{ provider = "aws", key_id = "k", key = "x" }]"#, "key"),
    ] {
        let refusal = with(previous).refusal();
        assert!(refusal.contains(at_fault), "{previous}: {refusal}");
    }
    let one = r#"{ provider = "aws", key_id = "k" }, "#;
    with(&format!("[{}]", one.repeat(16))).load().unwrap();
    let refusal = with(&format!("[{}]", one.repeat(17))).refusal();
    assert!(refusal.contains("encryption.previous"), "{refusal}");
}

#[test]
fn production_refuses_short_default_and_monotonous_secrets_that_development_may_have() {
    for secret in [
        "q7V/0bXyKc2m9w+RzT4uHn6EjLfAo8s",
        "your-secret",
        "Your_JWT-Secret-0123456789-abcdefghijklmnop",
        "change-me-0123456789-abcdefghijklmnopqrstuv",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "012345678012345678012345678012345678",
    ] {
        let refusal = replaced(production(), "VAULT_AUTH_JWT_SECRET", secret).refusal();
        assert!(
            refusal.contains("auth.jwt_secret") && !refusal.contains(secret),
            "{secret}: {refusal}"
        );
        Case::new()
            .variable("VAULT_AUTH_JWT_SECRET", secret)
            .load()
            .unwrap();
    }
}

#[test]
fn production_refuses_default_database_passwords_in_each_of_the_urls() {
    for (name, setting) in [
        ("VAULT_DATABASE_URL", "database.url"),
        ("VAULT_DATABASE_READER_URL", "database.reader_url"),
        ("VAULT_DATABASE_MIGRATE_URL", "database.migrate_url"),
    ] {
        for url in [
            "postgres://postgres:postgres@db/vault",
            "postgres://vault:password@db:5432/vault?x=@",
        ] {
            let refusal = replaced(production(), name, url).refusal();
            assert!(
                refusal.contains(setting) && !refusal.contains("postgres:p"),
                "{url}: {refusal}"
            );
        }
        for url in [
            "postgres://vault@db/vault",
            "postgres:///vault?host=/run/postgresql",
            "postgres://db/a:b@c",
        ] {
            replaced(production(), name, url).load().unwrap();
        }
    }
}

#[test]
fn production_refuses_a_key_file_that_others_can_get_at() {
    for (mode, accepted) in [
        (0o600, true),
        (0o400, true),
        (0o440, true),
        (0o644, false),
        (0o604, false),
        (0o660, false),
        (0o602, false),
    ] {
        let case = production();
        fs::set_permissions(case.path("root.key"), Permissions::from_mode(mode)).unwrap();
        assert_eq!(case.load().is_ok(), accepted, "{mode:o}");
    }
    let case = production();
    fs::set_permissions(case.path("root.key"), Permissions::from_mode(0o644)).unwrap();
    let refusal = case.refusal();
    assert!(
        refusal.contains("encryption.key_file") && refusal.contains("0644"),
        "{refusal}"
    );

    let refusal = replaced(production(), "VAULT_ENCRYPTION_KEY_FILE", "/no/such/key").refusal();
    assert!(
        refusal.contains("encryption.key_file") && refusal.contains("/no/such/key"),
        "{refusal}"
    );
}
