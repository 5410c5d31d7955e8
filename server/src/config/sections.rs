mod encryption;
mod kafka;
mod limits;
mod storage;
mod tls;

use std::net::{IpAddr, Ipv4Addr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use axum::http::HeaderValue;
use reqwest::Url;
use serde::Deserialize;
use vault_access::ChangesOfPolicies;
use vault_commands::session::SessionLimits;
use vault_domain::Role;
use vault_event_store::tree::{WitnessKey, WitnessPolicy};

pub use encryption::{EncryptionConfig, KeyProvider, RootKeyConfig};
pub use kafka::{KafkaProtocol, KafkaSasl, KafkaSection, KafkaTopics};
pub use limits::{LimitsConfig, TenantTier, TierConfig};
pub use storage::{StorageBackend, StorageConfig};
pub use tls::{ClientCertificates, TlsConfig};

use super::{error::ConfigError, secret::Secret};

/// Where the server listens and what it accepts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port of the API; 0 takes a free one.
    pub port: u16,
    /// The port of `/metrics` alone, for scrapers that must not reach the API; 0 takes a free one.
    pub metrics_port: u16,
    /// The longest request body that is not streamed, in bytes: 1 KiB to 1 GiB.
    pub body_bytes: u64,
    /// How many requests a user, or a network that nobody has logged in from, may send in a second.
    pub rate_limit_per_s: u32,
    /// The Redis where processes share their rate limits; each counts for itself when not set.
    pub redis_url: Option<Secret>,
    /// How many proxies stand in front, each of which adds to `X-Forwarded-For`: 0 to 8.
    pub trusted_proxies: u8,
    /// Whether clients come over TLS only, which a proxy in front ends: answers then tell browsers to keep to it (HSTS).
    pub https_only: bool,
    /// The origins whose pages may call, such as `https://app.example.com`, each in full: at most 32.
    pub cors_origins: Vec<String>,
    /// How many requests are worked on at once: 1 to 100,000. The next one is refused with 503 and `Retry-After`.
    pub max_requests: u32,
    /// How many connections there may be at once: 1 to 1,000,000. The next one waits to be accepted.
    pub max_connections: u32,
    /// How much memory rows of the read models may take that are remembered, so that a question about them asks no
    /// database, in bytes: 0 (none are) to 64 GiB.
    pub cache_bytes: u64,
    /// How long a client may take for the head of a request, and how long a connection may be idle, in milliseconds:
    /// 100 to 600,000.
    pub header_timeout_ms: u32,
    /// How long a request is worked on until its answer begins, in milliseconds: 100 to 600,000. Those that carry or give many
    /// records have ten times as long.
    pub request_timeout_ms: u32,
}

/// The most origins whose pages may call.
const MAX_ORIGINS: usize = 32;

impl ServerConfig {
    /// The origins whose pages may call, as a header states them.
    pub(crate) fn origins(&self) -> Vec<HeaderValue> {
        let values = self.cors_origins.iter();
        values.filter_map(|origin| origin.parse().ok()).collect()
    }

    /// Checks that each origin is one, in the form in which browsers send it.
    pub(super) fn check_origins(&self) -> Result<(), ConfigError> {
        let is_origin = |text: &String| {
            let url = Url::parse(text).ok();
            let url = url.filter(|url| ["http", "https"].contains(&url.scheme()));
            url.is_some_and(|url| url.origin().ascii_serialization() == *text)
        };
        if self.cors_origins.len() > MAX_ORIGINS {
            return Err(ConfigError::OutOfRange {
                setting: "server.cors_origins",
                value: self.cors_origins.len() as u64,
                min: 0,
                max: MAX_ORIGINS as u64,
            });
        }
        match self.cors_origins.iter().find(|origin| !is_origin(origin)) {
            Some(origin) => Err(ConfigError::Origin {
                value: origin.as_str().into(),
            }),
            None => Ok(()),
        }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8080,
            metrics_port: 9090,
            body_bytes: 16 * 1024 * 1024,
            rate_limit_per_s: 10_000,
            redis_url: None,
            trusted_proxies: 0,
            https_only: false,
            cors_origins: Vec::new(),
            max_requests: 1024,
            max_connections: 10_000,
            cache_bytes: 64 * 1024 * 1024,
            header_timeout_ms: 30_000,
            request_timeout_ms: 30_000,
        }
    }
}

/// The log's and the read models' `PostgreSQL`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// The appender and the projectors connect here, as a role that may write. Production requires it.
    pub url: Option<Secret>,
    /// Requests read here, as a role under row-level security; `url` when not set.
    pub reader_url: Option<Secret>,
    /// Migrations run here, as the owner of the schema; `url` when not set.
    pub migrate_url: Option<Secret>,
    /// Archived events are removed here, as a member of `vault_archiver`; `url` when not set.
    pub archiver_url: Option<Secret>,
    /// The most connections that one process opens, over all its pools: 4 to 10,000.
    pub max_connections: u32,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            url: None,
            reader_url: None,
            migrate_url: None,
            archiver_url: None,
            max_connections: 32,
        }
    }
}

