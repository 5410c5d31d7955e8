//! Opening the sealed values that stand in clear in read models.

use std::sync::Arc;

use vault_crypto::{KeyRing, Label, Scope, SealContext, envelope};
use vault_domain::{DatasetId, RecordId, Sealed, TenantId};

use crate::error::ProjectionError;

/// Opens sealed values. Cheap to clone.
#[derive(Clone)]
pub struct Opener {
    keys: Arc<KeyRing>,
}

impl Opener {
    /// Opens with the keys of this ring.
    #[must_use]
    pub const fn new(keys: Arc<KeyRing>) -> Self {
        Self { keys }
    }

    /// The text of a dataset's property.
    ///
    /// # Errors
    /// When the key cannot be had, or the value does not open at this place.
    pub async fn dataset_text(
        &self,
        tenant: TenantId,
        dataset: DatasetId,
        field: &'static str,
        sealed: &Sealed,
    ) -> Result<String, ProjectionError> {
        self.text(tenant, dataset, Label::Field(field), sealed.envelope())
            .await
    }

    /// The text of a record's property.
    ///
    /// # Errors
    /// When the key cannot be had, or the value does not open at this place.
    pub async fn record_text(
        &self,
        tenant: TenantId,
        dataset: DatasetId,
        record: RecordId,
        field: &'static str,
        envelope: &[u8],
    ) -> Result<String, ProjectionError> {
        self.text(tenant, dataset, Label::FieldOf(field, record.as_uuid()), envelope)
            .await
    }

    async fn text(
        &self,
        tenant: TenantId,
        dataset: DatasetId,
        label: Label,
        sealed: &[u8],
    ) -> Result<String, ProjectionError> {
        let key = self.keys.data_key(tenant, envelope::key_id(sealed)?).await?;
        let opened = key.open(
            &SealContext {
                tenant,
                scope: Scope::Dataset(dataset),
                label,
            },
            sealed,
        )?;
        Ok(std::str::from_utf8(&opened)?.to_owned())
    }
}
