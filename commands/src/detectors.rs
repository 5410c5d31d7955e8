//! The detectors of tenants: the vault's own, and with it the types that a tenant describes itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moka::sync::Cache;
use vault_domain::TenantId;
use vault_privacy::Detector;

use crate::{custom_type, error::CommandError, vault::Vault};

/// How many tenants are remembered; one that describes types itself counts for many.
const MAX_TENANTS: u64 = 64_000;
/// For how many: so that at most 64 compiled detectors are kept.
const COMPILED_WEIGHT: u32 = 1_000;

/// Gives every tenant its detector.
pub struct Detectors {
    own: Arc<Detector>,
    known: Cache<TenantId, Arc<Detector>>,
    /// Grows with everything that is forgotten: what was loaded before is not kept after.
    forgotten: Mutex<u64>,
    /// One detector is compiled at a time.
    compiling: tokio::sync::Mutex<()>,
}

impl Detectors {
    /// With the detector of tenants that describe no types.
    #[must_use]
    pub fn new(own: Arc<Detector>) -> Self {
        let base = Arc::clone(&own);
        let weight = move |_: &TenantId, detector: &Arc<Detector>| {
            if Arc::ptr_eq(detector, &base) {
                1
            } else {
                COMPILED_WEIGHT
            }
        };
        Self {
            own,
            known: Cache::builder().max_capacity(MAX_TENANTS).weigher(weight).build(),
            forgotten: Mutex::new(0),
            compiling: tokio::sync::Mutex::new(()),
        }
    }

    /// The detector of tenants that describe no types.
    #[must_use]
    pub const fn own(&self) -> &Arc<Detector> {
        &self.own
    }

    /// Forgets a tenant's detector: its types have changed.
    pub fn forget(&self, tenant: TenantId) {
        let mut forgotten = self.lock();
        *forgotten += 1;
        self.known.invalidate(&tenant);
    }

    /// Forgets all detectors: whose types have changed is not known.
    pub fn forget_all(&self) {
        let mut forgotten = self.lock();
        *forgotten += 1;
        self.known.invalidate_all();
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, tenant: TenantId, as_of: u64, detector: &Arc<Detector>) {
        let forgotten = self.lock();
        if *forgotten == as_of {
            self.known.insert(tenant, Arc::clone(detector));
        }
    }
}

/// The tenant's detector.
///
/// # Errors
/// A fault: when the tenant's types cannot be read, nothing is scanned without them.
pub(crate) async fn detector_of(vault: &Vault, tenant: TenantId) -> Result<Arc<Detector>, CommandError> {
    let detectors = &vault.detectors;
    if let Some(detector) = detectors.known.get(&tenant) {
        return Ok(detector);
    }
    let as_of = *detectors.lock();
    let types = custom_type::load(vault, tenant).await?.aggregate;
    if types.types().is_empty() {
        detectors.keep(tenant, as_of, &detectors.own);
        return Ok(Arc::clone(&detectors.own));
    }
    let _one_at_a_time = detectors.compiling.lock().await;
    if let Some(detector) = detectors.known.get(&tenant) {
        return Ok(detector);
    }
    let opened = custom_type::open_all(vault, tenant, types.types()).await?;
    let detector = custom_type::compile(vault, opened).await?;
    let detector = Arc::new(detector.map_err(|error| CommandError::Internal(Box::new(error)))?);
    detectors.keep(tenant, as_of, &detector);
    Ok(detector)
}
