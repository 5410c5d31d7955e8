//! The service key: what batch MACs, token signatures and email look-ups hang on, whoever holds the root key.
//!
//! A vault that began with a key file has that file's key, and nothing is stored until another root key takes over. Then,
//! and where a KMS holds the root key from the start, it stands in the database, wrapped.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail};
use backon::{ConstantBuilder, Retryable};
use vault_crypto::{EncryptionContext, Kms, LocalKms, SecretKey, ServiceKey, WrappedKey};
use vault_domain::{Clock, IdSource, KeyId, TenantId};
use vault_event_store::{KeyRows, ServiceKeyRow};

use crate::root_keys::OpenRootKeys;

/// How long a process that starts waits between its tries, when the database or the KMS is away.
const PAUSE: Duration = Duration::from_secs(1);

/// What the service key is found and kept with.
pub(crate) struct ServiceKeys<'a> {
    pub(crate) rows: KeyRows,
    pub(crate) root_keys: &'a OpenRootKeys,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) ids: &'a dyn IdSource,
}

impl ServiceKeys<'_> {
    /// The service key, made if this vault is new.
    ///
    /// # Errors
    /// When database or KMS are away for longer than `patience`, or the root key that the vault began with is not
    /// configured.
    pub(crate) async fn find(&self, patience: Duration) -> anyhow::Result<ServiceKey> {
        let tries = usize::try_from(patience.as_secs() / PAUSE.as_secs()).unwrap_or(usize::MAX);
        let pauses = ConstantBuilder::default().with_delay(PAUSE).with_max_times(tries);
        (|| self.try_find())
            .retry(pauses)
            .when(is_passing)
            .notify(|error, _| tracing::warn!(error = %error, "the service key is not to be had yet"))
            .await
    }

    async fn try_find(&self) -> anyhow::Result<ServiceKey> {
        let row = self.rows.service_key().await.context(UNREADABLE)?;
        match row {
            Some(row) => self.open(row).await,
            None => self.take_over().await,
        }
    }

    /// What the vault began with; kept from now on, unless it is the root key itself.
    async fn take_over(&self) -> anyhow::Result<ServiceKey> {
        let first = self.rows.first_root_key().await.context(UNREADABLE)?;
        let current = self.root_keys.kms.key_id();
        let began_with = first.map_or_else(|| current.to_owned(), |(_, kms_key)| kms_key);
        match self.local(&began_with) {
            Some(local) if began_with == current => Ok(local.service_key()),
            Some(local) => self.keep(local.service_key()).await,
            // only files' names start so
            None if began_with.starts_with("local:") => {
                bail!("the vault began with root key {began_with}: name its key file in encryption.previous")
            }
            None => self.keep(ServiceKey::new(SecretKey::generate()?)).await,
        }
    }

    fn local(&self, kms_key: &str) -> Option<&Arc<LocalKms>> {
        self.root_keys
            .local
            .iter()
            .find(|local| local.key_id() == kms_key)
    }

    /// Stores the key, wrapped by the current root key. Of several processes one is first, and its key holds.
    async fn keep(&self, key: ServiceKey) -> anyhow::Result<ServiceKey> {
        let key_id = KeyId::from_uuid(self.ids.next());
        let wrapped = self.root_keys.kms.wrap(key.key(), &context(key_id)).await?;
        let row = ServiceKeyRow {
            key_id: key_id.as_uuid(),
            kms_provider: wrapped.provider,
            kms_key: wrapped.kms_key,
            wrapped: wrapped.bytes,
            created_at: self.clock.now(),
        };
        let kept = self.rows.keep_service_key(&row).await.context(UNREADABLE)?;
        self.open(kept).await
    }

    async fn open(&self, row: ServiceKeyRow) -> anyhow::Result<ServiceKey> {
        let key_id = KeyId::from_uuid(row.key_id);
        let wrapped = wrapped(row);
        let key = self.root_keys.kms.unwrap(&wrapped, &context(key_id)).await?;
        Ok(ServiceKey::new(key))
    }
}

const UNREADABLE: &str = "the service key cannot be read (vault-server migrate makes its table)";

pub(crate) fn wrapped(row: ServiceKeyRow) -> WrappedKey {
    WrappedKey {
        provider: row.kms_provider,
        kms_key: row.kms_key,
        bytes: row.wrapped,
    }
}

/// What it is wrapped for: no tenant, and this key alone.
pub(crate) const fn context(key_id: KeyId) -> EncryptionContext {
    EncryptionContext {
        tenant: TenantId::from_uuid(uuid::Uuid::nil()),
        key_id,
    }
}

/// Whether it may go by itself: the database or the KMS is away.
fn is_passing(error: &anyhow::Error) -> bool {
    let kms = error.downcast_ref::<vault_crypto::KmsError>();
    let database = error.downcast_ref::<vault_event_store::DatabaseError>();
    kms.is_some_and(vault_crypto::KmsError::is_outage) || database.is_some_and(is_away)
}

/// No answer at all, or a server that starts, stops or has no connection left.
fn is_away(error: &vault_event_store::DatabaseError) -> bool {
    error.as_database_error().is_none_or(|error| {
        let code = error.code().unwrap_or_default();
        ["08", "53", "57"].iter().any(|class| code.starts_with(class))
    })
}
