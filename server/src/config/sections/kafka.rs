use std::path::PathBuf;

use serde::Deserialize;
use vault_publishing::{KafkaConfig, Sasl, SaslMechanism, Security, Tls, TopicsBy};
use zeroize::Zeroizing;

use super::super::{error::ConfigError, secret::Secret};

/// The most partitions of a topic.
const MAX_PARTITIONS: u16 = 10_000;
/// The most replicas of a topic.
const MAX_REPLICAS: u16 = 100;
/// The longest prefix of topics: a name has at most 249 characters.
const MAX_PREFIX_CHARS: usize = 100;

/// Where events are published to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KafkaSection {
    /// Brokers to begin with, `host:port` with commas between; nothing is published when not set.
    pub brokers: Option<String>,
    /// What the names of topics begin with.
    pub topic_prefix: String,
    /// What has a topic of its own.
    pub topics: KafkaTopics,
    /// How many partitions each topic has.
    pub partitions: u16,
    /// How many replicas a new topic has; what the brokers give when not set.
    pub replication_factor: Option<u16>,
    /// How the connection is protected.
    pub security_protocol: KafkaProtocol,
    /// The certificates of authorities that are trusted; the system's when not set.
    pub ssl_ca_file: Option<PathBuf>,
    /// How the vault logs in.
    pub sasl_mechanism: KafkaSasl,
    /// As whom.
    pub sasl_username: Option<String>,
    /// With which password.
    pub sasl_password: Option<Secret>,
}

impl Default for KafkaSection {
    fn default() -> Self {
        Self {
            brokers: None,
            topic_prefix: "vault".to_owned(),
            topics: KafkaTopics::Aggregate,
            partitions: 12,
            replication_factor: None,
            security_protocol: KafkaProtocol::Plaintext,
            ssl_ca_file: None,
            sasl_mechanism: KafkaSasl::ScramSha512,
            sasl_username: None,
            sasl_password: None,
        }
    }
}

/// What has a topic of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KafkaTopics {
    /// Each type of stream.
    Aggregate,
    /// Each tenant.
    Tenant,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KafkaProtocol {
    /// Not at all.
    Plaintext,
    /// TLS.
    Ssl,
    /// A login over a connection that anybody can read.
    SaslPlaintext,
    /// A login over TLS.
    SaslSsl,
}

impl KafkaProtocol {
    /// Whether somebody logs in.
    #[must_use]
    pub const fn logs_in(self) -> bool {
        matches!(self, Self::SaslPlaintext | Self::SaslSsl)
    }

    const fn is_encrypted(self) -> bool {
        matches!(self, Self::Ssl | Self::SaslSsl)
    }
}

/// How a password is shown to a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum KafkaSasl {
    /// As it is.
    #[serde(rename = "plain")]
    Plain,
    /// By a challenge, with SHA-256.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// By a challenge, with SHA-512.
    #[serde(rename = "scram-sha-512")]
    ScramSha512,
}

impl From<KafkaSasl> for SaslMechanism {
    fn from(mechanism: KafkaSasl) -> Self {
        match mechanism {
            KafkaSasl::Plain => Self::Plain,
            KafkaSasl::ScramSha256 => Self::ScramSha256,
            KafkaSasl::ScramSha512 => Self::ScramSha512,
        }
    }
}

impl KafkaSection {
    /// How to reach the cluster; `None` when nothing is published.
    ///
    /// # Errors
    /// When a setting is missing or not acceptable.
    pub fn publishing(&self) -> Result<Option<KafkaConfig>, ConfigError> {
        in_range("kafka.partitions", self.partitions, MAX_PARTITIONS)?;
        if let Some(replicas) = self.replication_factor {
            in_range("kafka.replication_factor", replicas, MAX_REPLICAS)?;
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let length = self.topic_prefix.len();
        if !(1..=MAX_PREFIX_CHARS).contains(&length) || !self.topic_prefix.chars().all(allowed) {
            return Err(ConfigError::TopicPrefix {
                max_chars: MAX_PREFIX_CHARS,
            });
        }
        let security = self.security()?;
        Ok(self.brokers.as_ref().map(|brokers| KafkaConfig {
            brokers: brokers.clone(),
            topic_prefix: self.topic_prefix.clone(),
            topics_by: match self.topics {
                KafkaTopics::Aggregate => TopicsBy::Aggregate,
                KafkaTopics::Tenant => TopicsBy::Tenant,
            },
            partitions: self.partitions,
            replication_factor: self.replication_factor,
            security,
        }))
    }

    fn security(&self) -> Result<Security, ConfigError> {
        let tls = self.security_protocol.is_encrypted().then(|| Tls {
            ca_file: self.ssl_ca_file.clone(),
        });
        if !self.security_protocol.logs_in() {
            return Ok(Security { tls, sasl: None });
        }
        let missing = |setting| ConfigError::Missing {
            setting,
            when: "when kafka.security_protocol logs in",
        };
        let username = self.sasl_username.clone();
        let password = self.sasl_password.as_ref();
        let sasl = Sasl {
            mechanism: self.sasl_mechanism.into(),
            username: username.ok_or_else(|| missing("kafka.sasl_username"))?,
            password: Zeroizing::new(
                password
                    .ok_or_else(|| missing("kafka.sasl_password"))?
                    .expose()
                    .to_owned(),
            ),
        };
        Ok(Security {
            tls,
            sasl: Some(sasl),
        })
    }
}

fn in_range(setting: &'static str, value: u16, max: u16) -> Result<(), ConfigError> {
    if (1..=max).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::OutOfRange {
        setting,
        value: value.into(),
        min: 1,
        max: max.into(),
    })
}
