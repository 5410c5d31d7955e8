use std::path::PathBuf;

use serde::Deserialize;

use crate::config::secret::Secret;

/// Where the root key lives.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EncryptionConfig {
    /// Who holds the root key.
    pub provider: KeyProvider,
    /// The file of the root key, for the provider `local`.
    pub key_file: Option<PathBuf>,
    /// What the key file is sealed under, if it is.
    pub passphrase: Option<Secret>,
    /// The root key's id, ARN or alias for the provider `aws`, its name for `vault`.
    pub key_id: Option<String>,
    /// The region, for the provider `aws`.
    pub region: Option<String>,
    /// The address of the server for the provider `vault`; one that is not the region's own for `aws`.
    pub endpoint: Option<String>,
    /// The role to assume, for the provider `aws`.
    pub role_arn: Option<String>,
    /// Where the transit engine is mounted, for the provider `vault`.
    pub mount: String,
    /// The namespace, for the provider `vault`.
    pub namespace: Option<String>,
    /// The file of the token, for the provider `vault`.
    pub token_path: Option<PathBuf>,
    /// How long one attempt of a call to the provider may take, in milliseconds: 100 to 30,000.
    pub timeout_ms: u64,
    /// How old an opened key may be before it is opened anew, in seconds: 10 to 3,600.
    pub key_cache_s: u64,
    /// The folder of the keys of erasure epochs, which no backup may hold; `epochs` beside the key file if it is not set.
    pub epoch_dir: Option<PathBuf>,
    /// How old a key may be that seals, in days: 0 to 36,500; 0 is any age.
    pub rotate_after_days: u32,
    /// Whether the server seals contents anew, with the newest key, that older ones sealed, without being told to.
    pub rewrap_after_rotation: bool,
    /// How much it seals anew, at most, in MiB a second: 1 to 10,000.
    pub rewrap_mib_per_s: u32,
    /// Who held the root key before, as long as something is wrapped under it.
    pub previous: Vec<RootKeyConfig>,
}

impl Default for EncryptionConfig {
    fn default() -> Self {
        Self {
            provider: KeyProvider::default(),
            key_file: None,
            passphrase: None,
            key_id: None,
            region: None,
            endpoint: None,
            role_arn: None,
            mount: default_mount(),
            namespace: None,
            token_path: None,
            timeout_ms: 2_000,
            key_cache_s: 300,
            epoch_dir: None,
            rotate_after_days: 90,
            rewrap_after_rotation: false,
            rewrap_mib_per_s: 32,
            previous: Vec::new(),
        }
    }
}

/// One holder of a root key; the fields are those of [`EncryptionConfig`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootKeyConfig {
    /// Who it is.
    pub provider: KeyProvider,
    /// The file of the key.
    pub key_file: Option<PathBuf>,
    /// The file that holds what the key file is sealed under.
    pub passphrase_file: Option<PathBuf>,
    /// The passphrase itself, which comes from a secret of the section alone.
    #[serde(skip)]
    pub passphrase: Option<Secret>,
    /// The key's id or name.
    pub key_id: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The address.
    pub endpoint: Option<String>,
    /// The role.
    pub role_arn: Option<String>,
    /// The mount.
    #[serde(default = "default_mount")]
    pub mount: String,
    /// The namespace.
    pub namespace: Option<String>,
    /// The file of the token.
    pub token_path: Option<PathBuf>,
}

fn default_mount() -> String {
    "transit".to_owned()
}

impl EncryptionConfig {
    /// Where the keys of erasure epochs are kept, if it was said or there is a key file.
    #[must_use]
    pub fn epoch_folder(&self) -> Option<PathBuf> {
        let beside = self.key_file.as_ref().map(|file| file.with_file_name("epochs"));
        self.epoch_dir.clone().or(beside)
    }

    /// The holder of the root key that wraps new keys.
    #[must_use]
    pub fn current(&self) -> RootKeyConfig {
        RootKeyConfig {
            provider: self.provider,
            key_file: self.key_file.clone(),
            passphrase_file: None,
            passphrase: self.passphrase.clone(),
            key_id: self.key_id.clone(),
            region: self.region.clone(),
            endpoint: self.endpoint.clone(),
            role_arn: self.role_arn.clone(),
            mount: self.mount.clone(),
            namespace: self.namespace.clone(),
            token_path: self.token_path.clone(),
        }
    }
}

/// Who holds the root key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyProvider {
    /// A file on this machine.
    #[default]
    Local,
    /// AWS KMS; the key never leaves it.
    Aws,
    /// The transit engine of `OpenBao` or `HashiCorp` Vault; the key never leaves it.
    Vault,
}
