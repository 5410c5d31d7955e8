use vault_publishing::TopicsBy;

use super::{Case, production};

/// A login over TLS.
fn with_login() -> Case {
    Case::new()
        .variable("VAULT_KAFKA_BROKERS", "kafka.internal:9093")
        .variable("VAULT_KAFKA_SECURITY_PROTOCOL", "sasl_ssl")
        .variable("VAULT_KAFKA_SASL_USERNAME", "vault")
        .variable("VAULT_KAFKA_SASL_PASSWORD", "hunter2")
}

#[test]
fn nothing_is_published_unless_brokers_are_named() {
    assert!(Case::new().load().unwrap().kafka.publishing().unwrap().is_none());
    let case = Case::new()
        .variable("VAULT_KAFKA_BROKERS", "a:1,b:2")
        .variable("VAULT_KAFKA_TOPICS", "tenant");
    let config = case.load().unwrap().kafka.publishing().unwrap().unwrap();
    assert_eq!((config.brokers.as_str(), config.partitions), ("a:1,b:2", 12));
    assert_eq!(config.topics_by, TopicsBy::Tenant);
    assert!(config.security.tls.is_none() && config.security.sasl.is_none());
}

#[test]
fn a_login_needs_a_name_and_a_password_which_nothing_shows() {
    let config = with_login().load().unwrap();
    let kafka = config.kafka.publishing().unwrap().unwrap();
    assert!(kafka.security.tls.is_some());
    assert_eq!(kafka.security.sasl.as_ref().unwrap().password.as_str(), "hunter2");
    for shown in [format!("{config:?}"), format!("{kafka:?}")] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    for name in ["VAULT_KAFKA_SASL_USERNAME", "VAULT_KAFKA_SASL_PASSWORD"] {
        let refusal = super::without(with_login(), name).refusal();
        let setting = name.to_lowercase().replace("vault_kafka_", "kafka.");
        assert!(refusal.contains(&setting), "{refusal}");
    }
}

#[test]
fn what_no_topic_can_be_is_refused() {
    for (name, value, setting) in [
        ("VAULT_KAFKA_TOPIC_PREFIX", "no spaces", "kafka.topic_prefix"),
        ("VAULT_KAFKA_TOPIC_PREFIX", &"x".repeat(101), "kafka.topic_prefix"),
        ("VAULT_KAFKA_PARTITIONS", "0", "kafka.partitions"),
        ("VAULT_KAFKA_PARTITIONS", "10001", "kafka.partitions"),
        (
            "VAULT_KAFKA_REPLICATION_FACTOR",
            "101",
            "kafka.replication_factor",
        ),
    ] {
        let refusal = Case::new().variable(name, value).refusal();
        assert!(refusal.contains(setting), "{name}: {refusal}");
    }
}

#[test]
fn production_refuses_a_login_that_others_can_read() {
    let login = |protocol| {
        production()
            .variable("VAULT_KAFKA_SECURITY_PROTOCOL", protocol)
            .variable("VAULT_KAFKA_SASL_USERNAME", "vault")
            .variable("VAULT_KAFKA_SASL_PASSWORD", "q7V/0bXyKc2m9w")
    };
    login("sasl_ssl").load().unwrap();
    let refusal = login("sasl_plaintext").refusal();
    assert!(refusal.contains("kafka.security_protocol"), "{refusal}");
}
