//! Places in the list of datasets, sealed: a page may begin after a dataset that its reader must not know of.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;
use vault_access::{Permit, act};
use vault_crypto::{Label, Scope, SealContext, envelope};
use vault_domain::{Sealed, field};

use crate::{Queries, error::QueryError};

/// The place after the dataset with this sort key and id, for this caller alone.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.dataset.seal_place", skip_all)]
pub async fn seal_place(
    queries: &Queries,
    permit: &Permit<act::DatasetList>,
    key: &str,
    id: Uuid,
) -> Result<String, QueryError> {
    let tenant = permit.principal().tenant;
    let sealing = queries.keys.content_key(tenant, Scope::Tenant).await?;
    let place = serde_json::to_vec(&(key, id))?;
    let sealed = sealing.seal_value(&context(permit), &place)?;
    Ok(URL_SAFE_NO_PAD.encode(sealed.envelope()))
}

/// The sort key and the id; none if the text is no place that was sealed for this caller.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.dataset.open_place", skip_all)]
pub async fn open_place(
    queries: &Queries,
    permit: &Permit<act::DatasetList>,
    text: &str,
) -> Result<Option<(String, Uuid)>, QueryError> {
    let Ok(envelope) = URL_SAFE_NO_PAD.decode(text) else {
        return Ok(None);
    };
    let Ok(key_id) = envelope::key_id(&envelope) else {
        return Ok(None);
    };
    let key = match queries.keys.upkeep_key(permit.principal().tenant, key_id).await {
        Ok(key) => key,
        Err(error) if error.is_outage() => return Err(error.into()),
        // a key of nobody's, or of another tenant
        Err(_) => return Ok(None),
    };
    let opened = key.open_value(&context(permit), &Sealed::from_envelope(envelope));
    Ok(opened.ok().and_then(|place| serde_json::from_slice(&place).ok()))
}

const fn context(permit: &Permit<act::DatasetList>) -> SealContext {
    let principal = permit.principal();
    SealContext {
        tenant: principal.tenant,
        scope: Scope::Tenant,
        label: Label::FieldOf(field::DATASET_PLACE, principal.user.as_uuid()),
    }
}
