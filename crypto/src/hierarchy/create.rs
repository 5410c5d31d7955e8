//! New keys, wrapped for their rows.
//!
//! Nothing made here enters the ring's memory: until its row is committed a key must seal nothing but what commits
//! with it, because another node may be committing another key for the same scope.

use std::sync::Arc;

use vault_domain::{DatasetId, EpochId, KeyId, SubjectId, TenantId};

use super::{
    error::KeyError,
    ring::KeyRing,
    rows::{KeyPurpose, WrappedDataKey, WrappedTenantKey},
};
use crate::{
    address::{AddressKey, KeyedHasher},
    context::{Label, Scope, SealContext},
    envelope::DataKey,
    kms::{EncryptionContext, WrappedKey},
    secret::SecretKey,
};

/// The generation of a scope's first keys.
const FIRST_GENERATION: u32 = 1;

/// The ids for a new tenant's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantKeyIds {
    /// For the tenant key.
    pub tenant_key: KeyId,
    /// For the content key of the tenant's own scope.
    pub content: KeyId,
    /// For the key of look-ups across the tenant.
    pub lookup: KeyId,
}

/// A new tenant's keys.
#[derive(Debug)]
pub struct NewTenantKeys {
    /// The tenant key's row.
    pub tenant_key: WrappedTenantKey,
    /// The rows of the tenant's own scope.
    pub rows: Vec<WrappedDataKey>,
    /// Seals the tenant's own values.
    pub content: Arc<DataKey>,
    /// Hashes look-ups across the tenant.
    pub lookup: Arc<KeyedHasher>,
}

/// The ids for the keys of a new dataset or subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopeKeyIds {
    /// For the content key's first generation.
    pub content: KeyId,
    /// For the address key.
    pub address: KeyId,
}

/// The ids for the keys of a new dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatasetKeyIds {
    /// For the keys that every scope has.
    pub scope: ScopeKeyIds,
    /// For the key of its values.
    pub value: KeyId,
}

/// The keys of a new dataset or subject.
#[derive(Debug)]
pub struct NewScopeKeys {
    /// The rows, to be committed with the event.
    pub rows: Vec<WrappedDataKey>,
    /// Seals the scope's content.
    pub content: Arc<DataKey>,
    /// Seals the scope's values; a subject's are sealed with its content key.
    pub values: Arc<DataKey>,
    /// Addresses the scope's content.
    pub address: AddressKey,
    /// Hashes look-ups within the scope.
    pub lookup: KeyedHasher,
}

/// A scope's new content key.
#[derive(Debug)]
pub struct NewContentKey {
    /// The row, to be committed with the event.
    pub row: WrappedDataKey,
    /// The key itself.
    pub key: Arc<DataKey>,
}

impl KeyRing {
    /// Makes the keys of a new tenant.
    ///
    /// # Errors
    /// When the KMS is away, or there is no randomness.
    pub async fn create_tenant_keys(
        &self,
        tenant: TenantId,
        ids: TenantKeyIds,
    ) -> Result<NewTenantKeys, KeyError> {
        let key_id = ids.tenant_key;
        let generated = self.kms.generate(&EncryptionContext { tenant, key_id }).await?;
        let maker = Maker {
            tenant,
            scope: Scope::Tenant,
            tenant_key: &DataKey::new(key_id, &generated.key),
        };
        let (content_row, content) = maker.make(ids.content, KeyPurpose::Content, FIRST_GENERATION)?;
        let (lookup_row, lookup) = maker.make(ids.lookup, KeyPurpose::Lookup, FIRST_GENERATION)?;
        Ok(NewTenantKeys {
            tenant_key: tenant_row(tenant, key_id, generated.wrapped),
            rows: vec![content_row, lookup_row],
            content: Arc::new(DataKey::new(ids.content, &content)),
            lookup: Arc::new(KeyedHasher::new(&lookup)),
        })
    }

    /// Makes the keys of a new dataset.
    ///
    /// # Errors
    /// When the tenant has no key, KMS or key store are away, or there is no randomness.
    pub async fn create_dataset_keys(
        &self,
        tenant: TenantId,
        dataset: DatasetId,
        ids: DatasetKeyIds,
    ) -> Result<NewScopeKeys, KeyError> {
        let tenant_key = self.tenant_key(tenant).await?;
        let maker = Maker {
            tenant,
            scope: Scope::Dataset(dataset),
            tenant_key: &tenant_key,
        };
        let mut keys = maker.scope_keys(ids.scope)?;
        let (row, values) = maker.make(ids.value, KeyPurpose::Value, FIRST_GENERATION)?;
        keys.rows.push(row);
        keys.values = Arc::new(DataKey::new(ids.value, &values));
        Ok(keys)
    }

    /// Makes the keys of a new subject, wrapped by the tenant key and once more by the key of an erasure epoch.
    ///
    /// # Errors
    /// As [`Self::create_dataset_keys`], and when the epoch's key is not to be had.
    pub async fn create_subject_keys(
        &self,
        tenant: TenantId,
        subject: SubjectId,
        ids: ScopeKeyIds,
        epoch: EpochId,
    ) -> Result<NewScopeKeys, KeyError> {
        let epoch_key = self.epoch_key(epoch).await?;
        let tenant_key = self.tenant_key(tenant).await?;
        let maker = Maker {
            tenant,
            scope: Scope::Subject(subject),
            tenant_key: &tenant_key,
        };
        let mut keys = maker.scope_keys(ids)?;
        for row in &mut keys.rows {
            row.wrapped = wrap_for_epoch(&epoch_key, row)?;
            row.epoch = Some(epoch);
        }
        Ok(keys)
    }

