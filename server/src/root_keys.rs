//! Who holds the root key, by the configuration, and what is wrapped under it for the vault itself.

use std::{fs, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use vault_crypto::{AwsKms, AwsKmsConfig, Kms, KmsSet, LocalKms, ResilientKms, TransitKms, TransitKmsConfig};
use zeroize::Zeroizing;

use crate::config::{EncryptionConfig, KeyProvider, RootKeyConfig};

/// How long one attempt of a call may take where no configuration says.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How long an opened key stays in memory where no configuration says.
const KEY_CACHE: Duration = Duration::from_mins(5);

/// One holder of a root key.
pub(crate) enum RootKey {
    Local(LocalKms),
    Aws(AwsKmsConfig),
    Transit(TransitKms),
}

/// All holders of root keys, before anything is asked of them.
pub struct RootKeys {
    current: RootKey,
    previous: Vec<RootKey>,
    timeout: Duration,
    /// How long an opened key stays in memory.
    pub(crate) key_cache: Duration,
}

/// All holders of root keys, ready to be asked.
pub(crate) struct OpenRootKeys {
    pub(crate) kms: Arc<dyn Kms>,
    /// Those that are files.
    pub(crate) local: Vec<Arc<LocalKms>>,
}

impl RootKeys {
    /// A key file alone.
    #[must_use]
    pub const fn local(kms: LocalKms) -> Self {
        Self {
            current: RootKey::Local(kms),
            previous: Vec::new(),
            timeout: TIMEOUT,
            key_cache: KEY_CACHE,
        }
    }

    /// By the configuration. Reads key files; blocks.
    ///
    /// # Errors
    /// When a key file is not usable, or a setting is missing.
    pub fn of(config: &EncryptionConfig) -> anyhow::Result<Self> {
        let previous: anyhow::Result<_> = config.previous.iter().map(holder).collect();
        Ok(Self {
            current: holder(&config.current())?,
            previous: previous.context("one of encryption.previous is not usable")?,
            timeout: Duration::from_millis(config.timeout_ms),
            key_cache: Duration::from_secs(config.key_cache_s),
        })
    }

    pub(crate) async fn open(self) -> OpenRootKeys {
        let mut local = Vec::new();
        let current = connect(self.current, self.timeout, &mut local).await;
        let mut previous = Vec::new();
        for holder in self.previous {
            previous.push(connect(holder, self.timeout, &mut local).await);
        }
        OpenRootKeys {
            kms: Arc::new(KmsSet::new(current, previous)),
            local,
        }
    }
}

async fn connect(holder: RootKey, timeout: Duration, local: &mut Vec<Arc<LocalKms>>) -> Arc<dyn Kms> {
    let remote: Arc<dyn Kms> = match holder {
        RootKey::Local(kms) => {
            let kms = Arc::new(kms);
            local.push(Arc::clone(&kms));
            return kms;
        }
        RootKey::Aws(config) => Arc::new(AwsKms::new(config).await),
        RootKey::Transit(kms) => Arc::new(kms),
    };
    Arc::new(ResilientKms::new(remote, timeout))
}

fn holder(config: &RootKeyConfig) -> anyhow::Result<RootKey> {
    match config.provider {
        KeyProvider::Local => local(config).map(RootKey::Local),
        KeyProvider::Aws => Ok(RootKey::Aws(AwsKmsConfig {
            key_id: config.key_id.clone().context("encryption.key_id is not set")?,
            region: config.region.clone(),
            endpoint: config.endpoint.clone(),
            role_arn: config.role_arn.clone(),
        })),
        KeyProvider::Vault => {
            // the client of the engine is made now, and needs a TLS implementation
            crate::tls::install();
            let kms = TransitKms::new(TransitKmsConfig {
                endpoint: config
                    .endpoint
                    .clone()
                    .context("encryption.endpoint is not set")?,
                mount: config.mount.clone(),
                key_id: config.key_id.clone().context("encryption.key_id is not set")?,
                namespace: config.namespace.clone(),
                token_path: config
                    .token_path
                    .clone()
                    .context("encryption.token_path is not set")?,
            })?;
            Ok(RootKey::Transit(kms))
        }
    }
}

fn local(config: &RootKeyConfig) -> anyhow::Result<LocalKms> {
    let path = config
        .key_file
        .as_deref()
        .context("encryption.key_file is not set")?;
    let passphrase = match (&config.passphrase, &config.passphrase_file) {
        (Some(secret), _) => Some(Zeroizing::new(secret.expose().to_owned())),
        (None, Some(file)) => Some(read_passphrase(file)?),
        (None, None) => None,
    };
    let opened = match passphrase {
        Some(passphrase) => LocalKms::open_with_passphrase(path, &passphrase),
        None => LocalKms::open(path),
    };
    opened.context("the key file is not usable")
}

/// What a file of one line holds; line breaks at its end are not part of it.
pub(crate) fn read_passphrase(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("the passphrase file {} cannot be read", file.display()))?;
    let text = Zeroizing::new(text);
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}
