//! Questions about rights to one dataset that were given. They are one aggregate: there is no read model.

use vault_access::{Permit, act};
use vault_crypto::{Label, Scope, SealContext, envelope};
use vault_domain::{
    GrantId, TenantId, field,
    grant::{GrantGiven, GrantView, Grants},
};

use crate::{Moment, Queries, error::QueryError};

/// At most `limit` grants of a dataset that are in force, after one of them, in the order in which they were given.
///
/// # Errors
/// `DatasetNotFound`, or a fault.
#[tracing::instrument(name = "queries.grant.list", skip_all)]
pub async fn list(
    queries: &Queries,
    permit: &Permit<act::GrantRead>,
    after: Option<GrantId>,
    limit: usize,
) -> Result<Vec<GrantView>, QueryError> {
    queries.dataset_at(permit, Moment::Now).await?;
    let (tenant, dataset) = (permit.principal().tenant, permit.target());
    let loaded = queries.store.load::<Grants>(tenant, dataset.as_uuid()).await?;
    let mut grants: Vec<&GrantGiven> = loaded.aggregate.in_force(queries.clock.now()).collect();
    grants.sort_by_key(|grant| grant.grant_id);
    let page = grants
        .into_iter()
        .filter(|grant| after.is_none_or(|after| grant.grant_id > after))
        .take(limit);
    let mut views = Vec::new();
    for grant in page {
        let reason = open(queries, tenant, grant).await?;
        views.push(GrantView {
            grant: grant.clone(),
            reason,
        });
    }
    Ok(views)
}

async fn open(queries: &Queries, tenant: TenantId, grant: &GrantGiven) -> Result<String, QueryError> {
    let key_id = envelope::key_id(grant.reason.envelope())?;
    let key = queries.keys.upkeep_key(tenant, key_id).await?;
    let context = SealContext {
        tenant,
        scope: Scope::Tenant,
        label: Label::FieldOf(field::GRANT_REASON, grant.grant_id.as_uuid()),
    };
    let opened = key.open_value(&context, &grant.reason)?;
    Ok(String::from_utf8_lossy(&opened).into_owned())
}
