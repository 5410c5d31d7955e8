//! Where the seeds of the log's signing keys are kept: in a key file, or in the database, wrapped by the root key.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use uuid::Uuid;
use vault_crypto::{EncryptionContext, Kms, SecretKey, ServiceKey, WrappedKey, read_key_file};
use vault_domain::{KeyId, TenantId};
use vault_event_store::tree::{KeptSeed, Seed, SeedError, SeedKeeper};

/// Keeps seeds with the root key.
pub(crate) struct LogSeeds {
    kms: Arc<dyn Kms>,
    service_key: Arc<ServiceKey>,
    key_file: Option<PathBuf>,
}

/// The configuration names no key file, and the key that signs stands in one.
#[derive(Debug, thiserror::Error)]
#[error("audit.signing_key_file is not set, and the key that signs stands in a file")]
struct NoKeyFile;

impl LogSeeds {
    pub(crate) const fn new(
        kms: Arc<dyn Kms>,
        service_key: Arc<ServiceKey>,
        key_file: Option<PathBuf>,
    ) -> Self {
        Self {
            kms,
            service_key,
            key_file,
        }
    }

    async fn of_file(path: PathBuf) -> Result<Seed, SeedError> {
        let read = tokio::task::spawn_blocking(move || read_key_file(&path)).await;
        Ok(seed(&read.map_err(fault)?.map_err(fault)?))
    }
}

#[async_trait]
impl SeedKeeper for LogSeeds {
    async fn create(&self, id: Uuid) -> Result<(Seed, KeptSeed), SeedError> {
        if let Some(path) = &self.key_file {
            return Ok((Self::of_file(path.clone()).await?, KeptSeed::File));
        }
        let generated = self.kms.generate(&context(id)).await.map_err(fault)?;
        let kept = KeptSeed::Wrapped {
            provider: generated.wrapped.provider,
            kms_key: generated.wrapped.kms_key,
            bytes: generated.wrapped.bytes,
        };
        Ok((seed(&generated.key), kept))
    }

    async fn open(&self, id: Uuid, kept: &KeptSeed) -> Result<Seed, SeedError> {
        match kept {
            KeptSeed::Root => Ok(seed(&self.service_key.derive("log-signing"))),
            KeptSeed::File => {
                let path = self.key_file.clone().ok_or_else(|| fault(NoKeyFile))?;
                Self::of_file(path).await
            }
            KeptSeed::Wrapped {
                provider,
                kms_key,
                bytes,
            } => {
                let wrapped = WrappedKey {
                    provider: provider.clone(),
                    kms_key: kms_key.clone(),
                    bytes: bytes.clone(),
                };
                let key = self.kms.unwrap(&wrapped, &context(id)).await.map_err(fault)?;
                Ok(seed(&key))
            }
        }
    }

    fn voucher(&self, public_key: &[u8; 32]) -> [u8; 32] {
        let label = format!("log-signing-key/{}", hex::encode(public_key));
        *self.service_key.derive(&label).expose()
    }
}

/// What a seed is wrapped for: the log, which is no tenant's, and this key alone.
const fn context(id: Uuid) -> EncryptionContext {
    EncryptionContext {
        tenant: TenantId::from_uuid(Uuid::nil()),
        key_id: KeyId::from_uuid(id),
    }
}

fn seed(key: &SecretKey) -> Seed {
    Seed::new(*key.expose())
}

fn fault(error: impl std::error::Error + Send + Sync + 'static) -> SeedError {
    SeedError(Box::new(error))
}
