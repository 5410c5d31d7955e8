//! Where rules come from that are no part of the program.

use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use vault_domain::{DatasetId, TenantId, approval::Approvals, grant::Grants};

use super::{DatasetAttributes, TenantPolicies};

/// What tenants decide by, and what is known of their datasets.
#[async_trait]
pub trait Rules: Send + Sync {
    /// A tenant's own policies.
    ///
    /// # Errors
    /// [`RulesAway`]: without them nothing is decided.
    async fn policies(&self, tenant: TenantId) -> Result<Arc<TenantPolicies>, RulesAway>;

    /// The rights to a dataset that were given.
    ///
    /// # Errors
    /// [`RulesAway`].
    async fn grants(&self, tenant: TenantId, dataset: DatasetId) -> Result<Arc<Grants>, RulesAway>;

    /// What second persons have approved.
    ///
    /// # Errors
    /// [`RulesAway`].
    async fn approvals(&self, tenant: TenantId) -> Result<Arc<Approvals>, RulesAway>;

    /// What policies may ask of a dataset; of one that does not exist, there is nothing to know.
    ///
    /// # Errors
    /// [`RulesAway`].
    async fn dataset(
        &self,
        tenant: TenantId,
        dataset: DatasetId,
    ) -> Result<Arc<DatasetAttributes>, RulesAway>;
}

/// The rules cannot be read now, so nothing is allowed.
#[derive(Debug, thiserror::Error)]
#[error("the rules cannot be read")]
pub struct RulesAway(#[source] pub Box<dyn Error + Send + Sync>);
