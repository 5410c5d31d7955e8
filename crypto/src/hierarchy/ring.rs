//! Opened keys, loaded when first asked for.

use std::{borrow::Cow, fmt, num::NonZeroUsize, sync::Arc, time::Duration};

use vault_domain::{DatasetId, EpochId, KeyId, TenantId, access::KeyTask};

use super::{
    cache::KeyCache,
    create::epoch_context,
    error::KeyError,
    observer::KeyObserver,
    rows::{KeyPurpose, WrappedDataKey},
    store::KeyStore,
    tenants::{TenantKeys, Unwrapping},
};
use crate::{
    address::{AddressKey, KeyedHasher},
    context::{Label, Scope, SealContext},
    envelope::DataKey,
    epochs::EpochKeeper,
    kms::{Kms, KmsState},
    secret::SecretKey,
};

/// The limits of the ring's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRingConfig {
    /// How long an opened key is used before its row is read again. A tenant key is unwrapped anew after that time, and
    /// used for as long again while the KMS is away.
    pub max_age: Duration,
    /// How many keys of each kind are held; the least recently used go first.
    pub max_keys: NonZeroUsize,
}

/// The opened keys of a dataset or a subject.
#[derive(Debug)]
pub struct ScopeKeys {
    /// The newest content key: it seals content; older ones come from [`KeyRing::data_key`].
    pub content: Arc<DataKey>,
    /// The newest content key's generation.
    pub generation: u32,
    /// Seals values: a key of its own, where the scope has one.
    pub values: Arc<DataKey>,
    /// Addresses the scope's content.
    pub address: AddressKey,
    /// Hashes look-ups within the scope, and is destroyed with it.
    pub lookup: KeyedHasher,
}

/// A content key with its scope, so that forgetting the scope finds it.
#[derive(Clone)]
struct Scoped {
    scope: Scope,
    key: Arc<DataKey>,
    is_revoked: bool,
}

/// Opens wrapped keys and holds them for a while, so that a KMS call and a row read serve many uses.
///
/// Every cache key starts with the tenant, and every row opens for the tenant and scope that were asked for alone,
/// whatever the row says. Those who got a key hold it as long as they like: [`Self::forget`] cannot take it back.
pub struct KeyRing {
    pub(super) kms: Arc<dyn Kms>,
    store: Arc<dyn KeyStore>,
    observer: Arc<dyn KeyObserver>,
    tenants: TenantKeys,
    lookups: KeyCache<TenantId, Arc<KeyedHasher>>,
    scopes: KeyCache<(TenantId, Scope), Arc<ScopeKeys>>,
    newest: KeyCache<(TenantId, Scope), Arc<DataKey>>,
    by_id: KeyCache<(TenantId, KeyId), Scoped>,
    epoch_keeper: Arc<dyn EpochKeeper>,
    epochs: KeyCache<EpochId, Arc<DataKey>>,
}

impl KeyRing {
    /// An empty ring.
    #[must_use]
    pub fn new(
        kms: Arc<dyn Kms>,
        store: Arc<dyn KeyStore>,
        observer: Arc<dyn KeyObserver>,
        epoch_keeper: Arc<dyn EpochKeeper>,
        config: KeyRingConfig,
    ) -> Self {
        let KeyRingConfig { max_age, max_keys } = config;
        let unwrapping = Unwrapping {
            kms: Arc::clone(&kms),
            store: Arc::clone(&store),
            observer: Arc::clone(&observer),
        };
        Self {
            kms,
            store,
            observer,
            tenants: TenantKeys::new(unwrapping, max_age, max_keys),
            lookups: KeyCache::new(max_age, max_keys),
            scopes: KeyCache::new(max_age, max_keys),
            newest: KeyCache::new(max_age, max_keys),
            by_id: KeyCache::new(max_age, max_keys),
            epoch_keeper,
            epochs: KeyCache::new(max_age, max_keys),
        }
    }

