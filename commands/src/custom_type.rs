//! Use cases of the types that a tenant describes itself.

mod change;

pub use change::{change, define, remove};

use std::sync::Arc;

use serde::de::DeserializeOwned;
use vault_crypto::{Label, Scope, SealContext, envelope};
use vault_domain::{
    CustomTypeDefinitionId, TenantId,
    custom_type::{CustomTypes, DefinedType},
    field,
};
use vault_event_store::Loaded;
use vault_privacy::{ConfigError, CustomType, Detector, custom::CustomTypeDefinition};

use crate::{error::CommandError, vault::Vault};

/// The most bytes of a definition, as JSON.
pub const MAX_DEFINITION_BYTES: usize = 32 * 1024;

/// A tenant's types, as the log has them.
pub(crate) async fn load(vault: &Vault, tenant: TenantId) -> Result<Loaded<CustomTypes>, CommandError> {
    Ok(vault.store.load(tenant, tenant.as_uuid()).await?)
}

/// All definitions, opened and ready to be compiled.
pub(crate) async fn open_all(
    vault: &Vault,
    tenant: TenantId,
    types: &[DefinedType],
) -> Result<Vec<CustomType>, CommandError> {
    let mut opened = Vec::with_capacity(types.len());
    for defined in types {
        let definition: CustomTypeDefinition = open(vault, tenant, defined).await?;
        opened.push(
            definition
                .check()
                .map_err(|error| CommandError::Internal(Box::new(error)))?,
        );
    }
    Ok(opened)
}

/// The vault's detector with these types, compiled off the async threads.
pub(crate) async fn compile(
    vault: &Vault,
    types: Vec<CustomType>,
) -> Result<Result<Detector, ConfigError>, CommandError> {
    let own = Arc::clone(vault.detectors.own());
    tokio::task::spawn_blocking(move || own.with_custom_types(&types))
        .await
        .map_err(|error| CommandError::Internal(Box::new(error)))
}

/// A definition, to look for or to show.
async fn open<T: DeserializeOwned>(
    vault: &Vault,
    tenant: TenantId,
    defined: &DefinedType,
) -> Result<T, CommandError> {
    let key_id = envelope::key_id(defined.definition.envelope())?;
    let key = vault.keys.upkeep_key(tenant, key_id).await?;
    let opened = key.open_value(&context(tenant, defined.id), &defined.definition)?;
    serde_json::from_slice(&opened).map_err(|error| CommandError::Internal(Box::new(error)))
}

const fn context(tenant: TenantId, id: CustomTypeDefinitionId) -> SealContext {
    SealContext {
        tenant,
        scope: Scope::Tenant,
        label: Label::FieldOf(field::CUSTOM_TYPE_DEFINITION, id.as_uuid()),
    }
}
