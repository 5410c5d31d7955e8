mod kafka;
mod limits;
mod page;
mod production;
mod secrets;
mod shipped;

use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;

/// A configuration folder, the environment, and what comes out.
struct Case {
    folder: TempDir,
    variables: Vec<(OsString, OsString)>,
}

impl Case {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.folder.path(), self.variables.iter().cloned())
    }

    fn refusal(&self) -> String {
        let error = self.load().unwrap_err();
        // What a log would show of it.
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

const STRONG: &str = "q7V/0bXyKc2m9w+RzT4uHn6EjLfAo8sDpYg1iUtWlQ==";

/// A production configuration that is accepted.
fn production() -> Case {
    let case = Case::new().file("root.key", "key material");
    let key_file = case.path("root.key");
    fs::set_permissions(&key_file, Permissions::from_mode(0o600)).unwrap();
    case.variable("VAULT_ENV", "prod")
        .variable("VAULT_DATABASE_URL", "postgres://vault_writer:kT9-vQ@db/vault")
        .variable("VAULT_AUTH_JWT_SECRET", STRONG)
        .variable("VAULT_ENCRYPTION_KEY_FILE", &key_file)
        .variable("VAULT_STORAGE_BACKEND", "s3")
        .variable("VAULT_STORAGE_LOCATION", "s3://bucket")
}

fn without(mut case: Case, name: &str) -> Case {
    case.variables.retain(|(other, _)| other != name);
    case
}

fn replaced(case: Case, name: &str, value: &str) -> Case {
    without(case, name).variable(name, value)
}

#[test]
fn nothing_set_means_the_documented_defaults() {
    let config = Case::new().load().unwrap();
    assert_eq!(config.environment, Environment::Dev);
    assert_eq!(config.server.host.to_string(), "127.0.0.1");
    assert_eq!((config.server.port, config.server.metrics_port), (8080, 9090));
    assert_eq!(
        (config.server.rate_limit_per_s, config.auth.login_limit_per_min),
        (10_000, 10)
    );
    assert_eq!(config.encryption.provider, KeyProvider::Local);
    assert_eq!(config.storage.backend, StorageBackend::Memory);
    assert_eq!(
        (config.log.level.as_str(), config.log.format),
        ("info", LogFormat::Text)
    );
    assert!(config.database.url.is_none() && config.telemetry.otlp_endpoint.is_none());
}

#[test]
fn later_sources_win_and_leave_the_rest_alone() {
    let case = Case::new()
        .file(
            "vault.toml",
            "[server]\nport = 1\nmetrics_port = 2\nbody_bytes = 3000\n",
        )
        .file("vault.staging.toml", "[server]\nport = 11\nmetrics_port = 12\n")
        .file("vault.prod.toml", "[server]\nport = 666\n")
        .variable("VAULT_ENV", "staging")
        .variable("VAULT_SERVER_PORT", "111");
    let config = case.load().unwrap();
    assert_eq!(config.environment, Environment::Staging);
    assert_eq!(
        (
            config.server.port,
            config.server.metrics_port,
            config.server.body_bytes
        ),
        (111, 12, 3000)
    );
}

#[test]
fn both_spellings_and_the_short_names_work() {
    for name in ["VAULT_DATABASE_URL", "VAULT__DATABASE__URL"] {
        let config = Case::new().variable(name, "postgres://x").load().unwrap();
        assert_eq!(config.database.url.unwrap().expose(), "postgres://x", "{name}");
    }
    for name in [
        "VAULT_AUTH_JWT_SECRET",
        "VAULT__AUTH__JWT_SECRET",
        "VAULT__JWT_SECRET",
    ] {
        let config = Case::new().variable(name, "s").load().unwrap();
        assert_eq!(config.auth.jwt_secret.unwrap().expose(), "s", "{name}");
    }
    let config = Case::new()
        .variable("VAULT__PORT", "81")
        .variable("VAULT__HOST", "::1")
        .variable("VAULT_ENCRYPTION_KEY_ID", "arn:aws:kms:x")
        .variable("VAULT__STORAGE__BACKEND", "memory")
        .load()
        .unwrap();
    assert_eq!(
        (config.server.port, config.server.host.to_string().as_str()),
        (81, "::1")
    );
    assert_eq!(config.encryption.key_id.as_deref(), Some("arn:aws:kms:x"));
}

#[test]
fn spellings_that_agree_are_accepted_and_those_that_do_not_are_named() {
    let agreeing = Case::new()
        .variable("VAULT_SERVER_PORT", "81")
        .variable("VAULT__SERVER__PORT", "81");
    assert_eq!(agreeing.load().unwrap().server.port, 81);
    let refusal = agreeing.variable("VAULT__PORT", "82").refusal();
    assert!(
        refusal.contains("VAULT_SERVER_PORT") && refusal.contains("VAULT__PORT"),
        "{refusal}"
    );
}

#[test]
fn only_whole_origins_may_call() {
    let with = |value: &str| Case::new().variable("VAULT_SERVER_CORS_ORIGINS", value);
    let config = with(r#"["https://app.example.com", "http://localhost:3000"]"#)
        .load()
        .unwrap();
    assert_eq!(config.server.origins().len(), 2);
    for origin in [
        "*",
        "null",
        "app.example.com",
        "https://*.example.com/",
        "https://app.example.com/",
        "https://APP.example.com",
        "ftp://a.example",
    ] {
        let refusal = with(&format!(r#"["{origin}"]"#)).refusal();
        assert!(refusal.contains("server.cors_origins"), "{origin}: {refusal}");
    }
}

#[test]
fn what_is_shown_has_its_source_and_no_secret() {
    let case = Case::new()
        .file("vault.toml", "[server]\nport = 81\n[encryption]\nprevious = [{ provider = \"local\", key_file = \"k\", passphrase = \"hunter2\" }]\n")
        .variable("VAULT_DATABASE_URL", "postgres://vault:hunter2@db/vault")
        .variable("VAULT_TELEMETRY_OTLP_ENDPOINT", "https://me:hunter2@collector/");
    let shown = Config::show(case.folder.path(), case.variables.iter().cloned()).unwrap();
    let row = |name: &str| shown.iter().find(|row| row.setting == name).unwrap().clone();
    assert_eq!(row("server.port").value, Some(81.into()));
    assert!(row("server.port").source.contains("vault.toml"), "{shown:?}");
    assert_eq!(row("server.metrics_port").value, Some(9090.into()));
    assert_eq!(row("server.metrics_port").source, "default");
    assert_eq!(row("database.url").value, Some("[redacted]".into()));
    assert_eq!(row("database.url").source, "VAULT_DATABASE_URL");
    assert_eq!(row("database.reader_url").value, None);
    assert!(!format!("{shown:?}").contains("hunter2"), "{shown:?}");
}

#[test]
fn empty_variable_counts_as_not_set() {
    let config = Case::new()
        .variable("VAULT_SERVER_PORT", "")
        .variable("VAULT_ENV", "")
        .load()
        .unwrap();
    assert_eq!(config.server.port, 8080);
}

#[test]
fn unknown_key_is_refused_with_its_name_and_file() {
    let refusal = Case::new().file("vault.toml", "[server]\nprot = 80\n").refusal();
    assert!(
        refusal.contains("`prot`") && refusal.contains("vault.toml"),
        "{refusal}"
    );
    let refusal = Case::new()
        .file("vault.dev.toml", "[serber]\nport = 80\n")
        .refusal();
    assert!(
        refusal.contains("`serber`") && refusal.contains("vault.dev.toml"),
        "{refusal}"
    );
    let refusal = Case::new()
        .file("vault.toml", "environment = \"prod\"\n")
        .refusal();
    assert!(refusal.contains("`environment`"), "{refusal}");
}

#[test]
fn unknown_variable_of_the_long_form_is_refused_and_foreign_ones_are_not() {
    let refusal = Case::new().variable("VAULT__SERVER__PROT", "80").refusal();
    assert!(refusal.contains("VAULT__SERVER__PROT"), "{refusal}");
    // Made by Kubernetes for a service named vault-server, and by the test scripts.
    let case = Case::new()
        .variable("VAULT_SERVER_SERVICE_HOST", "10.0.0.1")
        .variable("VAULT_SERVER_BIN", "target/debug/vault-server")
        .variable("VAULT_TEST_DATABASE_URL", "postgres://x");
    case.load().unwrap();
}

#[test]
fn wrong_type_is_refused_with_the_name_that_was_used() {
    let refusal = Case::new()
        .variable("VAULT_SERVER_PORT", "tcp://10.0.0.1:8080")
        .refusal();
    assert!(
        refusal.contains("VAULT_SERVER_PORT") && refusal.contains("u16"),
        "{refusal}"
    );
    let refusal = Case::new().variable("VAULT__SERVER__PORT", "65536").refusal();
    assert!(refusal.contains("PORT"), "{refusal}");
    let refusal = Case::new()
        .file("vault.toml", "[log]\nformat = \"xml\"\n")
        .refusal();
    assert!(
        refusal.contains("log.format") && refusal.contains("`xml`"),
        "{refusal}"
    );
    let refusal = Case::new().file("vault.toml", "server = 5\n").refusal();
    assert!(refusal.contains("server"), "{refusal}");
}

#[test]
fn environment_that_does_not_exist_is_refused() {
    let refusal = Case::new().variable("VAULT_ENV", "live").refusal();
    assert!(
        refusal.contains("VAULT_ENV") && refusal.contains("live"),
        "{refusal}"
    );
}

#[test]
fn variable_that_is_not_text_is_named_and_foreign_ones_do_not_matter() {
    let mut case = Case::new();
    case.variables
        .push((OsString::from_vec(vec![0xff]), OsString::from_vec(vec![0xfe])));
    case.variables
        .push(("LS_COLORS".into(), OsString::from_vec(vec![0xfe])));
    case.load().unwrap();
    case.variables
        .push(("VAULT_LOG_LEVEL".into(), OsString::from_vec(vec![0xfe])));
    assert!(case.refusal().contains("VAULT_LOG_LEVEL"));
}

#[test]
fn syntax_error_is_reported_with_its_line() {
    let refusal = Case::new()
        .file("vault.toml", "[server]\nport = 1\nport = 2\n")
        .refusal();
    assert!(refusal.contains("vault.toml, line 3"), "{refusal}");
}

#[test]
fn file_that_cannot_be_read_is_not_taken_for_a_missing_one() {
    let case = Case::new();
    fs::create_dir(case.folder.path().join("vault.toml")).unwrap();
    assert!(case.refusal().contains("vault.toml"));
}

#[test]
fn numbers_outside_their_range_are_refused() {
    for (name, value, setting) in [
        ("VAULT_SERVER_BODY_BYTES", "1023", "server.body_bytes"),
        ("VAULT_SERVER_BODY_BYTES", "1073741825", "server.body_bytes"),
        ("VAULT_DATABASE_MAX_CONNECTIONS", "3", "database.max_connections"),
        (
            "VAULT_DATABASE_MAX_CONNECTIONS",
            "10001",
            "database.max_connections",
        ),
        ("VAULT_SERVER_RATE_LIMIT_PER_S", "0", "server.rate_limit_per_s"),
        ("VAULT_AUTH_LOGIN_LIMIT_PER_MIN", "0", "auth.login_limit_per_min"),
        ("VAULT_SERVER_METRICS_PORT", "8080", "server.metrics_port"),
    ] {
        let refusal = Case::new().variable(name, value).refusal();
        assert!(refusal.contains(setting), "{name}={value}: {refusal}");
    }
    // Two free ports are two ports.
    Case::new()
        .variable("VAULT_SERVER_PORT", "0")
        .variable("VAULT_SERVER_METRICS_PORT", "0")
        .load()
        .unwrap();
}

#[test]
fn choice_that_needs_another_setting_names_it() {
    let refusal = Case::new().variable("VAULT_ENCRYPTION_PROVIDER", "aws").refusal();
    assert!(refusal.contains("encryption.key_id"), "{refusal}");
    let refusal = Case::new().variable("VAULT_STORAGE_BACKEND", "s3").refusal();
    assert!(refusal.contains("storage.location"), "{refusal}");
    for location in ["/var/lib/vault", "gs://records/vault", "s3:///vault", "s3://"] {
        let case = Case::new().variable("VAULT_STORAGE_BACKEND", "s3");
        let refusal = case.variable("VAULT_STORAGE_LOCATION", location).refusal();
        assert!(refusal.contains("s3://bucket/prefix"), "{location}: {refusal}");
    }
}

#[test]
fn witnesses_are_a_list_and_what_cannot_be_one_is_named() {
    let of = |witnesses: &str, required: &str| {
        Case::new()
            .variable("VAULT__AUDIT__WITNESSES", witnesses)
            .variable("VAULT_AUDIT_REQUIRED_COSIGNATURES", required)
    };
    let config = of(shipped::WITNESSES, "1").load().unwrap();
    assert_eq!(config.audit.witness_policy().unwrap().required(), 1);
    assert_eq!(
        config.audit.witnesses[0].address().unwrap().as_str(),
        "https://w.example/"
    );
    let text = format!("[audit]\nwitnesses = {}\n", shipped::WITNESSES);
    assert_eq!(
        Case::new()
            .file("vault.toml", &text)
            .load()
            .unwrap()
            .audit
            .witnesses
            .len(),
        1
    );
    for (url, what) in [
        ("ftp://w.example", "https or http"),
        ("https://user:hidden@w.example", "without user"),
        ("https://w.example?hidden=1", "query"),
        ("nowhere", "address"),
    ] {
        let refusal = of(&shipped::WITNESSES.replace("https://w.example", url), "0").refusal();
        assert!(refusal.contains(what) && !refusal.contains("hidden"), "{refusal}");
    }
    let refusal = of(shipped::WITNESSES, "2").refusal();
    assert!(
        refusal.contains("2 cosignatures are required, of 1 witnesses"),
        "{refusal}"
    );
    let refusal = of(&shipped::WITNESSES.replace("+BF", "+BA"), "0").refusal();
    assert!(refusal.contains("audit.witnesses"), "{refusal}");
    assert!(of("not a list", "0").refusal().contains("WITNESSES"));
}