    /// The keys of a dataset.
    ///
    /// # Errors
    /// When the dataset has none (any more), its rows do not open, or KMS or key store are away.
    pub async fn dataset_keys(
        &self,
        tenant: TenantId,
        dataset: DatasetId,
    ) -> Result<Arc<ScopeKeys>, KeyError> {
        self.scope_keys(tenant, Scope::Dataset(dataset)).await
    }

    /// The keys of a dataset or a subject.
    ///
    /// # Errors
    /// When the scope has none (any more), its rows do not open, or KMS or key store are away.
    pub async fn scope_keys(&self, tenant: TenantId, scope: Scope) -> Result<Arc<ScopeKeys>, KeyError> {
        self.scopes
            .get((tenant, scope), self.load_scope(tenant, scope))
            .await
    }

    /// The newest content key of a scope, for sealing: the tenant's own values, or a user's.
    ///
    /// # Errors
    /// As [`Self::dataset_keys`].
    pub async fn content_key(&self, tenant: TenantId, scope: Scope) -> Result<Arc<DataKey>, KeyError> {
        self.newest
            .get((tenant, scope), self.load_newest(tenant, scope))
            .await
    }

    /// The key of this id that seals contents or values, whatever its generation, for opening what it sealed.
    ///
    /// # Errors
    /// When it was revoked, there is no such content key (any more), its row does not open, or KMS or key store are away.
    pub async fn data_key(&self, tenant: TenantId, key_id: KeyId) -> Result<Arc<DataKey>, KeyError> {
        let scoped = self.scoped(tenant, key_id).await?;
        if scoped.is_revoked {
            return Err(KeyError::Revoked { key_id });
        }
        Ok(scoped.key)
    }

    /// As [`Self::data_key`], also if it was revoked: for what the vault keeps up by itself, such as read models.
    ///
    /// # Errors
    /// As [`Self::data_key`].
    pub async fn upkeep_key(&self, tenant: TenantId, key_id: KeyId) -> Result<Arc<DataKey>, KeyError> {
        Ok(self.scoped(tenant, key_id).await?.key)
    }

    async fn scoped(&self, tenant: TenantId, key_id: KeyId) -> Result<Scoped, KeyError> {
        self.by_id
            .get((tenant, key_id), self.load_by_id(tenant, key_id))
            .await
    }

    /// The hasher of look-ups across a tenant, such as the names of its datasets.
    ///
    /// # Errors
    /// As [`Self::dataset_keys`].
    pub async fn tenant_lookup(&self, tenant: TenantId) -> Result<Arc<KeyedHasher>, KeyError> {
        self.lookups.get(tenant, self.load_lookup(tenant)).await
    }

    /// A key's row, of whatever purpose; nothing is opened.
    ///
    /// # Errors
    /// When the key store is away.
    pub async fn row(&self, tenant: TenantId, key_id: KeyId) -> Result<Option<WrappedDataKey>, KeyError> {
        Ok(self.store.data_key(tenant, key_id).await?)
    }

    /// The rows of a scope's keys, of every purpose and generation; nothing is opened.
    ///
    /// # Errors
    /// When the key store is away.
    pub async fn rows(&self, tenant: TenantId, scope: Scope) -> Result<Vec<WrappedDataKey>, KeyError> {
        Ok(self.store.scope_keys(tenant, scope).await?)
    }

    /// The row of a scope's newest content key; nothing is opened.
    ///
    /// # Errors
    /// When the scope has none (any more), or the key store is away.
    pub async fn newest_row(&self, tenant: TenantId, scope: Scope) -> Result<WrappedDataKey, KeyError> {
        let rows = self.store.scope_keys(tenant, scope).await?;
        newest(tenant, scope, &rows).cloned()
    }

    /// How each service stands that holds root keys.
    #[must_use]
    pub fn kms_states(&self) -> Vec<KmsState> {
        self.kms.states()
    }

