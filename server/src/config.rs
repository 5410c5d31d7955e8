//! What an operator may set: `vault.toml`, then `vault.{dev,staging,prod}.toml`, then the environment.
//!
//! Every setting has a default or is optional, every name that is not a setting is refused, and production is refused
//! what only development may have. To add a setting: a field in its section, a row in `settings.rs`, a commented line in
//! `config/vault.toml`; a test compares the three.

mod error;
mod layers;
mod secret;
mod sections;
mod settings;
mod show;
mod validation;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::Path;

use serde::Deserialize;

pub use error::{ConfigError, Weakness};
pub use secret::Secret;
pub use sections::{
    ArchiveConfig, AuditConfig, AuthConfig, ClientCertificates, DatabaseConfig, DetectionConfig,
    EncryptionConfig, KafkaProtocol, KafkaSasl, KafkaSection, KafkaTopics, KeyProvider, LimitsConfig,
    LogConfig, LogFormat, RootKeyConfig, ServerConfig, StorageBackend, StorageConfig, TelemetryConfig,
    TenantTier, TierConfig, TlsConfig, WitnessConfig,
};
pub use show::{Fingerprints, Shown};

/// Which of the three environments this process belongs to, from `VAULT_ENV`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine or a test. Nothing is refused for being insecure.
    #[default]
    Dev,
    /// Like production in shape, not in what it protects.
    Staging,
    /// Real data: default secrets, short secrets and readable key files are refused.
    Prod,
}

impl Environment {
    /// The name as `VAULT_ENV` and the file names spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Prod => "prod",
        }
    }

    fn parse(value: &str) -> Result<Self, ConfigError> {
        match value {
            "dev" | "development" => Ok(Self::Dev),
            "staging" => Ok(Self::Staging),
            "prod" | "production" => Ok(Self::Prod),
            other => Err(ConfigError::UnknownEnvironment { value: other.into() }),
        }
    }
}

/// The whole configuration, checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Not a setting of its own: it selects the second file and the rules.
    #[serde(skip)]
    pub environment: Environment,
    /// Where the server listens and what it accepts.
    pub server: ServerConfig,
    /// What tenants as a whole may ask.
    pub limits: LimitsConfig,
    /// The certificates that it is served with.
    pub tls: TlsConfig,
    /// The log's and the read models' `PostgreSQL`.
    pub database: DatabaseConfig,
    /// Access and refresh tokens.
    pub auth: AuthConfig,
    /// Who vouches for the log.
    pub audit: AuditConfig,
    /// Where the root key lives.
    pub encryption: EncryptionConfig,
    /// Where content lives that is too large for the database.
    pub storage: StorageConfig,
    /// Where old events go.
    pub archive: ArchiveConfig,
    /// What is looked for in records and texts.
    pub detection: DetectionConfig,
    /// Where events are published to.
    pub kafka: KafkaSection,
    /// What is logged, and how.
    pub log: LogConfig,
    /// Where traces go.
    pub telemetry: TelemetryConfig,
}

impl Config {
    /// Reads the files of `folder` and the given environment variables, later ones winning, and checks the result.
    ///
    /// A missing file is an empty one: a container may set everything through its environment. An empty variable
    /// counts as not set.
    ///
    /// # Errors
    /// Names the file, variable or setting that cannot be read, is not known, or is not acceptable.
    pub fn load(
        folder: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let (environment, figment) = layers::read(folder, variables)?;
        let mut config: Self = figment
            .extract()
            .map_err(|error| ConfigError::Invalid(Box::new(error)))?;
        config.environment = environment;
        validation::check(&config)?;
        Ok(config)
    }
}
