//! Turns files and variables into layers for figment, with every secret that stands in a file already read.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::{fs, io};

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::settings::{Kind, SETTINGS, Setting};
use super::{ConfigError, Environment};

/// One source of settings; later layers win over earlier ones.
pub(super) struct Layer {
    metadata: Metadata,
    settings: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.settings.clone()))
    }
}

/// The environment, and all layers above one another.
pub(super) fn read(
    folder: &Path,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(Environment, Figment), ConfigError> {
    let variables = Variables::collect(variables)?;
    let environment = variables.environment()?;
    let figment = Figment::new()
        .merge(from_file(&folder.join("vault.toml"))?)
        .merge(from_file(
            &folder.join(format!("vault.{}.toml", environment.as_str())),
        )?)
        .merge(variables.into_layer()?);
    Ok((environment, figment))
}

/// The settings of one TOML file; none when there is no such file.
pub(super) fn from_file(path: &Path) -> Result<Layer, ConfigError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(source) => {
            return Err(ConfigError::ReadFile {
                path: path.to_owned(),
                source,
            });
        }
    };
    let mut settings: Dict = toml::from_str(&text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let line = 1 + text[..text.floor_char_boundary(offset)].matches('\n').count();
        ConfigError::ParseFile {
            path: path.to_owned(),
            line,
            message: error.message().into(),
        }
    })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    for setting in SETTINGS.iter().filter(|setting| setting.kind == Kind::Secret) {
        read_secret_beside(setting, &mut settings, folder)?;
    }
    let metadata =
        Metadata::from("TOML file", path).interpolater(|_: &Profile, keys: &[&str]| keys.join("."));
    Ok(Layer { metadata, settings })
}

/// Replaces `jwt_secret_file = "path"` by `jwt_secret` with what the file holds. Paths start at the file's folder.
fn read_secret_beside(setting: &Setting, settings: &mut Dict, folder: &Path) -> Result<(), ConfigError> {
    let Some(Value::Dict(_, section)) = settings.get_mut(setting.section) else {
        return Ok(());
    };
    let file_key = format!("{}_file", setting.key);
    let Some(Value::String(_, path)) = section.get(&file_key) else {
        return Ok(());
    };
    let name = format!("{}.{file_key}", setting.section);
    if section.contains_key(setting.key) {
        let first = format!("{}.{}", setting.section, setting.key).into();
        return Err(ConfigError::Conflict {
            first,
            second: name.into(),
        });
    }
    let secret = read_secret(&name, &folder.join(path))?;
    section.remove(&file_key);
    section.insert(setting.key.to_owned(), Value::from(secret));
    Ok(())
}

/// The line breaks that editors and `echo` leave at the end are not part of a secret.
fn read_secret(name: &str, path: &Path) -> Result<String, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::ReadSecret {
        name: name.into(),
        path: path.to_owned(),
        source,
    })?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(ConfigError::EmptySecret {
            name: name.into(),
            path: path.to_owned(),
        });
    }
    Ok(secret.to_owned())
}

/// The environment variables that concern us.
pub(super) struct Variables(BTreeMap<String, String>);

impl Variables {
    pub(super) fn collect(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let mut ours = BTreeMap::new();
        for (name, value) in variables {
            let Ok(name) = name.into_string() else { continue };
            if !name.starts_with("VAULT_") || value.is_empty() {
                continue;
            }
            let Ok(value) = value.into_string() else {
                return Err(ConfigError::NotText { name: name.into() });
            };
            ours.insert(name, value);
        }
        Ok(Self(ours))
    }

    pub(super) fn environment(&self) -> Result<Environment, ConfigError> {
        self.0
            .get("VAULT_ENV")
            .map_or(Ok(Environment::default()), |value| Environment::parse(value))
    }

    pub(super) fn into_layer(mut self) -> Result<Layer, ConfigError> {
        let mut settings = Dict::new();
        for setting in SETTINGS {
            let Some(value) = self.take(setting)? else {
                continue;
            };
            let section = settings
                .entry(setting.section.to_owned())
                .or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, section) = section {
                section.insert(setting.key.to_owned(), value);
            }
        }
        // Other names with one underscore belong to tools, or to Kubernetes, which invents VAULT_SERVER_SERVICE_HOST.
        if let Some(name) = self.0.into_keys().find(|name| name.starts_with("VAULT__")) {
            return Err(ConfigError::UnknownVariable { name: name.into() });
        }
        let metadata = Metadata::named("the environment")
            .interpolater(|_: &Profile, keys: &[&str]| format!("VAULT_{}", keys.join("_").to_uppercase()));
        Ok(Layer { metadata, settings })
    }

    /// What the environment says about a setting. Several spellings may say the same, not different things.
    fn take(&mut self, setting: &Setting) -> Result<Option<Value>, ConfigError> {
        let mut found: Option<(String, String)> = None;
        for name in setting.variables() {
            let clear = self.0.remove(&name).map(|value| (name.clone(), value));
            let from_file = match setting.kind {
                Kind::Secret => self.take_file(format!("{name}_FILE"))?,
                Kind::Text | Kind::Number | Kind::Flag | Kind::List => None,
            };
            for (name, value) in [clear, from_file].into_iter().flatten() {
                match &found {
                    Some((first, other)) if *other != value => {
                        let (first, second) = (first.as_str().into(), name.into());
                        return Err(ConfigError::Conflict { first, second });
                    }
                    Some(_) => {}
                    None => found = Some((name, value)),
                }
            }
        }
        Ok(found.map(|(_, value)| to_value(setting.kind, value)))
    }

    fn take_file(&mut self, name: String) -> Result<Option<(String, String)>, ConfigError> {
        let Some(path) = self.0.remove(&name) else {
            return Ok(None);
        };
        let secret = read_secret(&name, Path::new(&path))?;
        Ok(Some((name, secret)))
    }
}

/// A text where a number, a flag or an array belongs stays a text, so that figment's refusal can name the setting.
fn to_value(kind: Kind, text: String) -> Value {
    match kind {
        Kind::Number => text
            .parse::<u64>()
            .map_or_else(|_| Value::from(text), Value::from),
        Kind::Flag => text
            .parse::<bool>()
            .map_or_else(|_| Value::from(text), Value::from),
        Kind::List => toml::from_str::<Dict>(&format!("list = {text}"))
            .ok()
            .filter(|parsed| parsed.len() == 1)
            .and_then(|mut parsed| parsed.remove("list"))
            .unwrap_or_else(|| Value::from(text)),
        Kind::Text | Kind::Secret => Value::from(text),
    }
}