    /// Drops a scope's keys, because it was erased or has a new generation. Call it once that is committed.
    pub fn forget(&self, tenant: TenantId, scope: Scope) {
        self.newest.retain(|key, _| *key != (tenant, scope));
        // A key that is being loaded may be of this scope: it is not kept either.
        self.by_id
            .retain(|key, value| key.0 != tenant || value.is_some_and(|value| value.scope != scope));
        self.scopes.retain(|key, _| *key != (tenant, scope));
        if scope == Scope::Tenant {
            self.lookups.retain(|key, _| *key != tenant);
        }
    }

    /// Drops the key of an erasure epoch.
    pub fn forget_epoch(&self, epoch: EpochId) {
        self.epochs.retain(|key, _| *key != epoch);
    }

    /// Where the keys of erasure epochs are kept.
    #[must_use]
    pub fn epoch_keeper(&self) -> &dyn EpochKeeper {
        &*self.epoch_keeper
    }

    /// Drops all keys of a tenant.
    pub fn forget_tenant(&self, tenant: TenantId) {
        self.tenants.forget(tenant);
        self.lookups.retain(|key, _| *key != tenant);
        self.scopes.retain(|key, _| key.0 != tenant);
        self.newest.retain(|key, _| key.0 != tenant);
        self.by_id.retain(|key, _| key.0 != tenant);
    }

    /// Drops all keys, because it is not known any more which have changed.
    pub fn forget_all(&self) {
        self.tenants.forget_all();
        self.lookups.retain(|_, _| false);
        self.scopes.retain(|_, _| false);
        self.epochs.retain(|_, _| false);
        self.newest.retain(|_, _| false);
        self.by_id.retain(|_, _| false);
    }

    /// Drops the keys that are past their time. Call it now and then: a key that nobody asks for stays until then.
    pub fn sweep(&self) {
        self.tenants.sweep();
        self.lookups.sweep();
        self.scopes.sweep();
        self.epochs.sweep();
        self.newest.sweep();
        self.by_id.sweep();
    }

    pub(super) async fn tenant_key(&self, tenant: TenantId) -> Result<Arc<DataKey>, KeyError> {
        self.tenants.get(tenant).await
    }

    pub(super) async fn epoch_key(&self, epoch: EpochId) -> Result<Arc<DataKey>, KeyError> {
        let load = async {
            let key = self.epoch_keeper.open(epoch).await?;
            Ok(Arc::new(DataKey::new(KeyId::from_uuid(epoch.as_uuid()), &key)))
        };
        self.epochs.get(epoch, load).await
    }

