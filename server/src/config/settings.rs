/// How a variable's text becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    /// `true` or `false`.
    Flag,
    /// An array, as TOML writes it.
    List,
    /// Text that may also come from a file, and that no message shows.
    Secret,
}

/// One setting: its place in the file and its names in the environment.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub(super) section: &'static str,
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    /// A name that is not derived from the path.
    pub(super) short_name: Option<&'static str>,
}

impl Setting {
    /// The names under which the environment may set it: `VAULT_DATABASE_URL`, `VAULT__DATABASE__URL`, a short one.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        let (section, key) = (self.section.to_uppercase(), self.key.to_uppercase());
        [
            format!("VAULT_{section}_{key}"),
            format!("VAULT__{section}__{key}"),
        ]
        .into_iter()
        .chain(self.short_name.map(str::to_owned))
    }
}

const fn setting(section: &'static str, key: &'static str, kind: Kind) -> Setting {
    Setting {
        section,
        key,
        kind,
        short_name: None,
    }
}

const fn with_short_name(setting: Setting, name: &'static str) -> Setting {
    Setting {
        short_name: Some(name),
        ..setting
    }
}

/// Every setting there is. A test compares it with the sections and with `config/vault.toml`.
pub(super) const SETTINGS: &[Setting] = &[
    with_short_name(setting("server", "host", Kind::Text), "VAULT__HOST"),
    with_short_name(setting("server", "port", Kind::Number), "VAULT__PORT"),
    setting("server", "metrics_port", Kind::Number),
    setting("server", "body_bytes", Kind::Number),
    setting("server", "rate_limit_per_s", Kind::Number),
    setting("server", "redis_url", Kind::Secret),
    setting("server", "trusted_proxies", Kind::Number),
    setting("server", "https_only", Kind::Flag),
    setting("server", "cors_origins", Kind::List),
    setting("server", "max_requests", Kind::Number),
    setting("server", "max_connections", Kind::Number),
    setting("server", "cache_bytes", Kind::Number),
    setting("server", "header_timeout_ms", Kind::Number),
    setting("server", "request_timeout_ms", Kind::Number),
    setting("limits", "tiers", Kind::List),
    setting("limits", "default_tier", Kind::Text),
    setting("limits", "tenants", Kind::List),
    setting("tls", "cert_file", Kind::Text),
    setting("tls", "key_file", Kind::Text),
    setting("tls", "client_ca_file", Kind::Text),
    setting("tls", "client_certificates", Kind::Text),
    setting("database", "url", Kind::Secret),
    setting("database", "reader_url", Kind::Secret),
    setting("database", "migrate_url", Kind::Secret),
    setting("database", "archiver_url", Kind::Secret),
    setting("database", "max_connections", Kind::Number),
    with_short_name(setting("auth", "jwt_secret", Kind::Secret), "VAULT__JWT_SECRET"),
    setting("auth", "token_key_days", Kind::Number),
    setting("auth", "session_idle_minutes", Kind::Number),
    setting("auth", "max_sessions", Kind::Number),
    setting("auth", "require_mfa_roles", Kind::List),
    setting("auth", "policies_by_two", Kind::Flag),
    setting("auth", "login_limit_per_min", Kind::Number),
    setting("auth", "password_threads", Kind::Number),
    setting("auth", "lockout_failures", Kind::Number),
    setting("auth", "lockout_network_failures", Kind::Number),
    setting("audit", "signing_key_file", Kind::Text),
    setting("audit", "witnesses", Kind::List),
    setting("audit", "required_cosignatures", Kind::Number),
    setting("encryption", "provider", Kind::Text),
    setting("encryption", "key_file", Kind::Text),
    setting("encryption", "passphrase", Kind::Secret),
    setting("encryption", "key_id", Kind::Text),
    setting("encryption", "region", Kind::Text),
    setting("encryption", "endpoint", Kind::Text),
    setting("encryption", "role_arn", Kind::Text),
    setting("encryption", "mount", Kind::Text),
    setting("encryption", "namespace", Kind::Text),
    setting("encryption", "token_path", Kind::Text),
    setting("encryption", "timeout_ms", Kind::Number),
    setting("encryption", "key_cache_s", Kind::Number),
    setting("encryption", "epoch_dir", Kind::Text),
    setting("encryption", "rotate_after_days", Kind::Number),
    setting("encryption", "rewrap_after_rotation", Kind::Flag),
    setting("encryption", "rewrap_mib_per_s", Kind::Number),
    setting("encryption", "previous", Kind::List),
    setting("storage", "backend", Kind::Text),
    setting("storage", "location", Kind::Text),
    setting("kafka", "brokers", Kind::Text),
    setting("kafka", "topic_prefix", Kind::Text),
    setting("kafka", "topics", Kind::Text),
    setting("kafka", "partitions", Kind::Number),
    setting("kafka", "replication_factor", Kind::Number),
    setting("kafka", "security_protocol", Kind::Text),
    setting("kafka", "ssl_ca_file", Kind::Text),
    setting("kafka", "sasl_mechanism", Kind::Text),
    setting("kafka", "sasl_username", Kind::Text),
    setting("kafka", "sasl_password", Kind::Secret),
    setting("archive", "dir", Kind::Text),
    setting("archive", "after_days", Kind::Number),
    setting("detection", "names", Kind::Flag),
    setting("detection", "model", Kind::Text),
    setting("detection", "model_bytes", Kind::Number),
    setting("detection", "model_timeout_ms", Kind::Number),
    setting("log", "level", Kind::Text),
    setting("log", "format", Kind::Text),
    setting("telemetry", "otlp_endpoint", Kind::Text),
];
