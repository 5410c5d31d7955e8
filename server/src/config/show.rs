//! What a setting is, and where it comes from, without secrets.

use std::{ffi::OsString, path::Path};

use figment::{
    Figment, Profile,
    providers::{Format, Toml},
    value::Value,
};
use reqwest::Url;
use serde::Serialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    Config, ConfigError, layers,
    settings::{Kind, SETTINGS, Setting},
};

/// The file that ships with the vault shows the defaults; a test holds it to them.
const DEFAULTS: &str = include_str!("../../../config/vault.toml");
const REDACTED: &str = "[redacted]";
/// What holds a secret in a setting that is a list.
const SECRET_MEMBERS: [&str; 2] = ["passphrase", "password"];

/// One setting as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Its section and name, `server.port`.
    pub setting: String,
    /// Its value; none when it is not set and has no default.
    pub value: Option<serde_json::Value>,
    /// The file or the variable that it comes from.
    pub source: String,
}

/// What tells one value of each setting from another, and shows none.
#[derive(Debug, Clone)]
pub struct Fingerprints(Vec<(String, [u8; 32])>);

impl Fingerprints {
    /// The settings that have another value there.
    #[must_use]
    pub fn changed_to(&self, other: &Self) -> Vec<&str> {
        let pairs = self.0.iter().zip(&other.0);
        let changed = pairs.filter(|(ours, theirs)| ours != theirs);
        changed.map(|(ours, _)| ours.0.as_str()).collect()
    }

    /// Takes the values of some settings over.
    pub fn take(&mut self, other: &Self, settings: &[&str]) {
        for (ours, theirs) in self.0.iter_mut().zip(&other.0) {
            if settings.contains(&ours.0.as_str()) {
                ours.1 = theirs.1;
            }
        }
    }
}

impl Config {
    /// What tells each setting from what it may become.
    ///
    /// # Errors
    /// What [`Config::load`] refuses.
    pub fn fingerprints(
        folder: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Fingerprints, ConfigError> {
        let (_, figment) = layers::read(folder, variables)?;
        let of = |setting: &Setting| {
            let name = format!("{}.{}", setting.section, setting.key);
            let value = figment.find_value(&name).ok();
            let json = Zeroizing::new(serde_json::to_vec(&value).unwrap_or_default());
            (name, Sha256::digest(&json).into())
        };
        Ok(Fingerprints(SETTINGS.iter().map(of).collect()))
    }

    /// Every setting with its source. Secrets are not shown, nor passwords in addresses.
    ///
    /// # Errors
    /// What [`Config::load`] refuses.
    pub fn show(
        folder: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Vec<Shown>, ConfigError> {
        let (_, figment) = layers::read(folder, variables)?;
        let defaults = Figment::from(Toml::string(DEFAULTS));
        Ok(SETTINGS
            .iter()
            .map(|setting| shown(setting, &figment, &defaults))
            .collect())
    }
}

fn shown(setting: &Setting, figment: &Figment, defaults: &Figment) -> Shown {
    let name = format!("{}.{}", setting.section, setting.key);
    let given = figment.find_value(&name).ok();
    let source = given.as_ref().and_then(|value| figment.get_metadata(value.tag()));
    let source = source.map_or_else(
        || "default".to_owned(),
        |metadata| match &metadata.source {
            Some(file) => file.to_string(),
            None => metadata.interpolate(&Profile::Default, &[setting.section, setting.key]),
        },
    );
    let value = given.or_else(|| defaults.find_value(&name).ok());
    Shown {
        value: value.map(|value| without_secrets(setting.kind, &value)),
        setting: name,
        source,
    }
}

fn without_secrets(kind: Kind, value: &Value) -> serde_json::Value {
    if kind == Kind::Secret {
        return REDACTED.into();
    }
    let mut plain = serde_json::to_value(value).unwrap_or_default();
    redact(&mut plain);
    plain
}

fn redact(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => {
            let has_password = Url::parse(text).is_ok_and(|url| url.password().is_some());
            if has_password {
                REDACTED.clone_into(text);
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(redact),
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                if SECRET_MEMBERS.contains(&name.as_str()) {
                    *member = REDACTED.into();
                } else {
                    redact(member);
                }
            }
        }
        _ => {}
    }
}
