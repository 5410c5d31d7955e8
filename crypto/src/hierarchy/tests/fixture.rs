//! A key ring over rows in memory and a local KMS that counts calls.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use uuid::Uuid;
use vault_domain::{DatasetId, KeyId, TenantId, access::KeyTask};

use crate::hierarchy::*;
use crate::{
    context::{Label, Scope, SealContext},
    epochs::EpochFiles,
    kms::{EncryptionContext, Kms, KmsError, LocalKms, WrappedKey},
    secret::SecretKey,
};

/// Rows in memory, which a test may tamper with.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) tenants: Mutex<Vec<WrappedTenantKey>>,
    pub(super) keys: Mutex<Vec<WrappedDataKey>>,
    reads: AtomicUsize,
}

impl Rows {
    pub(super) fn add(&self, rows: Vec<WrappedDataKey>) {
        self.keys.lock().expect("whole").extend(rows);
    }

    pub(super) fn change(&self, change: impl FnMut(&mut WrappedDataKey)) {
        self.keys.lock().expect("whole").iter_mut().for_each(change);
    }

    fn find<R: Clone>(&self, rows: &Mutex<Vec<R>>, wanted: impl Fn(&R) -> bool) -> Vec<R> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        rows.lock()
            .expect("whole")
            .iter()
            .filter(|row| wanted(row))
            .cloned()
            .collect()
    }
}

#[async_trait]
impl KeyStore for Rows {
    async fn tenant_key(&self, tenant: TenantId) -> Result<Option<WrappedTenantKey>, KeyStoreError> {
        Ok(self.find(&self.tenants, |row| row.tenant == tenant).pop())
    }

    async fn scope_keys(&self, tenant: TenantId, scope: Scope) -> Result<Vec<WrappedDataKey>, KeyStoreError> {
        Ok(self.find(&self.keys, |row| row.tenant == tenant && row.scope == scope))
    }

    async fn data_key(
        &self,
        tenant: TenantId,
        key_id: KeyId,
    ) -> Result<Option<WrappedDataKey>, KeyStoreError> {
        Ok(self
            .find(&self.keys, |row| row.tenant == tenant && row.key_id == key_id)
            .pop())
    }
}

/// A local KMS that counts calls and can be away.
#[derive(Debug)]
pub(super) struct Counted {
    kms: LocalKms,
    unwraps: AtomicUsize,
    pub(super) failures_left: AtomicUsize,
}

#[async_trait]
impl Kms for Counted {
    fn provider(&self) -> &'static str {
        self.kms.provider()
    }

    fn key_id(&self) -> &str {
        self.kms.key_id()
    }

    fn opens(&self, wrapped: &WrappedKey) -> bool {
        self.kms.opens(wrapped)
    }

    async fn wrap(&self, key: &SecretKey, context: &EncryptionContext) -> Result<WrappedKey, KmsError> {
        self.kms.wrap(key, context).await
    }

    async fn unwrap(&self, wrapped: &WrappedKey, context: &EncryptionContext) -> Result<SecretKey, KmsError> {
        self.unwraps.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        if self.failures_left.load(Ordering::SeqCst) > 0 {
            self.failures_left.fetch_sub(1, Ordering::SeqCst);
            return Err(KmsError::Unavailable("away".into()));
        }
        self.kms.unwrap(wrapped, context).await
    }
}

/// Remembers what it was told, and may refuse to be told more.
#[derive(Default)]
pub(super) struct Told {
    uses: Mutex<Vec<(TenantId, KeyId, KeyTask)>>,
    pub(super) refuses: AtomicBool,
}

impl Told {
    pub(super) fn take(&self) -> Vec<(TenantId, KeyId, KeyTask)> {
        std::mem::take(&mut self.uses.lock().expect("whole"))
    }
}

#[async_trait]
impl KeyObserver for Told {
    async fn key_used(&self, tenant: TenantId, key_id: KeyId, task: KeyTask) -> Result<(), KeyUnobserved> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(KeyUnobserved);
        }
        self.uses.lock().expect("whole").push((tenant, key_id, task));
        Ok(())
    }
}

pub(super) struct Fixture {
    pub(super) rows: Arc<Rows>,
    pub(super) told: Arc<Told>,
    pub(super) kms: Arc<Counted>,
    pub(super) ring: Arc<KeyRing>,
    _folder: tempfile::TempDir,
}

impl Fixture {
    pub(super) fn unwraps(&self) -> usize {
        self.kms.unwraps.load(Ordering::SeqCst)
    }

    pub(super) fn reads(&self) -> usize {
        self.rows.reads.load(Ordering::SeqCst)
    }

    pub(super) async fn add_tenant(&self, tenant: TenantId) -> NewTenantKeys {
        let ids = TenantKeyIds {
            tenant_key: key(1),
            content: key(2),
            lookup: key(3),
        };
        let new = self.ring.create_tenant_keys(tenant, ids).await.expect("created");
        self.rows
            .tenants
            .lock()
            .expect("whole")
            .push(new.tenant_key.clone());
        self.rows.add(new.rows.clone());
        new
    }

    pub(super) async fn add_dataset(&self, tenant: TenantId, dataset: DatasetId) -> NewScopeKeys {
        let ids = DatasetKeyIds {
            scope: ScopeKeyIds {
                content: key(11),
                address: key(12),
            },
            value: key(13),
        };
        let new = self
            .ring
            .create_dataset_keys(tenant, dataset, ids)
            .await
            .expect("created");
        self.rows.add(new.rows.clone());
        new
    }

    pub(super) async fn add_generation(&self, scope: Scope, generation: u32, id: u128) -> NewContentKey {
        let new = self
            .ring
            .create_content_key(tenant(1), scope, generation, key(id))
            .await
            .expect("created");
        self.rows.add(vec![new.row.clone()]);
        new
    }
}

pub(super) fn fixture() -> Fixture {
    let folder = tempfile::tempdir().expect("a folder");
    let kms = LocalKms::create(&folder.path().join("root.key")).expect("created");
    let kms = Arc::new(Counted {
        kms,
        unwraps: AtomicUsize::new(0),
        failures_left: AtomicUsize::new(0),
    });
    let rows = Arc::new(Rows::default());
    let config = KeyRingConfig {
        max_age: Duration::from_mins(5),
        max_keys: NonZeroUsize::new(1_000).expect("more than none"),
    };
    let store = Arc::clone(&rows) as Arc<dyn KeyStore>;
    let told = Arc::new(Told::default());
    let observer = Arc::clone(&told) as Arc<dyn KeyObserver>;
    let ring = Arc::new(KeyRing::new(
        Arc::clone(&kms) as Arc<dyn Kms>,
        store,
        observer,
        Arc::new(EpochFiles::new(folder.path().join("epochs"))),
        config,
    ));
    Fixture {
        rows,
        told,
        kms,
        ring,
        _folder: folder,
    }
}

pub(super) fn key(id: u128) -> KeyId {
    KeyId::from_uuid(Uuid::from_u128(id))
}

pub(super) fn tenant(id: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(id))
}

pub(super) fn dataset(id: u128) -> DatasetId {
    DatasetId::from_uuid(Uuid::from_u128(id))
}

pub(super) fn place(scope: Scope) -> SealContext {
    SealContext {
        tenant: tenant(1),
        scope,
        label: Label::Field("test"),
    }
}