    /// What the tenant key wrapped: a subject's key is wrapped once more.
    pub(super) async fn epoch_unwrapped<'a>(
        &self,
        row: &'a WrappedDataKey,
    ) -> Result<Cow<'a, [u8]>, KeyError> {
        let Some(epoch) = row.epoch else {
            return Ok(Cow::Borrowed(&row.wrapped));
        };
        let key_id = row.key_id;
        let opened = self
            .epoch_key(epoch)
            .await?
            .open(&epoch_context(row), &row.wrapped)
            .map_err(|source| KeyError::Unwrap { key_id, source })?;
        Ok(Cow::Owned(opened.to_vec()))
    }

    async fn load_scope(&self, tenant: TenantId, scope: Scope) -> Result<Arc<ScopeKeys>, KeyError> {
        let rows = self.store.scope_keys(tenant, scope).await?;
        let content = newest(tenant, scope, &rows)?;
        let address = only(tenant, scope, KeyPurpose::Address, &rows)?;
        let content_secret = self.open_row(tenant, scope, content, KeyTask::Seal).await?;
        let address_secret = self.open_row(tenant, scope, address, KeyTask::Address).await?;
        let sealing = Arc::new(DataKey::new(content.key_id, &content_secret));
        let values = match rows.iter().find(|row| row.purpose == KeyPurpose::Value) {
            None => Arc::clone(&sealing),
            Some(row) => {
                let secret = self.open_row(tenant, scope, row, KeyTask::Seal).await?;
                Arc::new(DataKey::new(row.key_id, &secret))
            }
        };
        Ok(Arc::new(ScopeKeys {
            content: sealing,
            generation: content.generation,
            values,
            address: AddressKey::new(&address_secret),
            lookup: KeyedHasher::new(&address_secret),
        }))
    }

    async fn load_newest(&self, tenant: TenantId, scope: Scope) -> Result<Arc<DataKey>, KeyError> {
        let rows = self.store.scope_keys(tenant, scope).await?;
        let row = newest(tenant, scope, &rows)?;
        let secret = self.open_row(tenant, scope, row, KeyTask::Seal).await?;
        Ok(Arc::new(DataKey::new(row.key_id, &secret)))
    }

    async fn load_lookup(&self, tenant: TenantId) -> Result<Arc<KeyedHasher>, KeyError> {
        let rows = self.store.scope_keys(tenant, Scope::Tenant).await?;
        let row = only(tenant, Scope::Tenant, KeyPurpose::Lookup, &rows)?;
        let secret = self.open_row(tenant, Scope::Tenant, row, KeyTask::LookUp).await?;
        Ok(Arc::new(KeyedHasher::new(&secret)))
    }

    async fn load_by_id(&self, tenant: TenantId, key_id: KeyId) -> Result<Scoped, KeyError> {
        let row = self
            .store
            .data_key(tenant, key_id)
            .await?
            .ok_or(KeyError::NoKey { tenant, key_id })?;
        if !matches!(row.purpose, KeyPurpose::Content | KeyPurpose::Value) {
            return Err(KeyError::NotContentKey {
                key_id,
                purpose: row.purpose,
            });
        }
        let row = WrappedDataKey { key_id, ..row };
        let secret = self.open_row(tenant, row.scope, &row, KeyTask::Open).await?;
        Ok(Scoped {
            scope: row.scope,
            key: Arc::new(DataKey::new(key_id, &secret)),
            is_revoked: row.is_revoked,
        })
    }

    async fn open_row(
        &self,
        tenant: TenantId,
        scope: Scope,
        row: &WrappedDataKey,
        task: KeyTask,
    ) -> Result<SecretKey, KeyError> {
        let key_id = row.key_id;
        let label = Label::Key {
            key_id,
            purpose: row.purpose,
            generation: row.generation,
        };
        let wrapped = self.epoch_unwrapped(row).await?;
        let tenant_key = self.tenant_key(tenant).await?;
        let opened = tenant_key
            .open(&SealContext { tenant, scope, label }, &wrapped)
            .map_err(|source| KeyError::Unwrap { key_id, source })?;
        self.observer.key_used(tenant, key_id, task).await?;
        Ok(SecretKey::from_slice(&opened)?)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({:?})", self.kms)
    }
}

fn newest(tenant: TenantId, scope: Scope, rows: &[WrappedDataKey]) -> Result<&WrappedDataKey, KeyError> {
    let purpose = KeyPurpose::Content;
    rows.iter()
        .filter(|row| row.purpose == purpose)
        .max_by_key(|row| row.generation)
        .ok_or(KeyError::NoScopeKey {
            tenant,
            scope,
            purpose,
        })
}

fn only(
    tenant: TenantId,
    scope: Scope,
    purpose: KeyPurpose,
    rows: &[WrappedDataKey],
) -> Result<&WrappedDataKey, KeyError> {
    let mut matching = rows.iter().filter(|row| row.purpose == purpose);
    let row = matching.next().ok_or(KeyError::NoScopeKey {
        tenant,
        scope,
        purpose,
    })?;
    // Choosing one of two would make the same content have two addresses.
    if matching.next().is_some() {
        Err(KeyError::SeveralKeys {
            tenant,
            scope,
            purpose,
        })
    } else {
        Ok(row)
    }
}
