//! Use cases of the vault itself: tenants. No request reaches them.

use vault_crypto::TenantKeyIds;
use vault_domain::{
    Actor, Aggregate, EventId, KeyId, Metadata, Operation, TenantId,
    tenant::{Tenant, TenantCommand, TenantRefusal},
};
use vault_event_store::{Append, StreamId, TenantKeyRow, TenantRow};

use crate::{
    dataset::{key_row, record_created},
    error::CommandError,
    request::context,
    vault::Vault,
};

/// Makes a tenant with its keys.
///
/// # Errors
/// A fault.
pub async fn create_tenant(vault: &Vault, tenant: TenantId) -> Result<(), CommandError> {
    let now = vault.clock.now();
    let key = || KeyId::from_uuid(vault.ids.next());
    let ids = TenantKeyIds {
        tenant_key: key(),
        content: key(),
        lookup: key(),
    };
    let keys = vault.keys.create_tenant_keys(tenant, ids).await?;
    let events = Tenant::default()
        .decide(TenantCommand::Create, &context(now))
        .map_err(|refusal: TenantRefusal| CommandError::Internal(Box::new(refusal)))?;
    let metadata = system_metadata(vault, tenant, Operation::CreateTenant);
    let stream = StreamId {
        aggregate_type: Tenant::TYPE,
        aggregate_id: tenant.as_uuid(),
    };
    let mut append = Append::new(stream, 0, &metadata, &events, || {
        EventId::from_uuid(vault.ids.next())
    })?;
    append.rows.tenants.push(TenantRow { created_at: now });
    append.rows.tenant_keys.push(TenantKeyRow {
        key_id: keys.tenant_key.key_id.as_uuid(),
        kms_provider: keys.tenant_key.provider.clone(),
        kms_key: keys.tenant_key.kms_key.clone(),
        wrapped: keys.tenant_key.wrapped.clone(),
        created_at: now,
    });
    append.rows.data_keys = keys.rows.iter().map(|row| key_row(tenant, row, now)).collect();
    vault.appender.append(append).await?;
    record_created(vault, tenant, &[ids.tenant_key, ids.content, ids.lookup]).await
}

pub(crate) fn system_metadata(vault: &Vault, tenant: TenantId, operation: Operation) -> Metadata {
    Metadata {
        tenant_id: tenant,
        actor: Actor::System,
        operation,
        correlation_id: EventId::from_uuid(vault.ids.next()),
        causation_id: None,
        approval_id: None,
        trace: None,
        client: None,
    }
}
