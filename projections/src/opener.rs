//! Opening the sealed values that stand in clear in read models.

use std::sync::Arc;

use serde::de::DeserializeOwned;
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

    /// Opens what is sealed in one dataset's events.
    #[must_use]
    pub const fn of_dataset(&self, tenant: TenantId, dataset: DatasetId) -> DatasetOpener<'_> {
        DatasetOpener {
            opener: self,
            tenant,
            dataset,
        }
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
        let key = self.keys.upkeep_key(tenant, envelope::key_id(sealed)?).await?;
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

/// Opens what is sealed in one dataset's events.
#[derive(Clone, Copy)]
pub struct DatasetOpener<'a> {
    opener: &'a Opener,
    tenant: TenantId,
    dataset: DatasetId,
}

impl DatasetOpener<'_> {
    /// The text of a property, if it has a value.
    ///
    /// # Errors
    /// When the key cannot be had, or the value does not open at this place.
    pub async fn text(
        &self,
        field: &'static str,
        sealed: Option<&Sealed>,
    ) -> Result<Option<String>, ProjectionError> {
        let Some(sealed) = sealed else { return Ok(None) };
        let label = Label::Field(field);
        let opened = self
            .opener
            .text(self.tenant, self.dataset, label, sealed.envelope());
        opened.await.map(Some)
    }

    /// The JSON of a property, if it has a value.
    ///
    /// # Errors
    /// As [`Self::text`], and when it is no JSON of this type.
    pub async fn json<T: DeserializeOwned>(
        &self,
        field: &'static str,
        sealed: Option<&Sealed>,
    ) -> Result<Option<T>, ProjectionError> {
        let text = self.text(field, sealed).await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }
}
