use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use reqwest::Url;

use super::{in_range, required};
use crate::config::{ConfigError, EncryptionConfig, KeyProvider, RootKeyConfig};

/// Group may read the key, as a mounted Kubernetes secret needs; nobody else may, and only the owner may write.
const KEY_FILE_FORBIDDEN_MODE: u32 = 0o027;
/// How many earlier holders of the root key are kept.
const MAX_PREVIOUS: usize = 16;

pub(super) fn check(encryption: &EncryptionConfig) -> Result<(), ConfigError> {
    in_range("encryption.timeout_ms", encryption.timeout_ms, 100, 30_000)?;
    in_range("encryption.key_cache_s", encryption.key_cache_s, 10, 3_600)?;
    let days = encryption.rotate_after_days.into();
    in_range("encryption.rotate_after_days", days, 0, 36_500)?;
    let pace = encryption.rewrap_mib_per_s.into();
    in_range("encryption.rewrap_mib_per_s", pace, 1, 10_000)?;
    let previous = u64::try_from(encryption.previous.len()).unwrap_or(u64::MAX);
    in_range("encryption.previous", previous, 0, MAX_PREVIOUS as u64)?;
    // Without a key file a development vault has its own.
    if encryption.provider != KeyProvider::Local {
        check_whole(&encryption.current())?;
    }
    encryption.previous.iter().try_for_each(check_whole)
}

/// Whether a holder says all that it takes to reach it.
fn check_whole(holder: &RootKeyConfig) -> Result<(), ConfigError> {
    let (when, needs): (_, &[_]) = match holder.provider {
        KeyProvider::Local => (
            "for each of encryption.previous that is `local`",
            &[("encryption.key_file", holder.key_file.is_some())],
        ),
        KeyProvider::Aws => (
            "when encryption.provider is `aws`",
            &[("encryption.key_id", holder.key_id.is_some())],
        ),
        KeyProvider::Vault => (
            "when encryption.provider is `vault`",
            &[
                ("encryption.key_id", holder.key_id.is_some()),
                ("encryption.endpoint", holder.endpoint.is_some()),
                ("encryption.token_path", holder.token_path.is_some()),
            ],
        ),
    };
    match needs.iter().find(|(_, is_set)| !is_set) {
        Some(&(setting, _)) => Err(ConfigError::Missing { setting, when }),
        None => Ok(()),
    }
}

pub(super) fn check_production(encryption: &EncryptionConfig) -> Result<(), ConfigError> {
    let holders = std::iter::once(encryption.current()).chain(encryption.previous.iter().cloned());
    for holder in holders {
        check_endpoint(&holder)?;
        if holder.provider == KeyProvider::Local {
            let key_file = required("encryption.key_file", holder.key_file.as_deref())?;
            check_key_file("encryption.key_file", key_file)?;
        }
    }
    Ok(())
}

/// Keys and tokens cross the network in TLS alone; an agent on the same machine may be spoken to without.
fn check_endpoint(holder: &RootKeyConfig) -> Result<(), ConfigError> {
    let Some(endpoint) = &holder.endpoint else {
        return Ok(());
    };
    let url = Url::parse(endpoint).ok();
    let sound = url.is_some_and(|url| {
        let host = url.host_str().unwrap_or_default();
        let is_here = host == "localhost" || host.parse().is_ok_and(|host: IpAddr| host.is_loopback());
        url.scheme() == "https" || is_here
    });
    if sound {
        Ok(())
    } else {
        Err(ConfigError::NotInProduction {
            setting: "encryption.endpoint",
            value: "http",
            reason: "keys would cross the network in clear",
        })
    }
}

/// Checks that nobody else on the machine may read a key, or change it.
pub(super) fn check_key_file(setting: &'static str, path: &Path) -> Result<(), ConfigError> {
    let metadata = fs::metadata(path).map_err(|source| ConfigError::KeyFile {
        setting,
        path: path.to_owned(),
        source,
    })?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & KEY_FILE_FORBIDDEN_MODE != 0 {
        return Err(ConfigError::OpenKeyFile {
            setting,
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}
