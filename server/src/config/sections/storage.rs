//! Where large contents are.

use reqwest::Url;
use serde::Deserialize;
use vault_storage::Location;

use crate::config::error::ConfigError;

/// Where content lives that is too large for the database.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageConfig {
    /// The kind of object store.
    pub backend: StorageBackend,
    /// A folder for `local`, a URL such as `s3://bucket/prefix` for the others; none for `memory`.
    pub location: Option<String>,
}

impl StorageConfig {
    /// Where large contents are.
    ///
    /// # Errors
    /// When the location is missing, or is none of this kind; and for `memory`, whose contents no restart would find.
    pub fn place(&self) -> Result<Location, ConfigError> {
        let (example, schemes): (_, &[&str]) = match self.backend {
            StorageBackend::Memory => {
                return Err(ConfigError::Missing {
                    setting: "storage.backend",
                    when: "for contents that outlive the process: local, s3, gcs or azure",
                });
            }
            StorageBackend::Local => return Ok(Location::Folder(self.location()?.into())),
            StorageBackend::S3 => ("s3://bucket/prefix", &["s3"]),
            StorageBackend::Gcs => ("gs://bucket/prefix", &["gs"]),
            StorageBackend::Azure => ("az://container/prefix", &["az", "abfs", "abfss"]),
        };
        let url: Option<Url> = self.location()?.parse().ok();
        url.filter(|url| schemes.contains(&url.scheme()) && url.has_host())
            .map(Location::Bucket)
            .ok_or(ConfigError::StorageLocation { example })
    }

    fn location(&self) -> Result<&str, ConfigError> {
        self.location.as_deref().ok_or(ConfigError::Missing {
            setting: "storage.location",
            when: "unless storage.backend is `memory`",
        })
    }
}

/// The kind of object store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageBackend {
    /// This process' memory: gone with it.
    #[default]
    Memory,
    /// A folder on this machine.
    Local,
    /// Amazon S3 and what speaks like it.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
}
