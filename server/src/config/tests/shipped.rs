use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::super::Config;
use super::super::settings::{Kind, SETTINGS, Setting};
use super::{Case, production, without};

/// A witness with the key of Ed25519's base point.
pub(super) const WITNESSES: &str = r#"[{ key = "w.example+39af5366+BFhmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZm", url = "https://w.example" }]"#;
const TIERS: &str = r#"[{ name = "text", requests = 5, period_s = 1 }]"#;
const TENANTS: &str = r#"[{ tenant = "01920000-0000-7000-8000-000000000001", tier = "text" }]"#;

/// A value that a setting takes.
fn sample(setting: &Setting) -> &'static str {
    match (setting.kind, setting.key) {
        (Kind::Number, "body_bytes" | "model_bytes") => "2048",
        (Kind::Number, "trusted_proxies") => "2",
        (Kind::Number, "timeout_ms" | "header_timeout_ms" | "request_timeout_ms" | "model_timeout_ms") => {
            "777"
        }
        (Kind::Number, "required_cosignatures") => "1",
        (Kind::Number, _) => "77",
        (Kind::List, "previous") => r#"[{ provider = "local", key_file = "old.key" }]"#,
        (_, "cors_origins") => r#"["https://app.example.com"]"#,
        (Kind::Flag, "https_only" | "policies_by_two" | "rewrap_after_rotation") => "true",
        (Kind::Flag, _) => "false",
        (_, "require_mfa_roles") => r#"["admin"]"#,
        (_, "tiers") => TIERS,
        (_, "tenants") => TENANTS,
        (Kind::List, _) => WITNESSES,
        (_, "host") => "::1",
        (_, "provider" | "backend") => "local",
        (_, "format") => "json",
        (_, "client_certificates") => "required",
        (_, "topics") => "tenant",
        (_, "security_protocol") => "ssl",
        (_, "sasl_mechanism") => "plain",
        (Kind::Text | Kind::Secret, _) => "text",
    }
}

#[test]
fn every_setting_can_be_set_by_each_of_its_variables() {
    for setting in SETTINGS {
        for name in setting.variables() {
            let value = sample(setting);
            let witnesses = if setting.key == "required_cosignatures" {
                WITNESSES
            } else {
                ""
            };
            let beside = ["cert_file", "key_file", "client_ca_file"].into_iter();
            let beside = beside.filter(|key| setting.section == "tls" && setting.key != *key);
            let case = if ["default_tier", "tenants"].contains(&setting.key) {
                Case::new().variable("VAULT_LIMITS_TIERS", TIERS)
            } else {
                Case::new()
            };
            let case = beside.fold(case, |case, key| {
                case.variable(&format!("VAULT_TLS_{}", key.to_uppercase()), "beside")
            });
            let config = case
                .variable(&name, value)
                .variable(
                    if setting.key == "witnesses" {
                        "VAULT_ENV"
                    } else {
                        "VAULT_AUDIT_WITNESSES"
                    },
                    witnesses,
                )
                .variable(
                    "VAULT_STORAGE_LOCATION",
                    if setting.key == "location" {
                        value
                    } else {
                        "/blobs"
                    },
                )
                .load()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let default = Case::new()
                .variable("VAULT_STORAGE_LOCATION", "/blobs")
                .load()
                .unwrap();
            let unchanged = format!("{config:?}") == format!("{default:?}");
            assert_eq!(unchanged, value == "local" && setting.key == "provider", "{name}");
        }
    }
}

/// The folder that ships with the vault.
fn shipped() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config")
}

#[test]
fn shipped_files_are_accepted_and_show_the_defaults() {
    let only_base = Case::new().file(
        "vault.toml",
        &fs::read_to_string(shipped().join("vault.toml")).unwrap(),
    );
    let defaults = Case::new();
    assert_eq!(
        format!("{:?}", only_base.load().unwrap()),
        format!("{:?}", defaults.load().unwrap())
    );
    for environment in ["dev", "staging"] {
        Config::load(&shipped(), [("VAULT_ENV".into(), environment.into())]).unwrap();
    }
    let variables = without(production(), "VAULT_ENCRYPTION_KEY_FILE")
        .variable("VAULT_ENCRYPTION_KEY_ID", "arn:aws:kms:x")
        .variables;
    Config::load(&shipped(), variables).unwrap();
}

#[test]
fn shipped_file_and_the_table_list_the_same_settings() {
    let text = fs::read_to_string(shipped().join("vault.toml")).unwrap();
    let mut section = "";
    let mut documented = BTreeSet::new();
    for line in text.lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        } else if let Some((key, _)) = line.split_once(" = ")
            && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            documented.insert(format!("{section}.{key}"));
        }
    }
    let known = SETTINGS
        .iter()
        .map(|setting| format!("{}.{}", setting.section, setting.key))
        .collect();
    assert_eq!(documented, known);
}

#[test]
fn no_variable_means_two_settings() {
    let mut names = BTreeSet::new();
    for name in SETTINGS.iter().flat_map(|setting| {
        let files = setting
            .variables()
            .filter(|_| setting.kind == Kind::Secret)
            .map(|name| name + "_FILE");
        setting.variables().chain(files.collect::<Vec<_>>())
    }) {
        assert!(names.insert(name.clone()), "{name}");
    }
}
