mod encryption;

use super::{
    Config, ConfigError, DetectionConfig, Environment, KafkaProtocol, Secret, ServerConfig, StorageBackend,
    Weakness,
};

/// The most memory for what is remembered.
const MAX_CACHE_BYTES: u64 = 64 * 1024 * 1024 * 1024;
const SECRET_MIN_BYTES: usize = 32;
const SECRET_MIN_DISTINCT_BYTES: usize = 10;

/// What examples, tutorials and container images ship with. Compared in lower case, without `-`, `_` and spaces.
const WELL_KNOWN: &[&str] = &[
    "changeme",
    "changethis",
    "replaceme",
    "yoursecret",
    "yourjwtsecret",
    "supersecret",
    "topsecret",
    "defaultsecret",
    "example",
    "insecure",
    "development",
    "devsecret",
    "testsecret",
    "notsecure",
    "donotuse",
    "password",
];

/// Passwords that database images and tutorials ship with.
const WELL_KNOWN_PASSWORDS: &[&str] = &[
    "postgres", "password", "vault", "secret", "changeme", "admin", "root", "test", "example",
];

pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    check_ranges(config)?;
    check_ports(config)?;
    check_connections(&config.server)?;
    config.tls.check()?;
    check_detection(&config.detection)?;
    config.limits.tiers()?;
    check_witnesses(config)?;
    encryption::check(&config.encryption)?;
    check_storage(config)?;
    config.kafka.publishing()?;
    match config.environment {
        Environment::Prod => check_production(config),
        Environment::Dev | Environment::Staging => Ok(()),
    }
}

fn check_ranges(config: &Config) -> Result<(), ConfigError> {
    in_range(
        "server.body_bytes",
        config.server.body_bytes,
        1024,
        1024 * 1024 * 1024,
    )?;
    // Four pools share them: appender, projectors, readers, and the one that listens.
    in_range(
        "database.max_connections",
        config.database.max_connections.into(),
        4,
        10_000,
    )?;
    in_range(
        "server.rate_limit_per_s",
        config.server.rate_limit_per_s.into(),
        1,
        1_000_000,
    )?;
    in_range(
        "server.trusted_proxies",
        config.server.trusted_proxies.into(),
        0,
        8,
    )?;
    in_range(
        "archive.after_days",
        config.archive.after_days.unwrap_or(0).into(),
        0,
        36_500,
    )?;
    in_range(
        "auth.login_limit_per_min",
        config.auth.login_limit_per_min.into(),
        1,
        100_000,
    )?;
    for (setting, value) in [
        ("auth.lockout_failures", config.auth.lockout_failures),
        (
            "auth.lockout_network_failures",
            config.auth.lockout_network_failures,
        ),
    ] {
        in_range(setting, value.into(), 1, 1_000_000)?;
    }
    in_range(
        "auth.session_idle_minutes",
        config.auth.session_idle_minutes.into(),
        0,
        10_080,
    )?;
    in_range("auth.max_sessions", config.auth.max_sessions.into(), 1, 100)?;
    in_range(
        "auth.password_threads",
        config.auth.password_threads.into(),
        0,
        1_024,
    )?;
    in_range("auth.token_key_days", config.auth.token_key_days.into(), 1, 3_650)
}

fn check_detection(detection: &DetectionConfig) -> Result<(), ConfigError> {
    in_range(
        "detection.model_bytes",
        detection.model_bytes.into(),
        1024,
        16 * 1024 * 1024,
    )?;
    in_range(
        "detection.model_timeout_ms",
        detection.model_timeout_ms.into(),
        100,
        300_000,
    )
}

fn check_connections(server: &ServerConfig) -> Result<(), ConfigError> {
    for (setting, value, min, max) in [
        ("server.max_requests", server.max_requests, 1, 100_000),
        ("server.max_connections", server.max_connections, 1, 1_000_000),
        ("server.header_timeout_ms", server.header_timeout_ms, 100, 600_000),
        (
            "server.request_timeout_ms",
            server.request_timeout_ms,
            100,
            600_000,
        ),
    ] {
        in_range(setting, value.into(), min, max)?;
    }
    in_range("server.cache_bytes", server.cache_bytes, 0, MAX_CACHE_BYTES)?;
    server.check_origins()
}

