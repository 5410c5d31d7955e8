//! How to reach a Kafka cluster, and what its topics are.

use std::{fmt, path::PathBuf};

use rdkafka::ClientConfig;
use zeroize::Zeroizing;

/// How long a broker may take to answer, in milliseconds.
const REQUEST_TIMEOUT_MS: &str = "10000";
/// How long a transaction may stay open, in milliseconds: a leader that died holds up readers no longer.
const TRANSACTION_TIMEOUT_MS: &str = "30000";
/// The most messages, and kilobytes, that wait in memory to be sent.
const QUEUE_MESSAGES: &str = "100000";
const QUEUE_KBYTES: &str = "65536";
/// How long messages wait for others to share their request, in milliseconds. A transaction's end sends them all.
const LINGER_MS: &str = "20";

/// How to reach a Kafka cluster, and what its topics are.
#[derive(Clone)]
pub struct KafkaConfig {
    /// Brokers to begin with, `host:port` with commas between.
    pub brokers: String,
    /// What the names of topics and of the transaction begin with.
    pub topic_prefix: String,
    /// What has a topic of its own.
    pub topics_by: TopicsBy,
    /// How many partitions a topic has.
    pub partitions: u16,
    /// How many replicas a new topic has; as many as the brokers give by themselves if none.
    pub replication_factor: Option<u16>,
    /// How the connection is protected.
    pub security: Security,
}

/// What has a topic of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicsBy {
    /// Each type of stream: `vault.dataset`.
    Aggregate,
    /// Each tenant: `vault.<tenant id>`.
    Tenant,
}

/// How a connection is protected.
#[derive(Clone, Default)]
pub struct Security {
    /// Whether it is encrypted, and with whose certificates.
    pub tls: Option<Tls>,
    /// Who logs in.
    pub sasl: Option<Sasl>,
}

/// An encrypted connection.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// The certificates that are trusted; the system's if none.
    pub ca_file: Option<PathBuf>,
}

/// A login.
#[derive(Clone)]
pub struct Sasl {
    /// How.
    pub mechanism: SaslMechanism,
    /// As whom.
    pub username: String,
    /// With which password.
    pub password: Zeroizing<String>,
}

/// How a password is shown to a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaslMechanism {
    /// As it is.
    Plain,
    /// By a challenge, with SHA-256.
    ScramSha256,
    /// By a challenge, with SHA-512.
    ScramSha512,
}

impl SaslMechanism {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

impl fmt::Debug for KafkaConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaConfig")
            .field("brokers", &self.brokers)
            .field("topic_prefix", &self.topic_prefix)
            .finish_non_exhaustive()
    }
}

impl KafkaConfig {
    /// A client of the cluster that does nothing yet.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "llm-data-vault")
            .set("socket.timeout.ms", REQUEST_TIMEOUT_MS)
            .set("security.protocol", self.security.protocol());
        if let Some(file) = self.security.tls.as_ref().and_then(|tls| tls.ca_file.as_ref()) {
            client.set("ssl.ca.location", file.to_string_lossy());
        }
        if let Some(sasl) = &self.security.sasl {
            client
                .set("sasl.mechanisms", sasl.mechanism.as_str())
                .set("sasl.username", &sasl.username)
                .set("sasl.password", sasl.password.as_str());
        }
        client
    }

    /// A producer whose messages arrive once and in order, as long as it lives.
    pub(crate) fn producer(&self) -> ClientConfig {
        let mut client = self.client();
        client
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "zstd")
            // as clients in Java choose partitions, for those who join topics
            .set("partitioner", "murmur2_random")
            .set("linger.ms", LINGER_MS)
            .set("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS)
            .set("message.timeout.ms", TRANSACTION_TIMEOUT_MS)
            .set("queue.buffering.max.messages", QUEUE_MESSAGES)
            .set("queue.buffering.max.kbytes", QUEUE_KBYTES);
        client
    }
}

impl Security {
    const fn protocol(&self) -> &'static str {
        match (&self.tls, &self.sasl) {
            (None, None) => "plaintext",
            (Some(_), None) => "ssl",
            (None, Some(_)) => "sasl_plaintext",
            (Some(_), Some(_)) => "sasl_ssl",
        }
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::{admin::AdminClient, client::DefaultClientContext};

    use super::*;

    /// The client library refuses what it was built without.
    #[test]
    fn every_protection_is_one_that_the_client_library_has() {
        let sasl = |mechanism| Sasl {
            mechanism,
            username: "vault".to_owned(),
            password: Zeroizing::new("hunter2".to_owned()),
        };
        let mechanisms = [
            SaslMechanism::Plain,
            SaslMechanism::ScramSha256,
            SaslMechanism::ScramSha512,
        ];
        for tls in [None, Some(Tls::default())] {
            for sasl in mechanisms
                .map(|mechanism| Some(sasl(mechanism)))
                .into_iter()
                .chain([None])
            {
                let config = KafkaConfig {
                    brokers: "127.0.0.1:1".to_owned(),
                    topic_prefix: "vault".to_owned(),
                    topics_by: TopicsBy::Aggregate,
                    partitions: 1,
                    replication_factor: None,
                    security: Security {
                        tls: tls.clone(),
                        sasl,
                    },
                };
                let client: Result<AdminClient<DefaultClientContext>, _> = config.producer().create();
                assert!(client.is_ok(), "{:?}", client.err());
                assert!(!format!("{config:?}").contains("hunter2"));
            }
        }
    }
}
