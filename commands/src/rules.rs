//! The rules that tenants decide by, as the log has them, and what is known of their datasets. A node remembers them until
//! the log tells of a change.

use std::{
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use moka::sync::Cache;
use vault_access::policy::{DatasetAttributes, Rules, RulesAway, TenantPolicies, TenantPolicy};
use vault_crypto::KeyRing;
use vault_domain::{
    DatasetId, TenantId,
    approval::{Approval, Approvals},
    grant::Grants,
    policy::{KeptPolicy, Policies},
};
use vault_event_store::EventStore;

use crate::{dataset, error::CommandError, policy};

/// How much is remembered of tenants' policies: a tenant without one counts once.
const MAX_POLICY_WEIGHT: u64 = 500_000;
/// For how many a tenant with policies counts, besides its policies: its decisions are remembered with them.
const TENANT_WEIGHT: u32 = 1_000;
/// For how many a policy counts.
const POLICY_WEIGHT: u32 = 30;
/// How many approvals are remembered.
const MAX_APPROVAL_WEIGHT: u64 = 100_000;
/// Of how many datasets the grants are remembered, and of how many what policies ask of them.
const MAX_DATASETS: u64 = 50_000;

/// Gives every tenant its rules.
pub struct StoredRules {
    store: EventStore,
    keys: Arc<KeyRing>,
    policies: Remembered<TenantId, Weighed>,
    approvals: Remembered<TenantId, Approvals>,
    grants: Remembered<(TenantId, DatasetId), Grants>,
    datasets: Remembered<(TenantId, DatasetId), DatasetAttributes>,
    /// The policies of one tenant are parsed at a time.
    parsing: tokio::sync::Mutex<()>,
}

/// Policies, and for how much they count.
struct Weighed {
    policies: Arc<TenantPolicies>,
    weight: u32,
}

impl StoredRules {
    /// Rules that are read from this log, and opened with these keys.
    #[must_use]
    pub fn new(store: EventStore, keys: Arc<KeyRing>) -> Self {
        Self {
            store,
            keys,
            policies: Remembered::new(
                Cache::builder()
                    .max_capacity(MAX_POLICY_WEIGHT)
                    .weigher(|_, weighed: &Arc<Weighed>| weighed.weight)
                    .build(),
            ),
            approvals: Remembered::new(
                Cache::builder()
                    .max_capacity(MAX_APPROVAL_WEIGHT)
                    .weigher(|_, approvals: &Arc<Approvals>| weight(approvals.all()))
                    .build(),
            ),
            grants: Remembered::new(Cache::new(MAX_DATASETS)),
            datasets: Remembered::new(Cache::new(MAX_DATASETS)),
            parsing: tokio::sync::Mutex::default(),
        }
    }

    /// Forgets a tenant's policies: they have changed.
    pub fn forget_policies(&self, tenant: TenantId) {
        self.policies.forget(&tenant);
    }

    /// Forgets a tenant's approvals: they have changed.
    pub fn forget_approvals(&self, tenant: TenantId) {
        self.approvals.forget(&tenant);
    }

    /// Forgets a dataset's grants: they have changed.
    pub fn forget_grants(&self, tenant: TenantId, dataset: DatasetId) {
        self.grants.forget(&(tenant, dataset));
    }

    /// Forgets what is known of a dataset: it has changed.
    pub fn forget_dataset(&self, tenant: TenantId, dataset: DatasetId) {
        self.datasets.forget(&(tenant, dataset));
    }

    /// Forgets everything: what has changed is not known.
    pub fn forget_all(&self) {
        self.policies.forget_all();
        self.approvals.forget_all();
        self.grants.forget_all();
        self.datasets.forget_all();
    }

    async fn load_policies(&self, tenant: TenantId) -> Result<Arc<TenantPolicies>, CommandError> {
        let as_of = self.policies.changes();
        let loaded = self.store.load::<Policies>(tenant, tenant.as_uuid()).await?;
        let kept = loaded.aggregate.policies();
        if kept.is_empty() {
            let weighed = Weighed {
                policies: Arc::default(),
                weight: 1,
            };
            return Ok(Arc::clone(&self.policies.keep(tenant, as_of, weighed).policies));
        }
        let _one_at_a_time = self.parsing.lock().await;
        if let Some(known) = self.policies.get(&tenant) {
            return Ok(Arc::clone(&known.policies));
        }
        let opened = self.open(tenant, kept).await?;
        let count = u32::try_from(opened.len()).unwrap_or(u32::MAX);
        let parsed = tokio::task::spawn_blocking(move || TenantPolicies::new(&opened)).await;
        let weighed = Weighed {
            policies: Arc::new(parsed.map_err(|error| CommandError::Internal(Box::new(error)))?),
            weight: count.saturating_mul(POLICY_WEIGHT).saturating_add(TENANT_WEIGHT),
        };
        Ok(Arc::clone(&self.policies.keep(tenant, as_of, weighed).policies))
    }

    async fn open(&self, tenant: TenantId, kept: &[KeptPolicy]) -> Result<Vec<TenantPolicy>, CommandError> {
        let mut opened = Vec::with_capacity(kept.len());
        for KeptPolicy { policy: kept, .. } in kept {
            let content = policy::open(&self.keys, tenant, kept.id, &kept.content).await?;
            opened.push(TenantPolicy {
                id: kept.id.to_string(),
                text: content.policy,
            });
        }
        Ok(opened)
    }
}

#[async_trait]
impl Rules for StoredRules {
    async fn policies(&self, tenant: TenantId) -> Result<Arc<TenantPolicies>, RulesAway> {
        match self.policies.get(&tenant) {
            Some(known) => Ok(Arc::clone(&known.policies)),
            None => self.load_policies(tenant).await.map_err(away),
        }
    }

    async fn grants(&self, tenant: TenantId, dataset: DatasetId) -> Result<Arc<Grants>, RulesAway> {
        if let Some(known) = self.grants.get(&(tenant, dataset)) {
            return Ok(known);
        }
        let as_of = self.grants.changes();
        let loaded = self.store.load::<Grants>(tenant, dataset.as_uuid()).await;
        let loaded = loaded.map_err(|error| away(error.into()))?;
        Ok(self.grants.keep((tenant, dataset), as_of, loaded.aggregate))
    }

    async fn approvals(&self, tenant: TenantId) -> Result<Arc<Approvals>, RulesAway> {
        if let Some(known) = self.approvals.get(&tenant) {
            return Ok(known);
        }
        let as_of = self.approvals.changes();
        let loaded = self.store.load::<Approvals>(tenant, tenant.as_uuid()).await;
        let loaded = loaded.map_err(|error| away(error.into()))?;
        Ok(self.approvals.keep(tenant, as_of, loaded.aggregate))
    }

    async fn dataset(
        &self,
        tenant: TenantId,
        dataset: DatasetId,
    ) -> Result<Arc<DatasetAttributes>, RulesAway> {
        if let Some(known) = self.datasets.get(&(tenant, dataset)) {
            return Ok(known);
        }
        let as_of = self.datasets.changes();
        let found = dataset::attributes(&self.store, &self.keys, tenant, dataset).await;
        let found = found.map_err(away)?;
        Ok(self.datasets.keep((tenant, dataset), as_of, found))
    }
}

/// For how much approvals count: a tenant without one counts once.
fn weight(approvals: &[Approval]) -> u32 {
    u32::try_from(approvals.len())
        .unwrap_or(u32::MAX)
        .saturating_add(1)
}

fn away(error: CommandError) -> RulesAway {
    RulesAway(Box::new(error))
}

/// Things that are remembered until they change.
struct Remembered<K, V> {
    known: Cache<K, Arc<V>>,
    /// Grows with everything that is forgotten: what was loaded before is not kept after.
    changes: Mutex<u64>,
}

impl<K, V> Remembered<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    const fn new(known: Cache<K, Arc<V>>) -> Self {
        Self {
            known,
            changes: Mutex::new(0),
        }
    }

    fn get(&self, key: &K) -> Option<Arc<V>> {
        self.known.get(key)
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changes(&self) -> u64 {
        *self.lock()
    }

    fn keep(&self, key: K, as_of: u64, value: V) -> Arc<V> {
        let value = Arc::new(value);
        let changes = self.lock();
        if *changes == as_of {
            self.known.insert(key, Arc::clone(&value));
        }
        value
    }

    fn forget(&self, key: &K) {
        let mut changes = self.lock();
        *changes += 1;
        self.known.invalidate(key);
    }

    fn forget_all(&self) {
        let mut changes = self.lock();
        *changes += 1;
        self.known.invalidate_all();
    }
}