fn in_range(setting: &'static str, value: u64, min: u64, max: u64) -> Result<(), ConfigError> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(ConfigError::OutOfRange {
            setting,
            value,
            min,
            max,
        })
    }
}

fn check_ports(config: &Config) -> Result<(), ConfigError> {
    let port = config.server.port;
    if port != 0 && port == config.server.metrics_port {
        return Err(ConfigError::SamePort { port });
    }
    Ok(())
}

fn check_witnesses(config: &Config) -> Result<(), ConfigError> {
    config.audit.witness_policy()?;
    for witness in &config.audit.witnesses {
        witness.address()?;
    }
    Ok(())
}

fn check_storage(config: &Config) -> Result<(), ConfigError> {
    if config.storage.backend != StorageBackend::Memory {
        config.storage.place()?;
    }
    Ok(())
}

fn check_production(config: &Config) -> Result<(), ConfigError> {
    if let Some(jwt_secret) = &config.auth.jwt_secret {
        check_secret("auth.jwt_secret", jwt_secret)?;
    }

    let database = &config.database;
    required("database.url", database.url.as_ref())?;
    for (setting, url) in [
        ("database.url", &database.url),
        ("database.reader_url", &database.reader_url),
        ("database.migrate_url", &database.migrate_url),
        ("database.archiver_url", &database.archiver_url),
    ] {
        check_database_password(setting, url.as_ref())?;
    }

    if config.storage.backend == StorageBackend::Memory {
        return Err(ConfigError::NotInProduction {
            setting: "storage.backend",
            value: "memory",
            reason: "it is gone when the process ends",
        });
    }
    if config.kafka.security_protocol == KafkaProtocol::SaslPlaintext {
        return Err(ConfigError::NotInProduction {
            setting: "kafka.security_protocol",
            value: "sasl_plaintext",
            reason: "who reads the connection can learn the password: `sasl_ssl` hides it",
        });
    }
    if let Some(key_file) = &config.tls.key_file {
        encryption::check_key_file("tls.key_file", key_file)?;
    }
    encryption::check_production(&config.encryption)
}

fn required<T>(setting: &'static str, value: Option<T>) -> Result<T, ConfigError> {
    value.ok_or(ConfigError::Missing {
        setting,
        when: "in production",
    })
}

fn check_secret(setting: &'static str, secret: &Secret) -> Result<(), ConfigError> {
    let bytes = secret.expose().as_bytes();
    let refuse = |weakness| Err(ConfigError::WeakSecret { setting, weakness });
    if is_well_known(secret.expose()) {
        return refuse(Weakness::Default);
    }
    if bytes.len() < SECRET_MIN_BYTES {
        return refuse(Weakness::Short {
            length_bytes: bytes.len(),
            min_bytes: SECRET_MIN_BYTES,
        });
    }
    let distinct = bytes.iter().collect::<std::collections::BTreeSet<_>>().len();
    if distinct < SECRET_MIN_DISTINCT_BYTES {
        return refuse(Weakness::Monotonous {
            min_distinct: SECRET_MIN_DISTINCT_BYTES,
        });
    }
    Ok(())
}

fn is_well_known(secret: &str) -> bool {
    let plain: String = secret
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect();
    WELL_KNOWN.iter().any(|known| plain.contains(known))
}

/// A database may authenticate without a password, and many are issued by others in their own lengths: only defaults
/// are refused.
fn check_database_password(setting: &'static str, url: Option<&Secret>) -> Result<(), ConfigError> {
    let password = url.and_then(|url| password_of(url.expose()));
    if password.is_some_and(|password| WELL_KNOWN_PASSWORDS.contains(&password)) {
        return Err(ConfigError::WeakSecret {
            setting,
            weakness: Weakness::Default,
        });
    }
    Ok(())
}

/// The password in `scheme://user:password@host/...`.
fn password_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (credentials, _) = authority.rsplit_once('@')?;
    let (_, password) = credentials.split_once(':')?;
    Some(password)
}
