//! A broker that speaks TLS only, to those who log in.

use vault_tests::kafka::{broker_authority, broker_password, brokers, secure_brokers};

use super::{BROKER, Publishing, administrator, check_order, health, published};

/// Settings for a server that logs in.
fn settings<'a>(
    brokers: &'a str,
    authority: &'a str,
    mechanism: &'a str,
    password: &'a str,
) -> [(&'a str, &'a str); 6] {
    [
        ("VAULT_KAFKA_BROKERS", brokers),
        ("VAULT_KAFKA_SECURITY_PROTOCOL", "sasl_ssl"),
        ("VAULT_KAFKA_SSL_CA_FILE", authority),
        ("VAULT_KAFKA_SASL_MECHANISM", mechanism),
        ("VAULT_KAFKA_SASL_USERNAME", "vault"),
        ("VAULT_KAFKA_SASL_PASSWORD", password),
    ]
}

#[tokio::test]
async fn a_broker_that_wants_tls_and_a_login_gets_both() {
    let _broker = BROKER.read().await;
    let (brokers, authority, password) = (secure_brokers(), broker_authority(), broker_password());
    let authority = authority.to_string_lossy();
    for mechanism in ["plain", "scram-sha-512"] {
        let publishing = Publishing::new(mechanism).await;
        let server = publishing.serve(&settings(&brokers, &authority, mechanism, &password));
        let client = administrator(&publishing, &server).await;
        client.create_dataset("by a safe way").await;
        let end = published(&client).await;
        check_order(&publishing.messages(end).await);
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_authority_that_is_not_trusted_are_told_and_nothing_is_sent() {
    let _broker = BROKER.read().await;
    let (plaintext, secure) = (brokers(), secure_brokers());
    let (authority, password) = (broker_authority(), broker_password());
    let authority = authority.to_string_lossy();
    let system = "/etc/ssl/certs/ca-certificates.crt";
    let wrong = "not-the-password";
    for (name, settings, reason) in [
        (
            "wrong-password",
            settings(&secure, &authority, "scram-sha-512", wrong),
            "uthentication",
        ),
        (
            "wrong-authority",
            settings(&secure, system, "plain", &password),
            "certificate",
        ),
        (
            "no-tls",
            settings(&plaintext, &authority, "plain", &password),
            "SSL",
        ),
    ] {
        let publishing = Publishing::new(name).await;
        let server = publishing.serve(&settings);
        let client = administrator(&publishing, &server).await;
        let told = health(&client, |health| health["kafka"]["trouble"].is_string()).await;
        let trouble = told["kafka"]["trouble"].as_str().expect("a reason");
        assert!(trouble.contains(reason), "{name}: {trouble}");
        assert_eq!(told["kafka"]["position"], 0, "{told}");
        for secret in [wrong, password.as_str()] {
            assert!(!trouble.contains(secret) && !server.output().contains(secret));
        }
    }
}
