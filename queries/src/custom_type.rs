//! Questions about the types that a tenant describes itself. They are few, and one aggregate: there is no read model.

use vault_access::{Permit, act};
use vault_crypto::{Label, Scope, SealContext, envelope};
use vault_domain::{
    CustomTypeDefinitionId, TenantId,
    custom_type::{CustomTypeView, CustomTypes, DefinedType},
    field,
};

use crate::{Queries, error::QueryError};

/// All types of the tenant, in the order in which they were first described.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.custom_type.list", skip_all)]
pub async fn list(
    queries: &Queries,
    permit: &Permit<act::PrivacyScan>,
) -> Result<Vec<CustomTypeView>, QueryError> {
    let tenant = permit.principal().tenant;
    let loaded = queries
        .store
        .load::<CustomTypes>(tenant, tenant.as_uuid())
        .await?;
    let mut views = Vec::with_capacity(loaded.aggregate.types().len());
    for defined in loaded.aggregate.types() {
        views.push(open(queries, tenant, defined).await?);
    }
    Ok(views)
}

/// One type, if the tenant has it.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.custom_type.get", skip_all)]
pub async fn get(
    queries: &Queries,
    permit: &Permit<act::PrivacyScan>,
    id: CustomTypeDefinitionId,
) -> Result<Option<CustomTypeView>, QueryError> {
    let tenant = permit.principal().tenant;
    let loaded = queries
        .store
        .load::<CustomTypes>(tenant, tenant.as_uuid())
        .await?;
    match loaded.aggregate.get(id) {
        Some(defined) => open(queries, tenant, defined).await.map(Some),
        None => Ok(None),
    }
}

async fn open(
    queries: &Queries,
    tenant: TenantId,
    defined: &DefinedType,
) -> Result<CustomTypeView, QueryError> {
    let key_id = envelope::key_id(defined.definition.envelope())?;
    let key = queries.keys.upkeep_key(tenant, key_id).await?;
    let context = SealContext {
        tenant,
        scope: Scope::Tenant,
        label: Label::FieldOf(field::CUSTOM_TYPE_DEFINITION, defined.id.as_uuid()),
    };
    let opened = key.open_value(&context, &defined.definition)?;
    Ok(CustomTypeView {
        id: defined.id,
        definition: serde_json::from_slice(&opened)?,
    })
}