    /// Wraps a subject's key for another erasure epoch; the key itself stays, and is not seen.
    ///
    /// # Errors
    /// When the key of either epoch is not to be had, or the row does not open.
    pub async fn move_to_epoch(
        &self,
        mut row: WrappedDataKey,
        next: EpochId,
    ) -> Result<WrappedDataKey, KeyError> {
        let next_key = self.epoch_key(next).await?;
        row.wrapped = self.epoch_unwrapped(&row).await?.into_owned();
        row.wrapped = wrap_for_epoch(&next_key, &row)?;
        row.epoch = Some(next);
        Ok(row)
    }

    /// Makes a content key for any scope: a user's first, or the next generation of a dataset.
    ///
    /// # Errors
    /// As [`Self::create_dataset_keys`].
    pub async fn create_content_key(
        &self,
        tenant: TenantId,
        scope: Scope,
        generation: u32,
        key_id: KeyId,
    ) -> Result<NewContentKey, KeyError> {
        self.create_key(tenant, scope, (KeyPurpose::Content, generation), key_id)
            .await
    }

    /// Makes the key of a dataset's values, for one from before there were such keys: `generation` is that of the first
    /// content key that seals no values.
    ///
    /// # Errors
    /// As [`Self::create_dataset_keys`].
    pub async fn create_value_key(
        &self,
        tenant: TenantId,
        dataset: DatasetId,
        generation: u32,
        key_id: KeyId,
    ) -> Result<NewContentKey, KeyError> {
        let scope = Scope::Dataset(dataset);
        self.create_key(tenant, scope, (KeyPurpose::Value, generation), key_id)
            .await
    }

    async fn create_key(
        &self,
        tenant: TenantId,
        scope: Scope,
        (purpose, generation): (KeyPurpose, u32),
        key_id: KeyId,
    ) -> Result<NewContentKey, KeyError> {
        let tenant_key = self.tenant_key(tenant).await?;
        let maker = Maker {
            tenant,
            scope,
            tenant_key: &tenant_key,
        };
        let (row, secret) = maker.make(key_id, purpose, generation)?;
        Ok(NewContentKey {
            row,
            key: Arc::new(DataKey::new(key_id, &secret)),
        })
    }

    /// Wraps a tenant key anew under the KMS's current root key; the tenant key itself stays, and so do all others.
    ///
    /// # Errors
    /// When the KMS is away or refuses.
    pub async fn rewrap_tenant_key(&self, row: WrappedTenantKey) -> Result<WrappedTenantKey, KeyError> {
        let WrappedTenantKey {
            tenant,
            key_id,
            provider,
            kms_key,
            wrapped: bytes,
        } = row;
        let wrapped = WrappedKey {
            provider,
            kms_key,
            bytes,
        };
        let rewrapped = self
            .kms
            .rewrap(&wrapped, &EncryptionContext { tenant, key_id })
            .await?;
        Ok(tenant_row(tenant, key_id, rewrapped))
    }
}

fn wrap_for_epoch(epoch_key: &DataKey, row: &WrappedDataKey) -> Result<Vec<u8>, KeyError> {
    epoch_key
        .seal(&epoch_context(row), &row.wrapped)
        .map_err(KeyError::Wrap)
}

/// Where a subject's key stands while the key of an epoch wraps it once more.
pub(super) const fn epoch_context(row: &WrappedDataKey) -> SealContext {
    SealContext {
        tenant: row.tenant,
        scope: row.scope,
        label: Label::EpochWrapped(row.key_id),
    }
}

fn tenant_row(tenant: TenantId, key_id: KeyId, wrapped: WrappedKey) -> WrappedTenantKey {
    let WrappedKey {
        provider,
        kms_key,
        bytes,
    } = wrapped;
    WrappedTenantKey {
        tenant,
        key_id,
        provider,
        kms_key,
        wrapped: bytes,
    }
}

struct Maker<'a> {
    tenant: TenantId,
    scope: Scope,
    tenant_key: &'a DataKey,
}

impl Maker<'_> {
    fn scope_keys(&self, ids: ScopeKeyIds) -> Result<NewScopeKeys, KeyError> {
        let (content_row, content) = self.make(ids.content, KeyPurpose::Content, FIRST_GENERATION)?;
        let (address_row, address) = self.make(ids.address, KeyPurpose::Address, FIRST_GENERATION)?;
        let content = Arc::new(DataKey::new(ids.content, &content));
        Ok(NewScopeKeys {
            rows: vec![content_row, address_row],
            values: Arc::clone(&content),
            content,
            address: AddressKey::new(&address),
            lookup: KeyedHasher::new(&address),
        })
    }

    fn make(
        &self,
        key_id: KeyId,
        purpose: KeyPurpose,
        generation: u32,
    ) -> Result<(WrappedDataKey, SecretKey), KeyError> {
        let Self {
            tenant,
            scope,
            tenant_key,
        } = *self;
        let secret = SecretKey::generate()?;
        let label = Label::Key {
            key_id,
            purpose,
            generation,
        };
        let wrapped = tenant_key
            .seal(&SealContext { tenant, scope, label }, secret.expose())
            .map_err(KeyError::Wrap)?;
        Ok((
            WrappedDataKey {
                tenant,
                key_id,
                scope,
                generation,
                purpose,
                wrapped,
                epoch: None,
                is_revoked: false,
            },
            secret,
        ))
    }
}