/// Logins, access and refresh tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthConfig {
    /// A secret that others may sign access tokens with (HS256), 32 bytes or more; nobody else can when not set.
    pub jwt_secret: Option<Secret>,
    /// After how many days the key that signs access tokens is rotated: 1 to 3,650.
    pub token_key_days: u32,
    /// After how many minutes without a refresh a session is over: 0 (never before its time) to 10,080.
    pub session_idle_minutes: u32,
    /// How many sessions a user may have, 1 to 100; the one that was not used for the longest time makes room.
    pub max_sessions: u32,
    /// Roles that nobody has in a session without a second factor.
    pub require_mfa_roles: Vec<Role>,
    /// Whether it takes a second person's approval to change a tenant's policies.
    pub policies_by_two: bool,
    /// How many logins and refreshes a client's network may try in a minute; development has no limit.
    pub login_limit_per_min: u32,
    /// How many passwords are hashed at once: 1 to 1,024; 0 is half as many as the machine has threads.
    pub password_threads: u32,
    /// How many logins with one email may fail within 15 minutes before it is locked for as long.
    pub lockout_failures: u32,
    /// The same from one network.
    pub lockout_network_failures: u32,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            jwt_secret: None,
            token_key_days: 30,
            session_idle_minutes: 30,
            max_sessions: 100,
            require_mfa_roles: Vec::new(),
            policies_by_two: false,
            login_limit_per_min: 10,
            password_threads: 0,
            lockout_failures: 5,
            lockout_network_failures: 5,
        }
    }
}

impl AuthConfig {
    /// Who it takes to change a tenant's policies.
    #[must_use]
    pub const fn changes_of_policies(&self) -> ChangesOfPolicies {
        if self.policies_by_two {
            ChangesOfPolicies::ByTwo
        } else {
            ChangesOfPolicies::ByOne
        }
    }

    /// How many passwords are hashed at once; nothing if the machine says.
    #[must_use]
    pub fn password_threads(&self) -> Option<NonZeroUsize> {
        NonZeroUsize::new(usize::try_from(self.password_threads).unwrap_or(usize::MAX))
    }

    /// How many sessions there are, and how long.
    #[must_use]
    pub fn sessions(&self) -> SessionLimits {
        SessionLimits {
            idle_s: NonZeroU32::new(self.session_idle_minutes.saturating_mul(60)),
            count: NonZeroU32::new(self.max_sessions).unwrap_or(NonZeroU32::MIN),
        }
    }
}

/// Who vouches for the log.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// The file of the key that signs the log's heads; one that the root key wraps when not set.
    pub signing_key_file: Option<PathBuf>,
    /// Who is asked to cosign the log's heads.
    pub witnesses: Vec<WitnessConfig>,
    /// How many witnesses must have cosigned a head; with fewer it is marked.
    pub required_cosignatures: usize,
}

/// A witness of the log (C2SP tlog-witness).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessConfig {
    /// Its public key, `<name>+<id>+<key>`.
    pub key: String,
    /// Below which address `add-checkpoint` stands.
    pub url: String,
}

impl WitnessConfig {
    /// The address.
    ///
    /// # Errors
    /// When it is no address of a witness.
    pub fn address(&self) -> Result<Url, ConfigError> {
        let usable = |url: &Url| {
            let plain = url.username().is_empty() && url.password().is_none();
            let whole = url.query().is_none() && url.fragment().is_none();
            plain && whole && ["http", "https"].contains(&url.scheme())
        };
        let url = Url::parse(&self.url).ok().filter(usable);
        url.ok_or_else(|| ConfigError::WitnessUrl {
            key: self.key.as_str().into(),
        })
    }
}

impl AuditConfig {
    /// Which witnesses are trusted, in their order.
    ///
    /// # Errors
    /// When a key is malformed, or there are too many or too few witnesses.
    pub fn witness_policy(&self) -> Result<WitnessPolicy, ConfigError> {
        let keys: Result<_, _> = self
            .witnesses
            .iter()
            .map(|witness| WitnessKey::parse(&witness.key))
            .collect();
        let keys = keys.map_err(ConfigError::WitnessKey)?;
        WitnessPolicy::new(keys, self.required_cosignatures).map_err(ConfigError::Witnesses)
    }
}

/// What is looked for in records and texts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectionConfig {
    /// Whether names of persons, addresses, places and organizations are looked for in free text.
    pub names: bool,
    /// The folder of an ONNX model that labels tokens, which is asked too.
    pub model: Option<PathBuf>,
    /// How much of a text or a document it reads, in bytes: 1 KiB to 16 MiB. Longer ones are refused.
    pub model_bytes: u32,
    /// How long it may take for one, in milliseconds: 100 to 300,000.
    pub model_timeout_ms: u32,
}

impl Default for DetectionConfig {
    fn default() -> Self {
        Self {
            names: true,
            model: None,
            model_bytes: 64 * 1024,
            model_timeout_ms: 10_000,
        }
    }
}

/// Where old events go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArchiveConfig {
    /// The folder of bundles. All processes need it once something is archived.
    pub dir: Option<PathBuf>,
    /// After how many days events are archived by the server itself: 0 to 36,500. It archives none when this is not set.
    pub after_days: Option<u32>,
}

/// What is logged, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// A level, or directives such as `info,vault_http=debug`.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where traces go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryConfig {
    /// The OTLP endpoint; no traces are sent when it is not set.
    pub otlp_endpoint: Option<String>,
}
