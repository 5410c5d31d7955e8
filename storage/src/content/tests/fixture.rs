//! A store in a temporary folder, with keys in memory.

use std::{num::NonZeroUsize, path::PathBuf, sync::Mutex, time::Duration};

use async_trait::async_trait;
use futures::TryStreamExt as _;
use tempfile::TempDir;
use uuid::Uuid;
use vault_crypto::{
    DatasetKeyIds, KeyRingConfig, KeyStore, KeyStoreError, LocalKms, NoEpochs, ScopeKeyIds, TenantKeyIds,
    WrappedDataKey, WrappedTenantKey,
};
use vault_domain::{DatasetId, KeyId};

use crate::{
    content::*,
    inventory::{Found, StoredContent},
    location::Location,
};

#[derive(Default)]
pub(super) struct Rows {
    pub(super) tenants: Mutex<Vec<WrappedTenantKey>>,
    pub(super) keys: Mutex<Vec<WrappedDataKey>>,
}

#[async_trait]
impl KeyStore for Rows {
    async fn tenant_key(&self, tenant: TenantId) -> Result<Option<WrappedTenantKey>, KeyStoreError> {
        Ok(self
            .tenants
            .lock()
            .expect("whole")
            .iter()
            .find(|row| row.tenant == tenant)
            .cloned())
    }

    async fn scope_keys(&self, tenant: TenantId, scope: Scope) -> Result<Vec<WrappedDataKey>, KeyStoreError> {
        let keys = self.keys.lock().expect("whole");
        Ok(keys
            .iter()
            .filter(|row| row.tenant == tenant && row.scope == scope)
            .cloned()
            .collect())
    }

    async fn data_key(
        &self,
        tenant: TenantId,
        key_id: KeyId,
    ) -> Result<Option<WrappedDataKey>, KeyStoreError> {
        let keys = self.keys.lock().expect("whole");
        Ok(keys
            .iter()
            .find(|row| row.tenant == tenant && row.key_id == key_id)
            .cloned())
    }
}

pub(super) struct Fixture {
    pub(super) folder: TempDir,
    pub(super) rows: Arc<Rows>,
    pub(super) keys: Arc<KeyRing>,
    pub(super) store: ContentStore,
}

pub(super) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(super) fn place(dataset: u128) -> ContentPlace {
    ContentPlace {
        tenant: TenantId::from_uuid(id(1)),
        scope: Scope::Dataset(DatasetId::from_uuid(id(dataset))),
    }
}

/// A store with one tenant and the datasets 5 and 6.
pub(super) async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().expect("a folder");
    let kms = LocalKms::create(&folder.path().join("root.key")).expect("created");
    let rows = Arc::new(Rows::default());
    let max_keys = NonZeroUsize::new(100).expect("more than none");
    let config = KeyRingConfig {
        max_age: Duration::from_mins(5),
        max_keys,
    };
    let keys = Arc::new(KeyRing::new(
        Arc::new(kms),
        Arc::clone(&rows) as Arc<dyn KeyStore>,
        Arc::new(()),
        Arc::new(NoEpochs),
        config,
    ));
    let [tenant_key, content, lookup] = [1, 2, 3].map(|number| KeyId::from_uuid(id(number)));
    let ids = TenantKeyIds {
        tenant_key,
        content,
        lookup,
    };
    let tenant = keys
        .create_tenant_keys(place(5).tenant, ids)
        .await
        .expect("created");
    rows.tenants.lock().expect("whole").push(tenant.tenant_key);
    for dataset in [5, 6] {
        let [content, address, value] = [10, 20, 30].map(|number| KeyId::from_uuid(id(number + dataset)));
        let ids = DatasetKeyIds {
            scope: ScopeKeyIds { content, address },
            value,
        };
        let (tenant, dataset) = (place(dataset).tenant, DatasetId::from_uuid(id(dataset)));
        let new = keys
            .create_dataset_keys(tenant, dataset, ids)
            .await
            .expect("created");
        rows.keys.lock().expect("whole").extend(new.rows);
    }
    let objects = folder.path().join("objects");
    let location = Location::Folder(objects);
    let store = ContentStore::new(location.open().expect("made"), Arc::clone(&keys));
    Fixture {
        folder,
        rows,
        keys,
        store,
    }
}

impl Fixture {
    /// The key that seals a place's contents.
    pub(super) async fn key(&self, place: ContentPlace) -> KeyId {
        let keys = self.keys.scope_keys(place.tenant, place.scope).await;
        keys.expect("keys").content.id()
    }

    /// Another key seals from now on.
    pub(super) async fn rotate(&self, place: ContentPlace, key: u128) -> KeyId {
        let key = KeyId::from_uuid(id(key));
        let new = self
            .keys
            .create_content_key(place.tenant, place.scope, 2, key)
            .await
            .expect("made");
        self.rows.keys.lock().expect("whole").push(new.row);
        self.keys.forget(place.tenant, place.scope);
        key
    }

    /// A key is no more.
    pub(super) fn destroy(&self, key: KeyId) {
        self.rows
            .keys
            .lock()
            .expect("whole")
            .retain(|row| row.key_id != key);
        self.keys.forget_all();
    }

    /// The only content of a place.
    pub(super) async fn stored(&self, place: ContentPlace) -> StoredContent {
        let inventory: Vec<_> = self
            .store
            .inventory_of(place)
            .try_collect()
            .await
            .expect("listed");
        match inventory.as_slice() {
            [Found::Content(content)] => content.clone(),
            other => unreachable!("{other:?}"),
        }
    }

    pub(super) async fn address(&self, place: ContentPlace, content: &[u8]) -> ContentAddress {
        let keys = self
            .keys
            .scope_keys(place.tenant, place.scope)
            .await
            .expect("keys");
        keys.address.address(content)
    }

    pub(super) async fn put(&self, place: ContentPlace, content: &[u8]) -> ContentAddress {
        let address = self.address(place, content).await;
        assert_eq!(
            self.store
                .put(place, address, content)
                .await
                .expect("stored")
                .outcome,
            PutOutcome::Stored
        );
        address
    }

    pub(super) fn file(&self, place: ContentPlace, address: ContentAddress, index: u32) -> PathBuf {
        self.folder
            .path()
            .join("objects")
            .join(place.chunk(address, index).as_ref())
    }
}
