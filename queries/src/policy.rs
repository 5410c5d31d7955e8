//! Questions about a tenant's own policies. They are one aggregate: there is no read model.

use vault_access::{Permit, act};
use vault_crypto::{Label, Scope, SealContext, envelope};
use vault_domain::{
    PolicyId, TenantId, field,
    policy::{KeptPolicy, Policies, PolicyView},
};

use crate::{Queries, error::QueryError};

/// At most `limit` of the tenant's policies after one of them, in the order of their ids, which is that of their creation.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.policy.list", skip_all)]
pub async fn list(
    queries: &Queries,
    permit: &Permit<act::PolicyRead>,
    after: Option<PolicyId>,
    limit: usize,
) -> Result<Vec<PolicyView>, QueryError> {
    let tenant = permit.principal().tenant;
    let loaded = queries.store.load::<Policies>(tenant, tenant.as_uuid()).await?;
    let mut kept: Vec<&KeptPolicy> = loaded.aggregate.policies().iter().collect();
    kept.sort_by_key(|kept| kept.policy.id);
    let page = kept
        .into_iter()
        .filter(|kept| after.is_none_or(|after| kept.policy.id > after))
        .take(limit);
    let mut views = Vec::new();
    for kept in page {
        views.push(open(queries, tenant, kept).await?);
    }
    Ok(views)
}

/// One policy, if the tenant has it.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.policy.get", skip_all)]
pub async fn get(
    queries: &Queries,
    permit: &Permit<act::PolicyRead>,
    id: PolicyId,
) -> Result<Option<PolicyView>, QueryError> {
    let tenant = permit.principal().tenant;
    let loaded = queries.store.load::<Policies>(tenant, tenant.as_uuid()).await?;
    match loaded.aggregate.get(id) {
        Some(kept) => open(queries, tenant, kept).await.map(Some),
        None => Ok(None),
    }
}

async fn open(queries: &Queries, tenant: TenantId, kept: &KeptPolicy) -> Result<PolicyView, QueryError> {
    let policy = &kept.policy;
    let key_id = envelope::key_id(policy.content.envelope())?;
    let key = queries.keys.upkeep_key(tenant, key_id).await?;
    let context = SealContext {
        tenant,
        scope: Scope::Tenant,
        label: Label::FieldOf(field::POLICY, policy.id.as_uuid()),
    };
    let opened = key.open_value(&context, &policy.content)?;
    Ok(PolicyView {
        id: policy.id,
        content: serde_json::from_slice(&opened)?,
        sequence: kept.sequence,
    })
}
