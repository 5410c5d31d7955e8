//! The read model `datasets`: one row a dataset, its texts in clear.

use async_trait::async_trait;
use sqlx::PgConnection;
use uuid::Uuid;
use vault_domain::{
    Aggregate, DatasetId, Sealed, TenantId, UserId,
    dataset::{Dataset, DatasetCreated, DatasetEvent, DatasetUpdated, FieldChange},
    field,
};
use vault_event_store::StoredEvent;

use crate::{
    error::ProjectionError,
    opener::{DatasetOpener, Opener},
    projector::Projection,
};

/// Builds `datasets`.
pub struct DatasetsProjection {
    opener: Opener,
}

impl DatasetsProjection {
    /// Opens sealed texts with this opener.
    #[must_use]
    pub const fn new(opener: Opener) -> Self {
        Self { opener }
    }
}

#[async_trait]
impl Projection for DatasetsProjection {
    fn name(&self) -> &'static str {
        "datasets"
    }

    async fn apply(
        &self,
        events: &[StoredEvent],
        connection: &mut PgConnection,
    ) -> Result<(), ProjectionError> {
        for event in events
            .iter()
            .filter(|event| event.aggregate_type == Dataset::TYPE)
        {
            let dataset = parse_id(event)?;
            let step = Step {
                opener: self.opener.of_dataset(event.tenant_id, dataset),
                event,
                dataset,
            };
            match event.decode()? {
                DatasetEvent::Created(created) => step.create(&created, connection).await?,
                DatasetEvent::Updated(updated) => step.update(&updated, connection).await?,
                DatasetEvent::Archived(_) => step.set_status("archived", connection).await?,
                DatasetEvent::Unarchived(_) => step.set_status("active", connection).await?,
                DatasetEvent::Deleted(_) => step.set_status("deleted", connection).await?,
            }
        }
        Ok(())
    }
}

fn parse_id(event: &StoredEvent) -> Result<DatasetId, ProjectionError> {
    let malformed = |_| sqlx::Error::Decode("an aggregate id is no UUID".into());
    Ok(event.aggregate_id.parse().map_err(malformed)?)
}

struct Step<'a> {
    opener: DatasetOpener<'a>,
    event: &'a StoredEvent,
    dataset: DatasetId,
}

impl Step<'_> {
    const fn tenant(&self) -> TenantId {
        self.event.tenant_id
    }

    async fn open_tags(&self, sealed: Option<&Sealed>) -> Result<Vec<String>, ProjectionError> {
        let tags = self.opener.json(field::DATASET_TAGS, sealed).await?;
        Ok(tags.unwrap_or_default())
    }

    async fn create(
        &self,
        created: &DatasetCreated,
        connection: &mut PgConnection,
    ) -> Result<(), ProjectionError> {
        let created_by: Option<Uuid> = self.event.decode_metadata()?.actor.user().map(UserId::as_uuid);
        sqlx::query(
            "INSERT INTO datasets (tenant_id, dataset_id, status, name, description, task_type, tags, schema, \
             settings, sequence, created_by, created_at, updated_at) \
             VALUES ($1, $2, 'active', $3, $4, $5, $6, $7::json, $8::json, $9, $10, $11, $11)",
        )
        .bind(self.tenant().as_uuid())
        .bind(self.dataset.as_uuid())
        .bind(self.opener.text(field::DATASET_NAME, Some(&created.name.sealed)).await?)
        .bind(self.opener.text(field::DATASET_DESCRIPTION, created.description.as_ref()).await?)
        .bind(self.opener.text(field::DATASET_TASK_TYPE, created.task_type.as_ref()).await?)
        .bind(self.open_tags(created.tags.as_ref()).await?)
        .bind(self.opener.text(field::DATASET_SCHEMA, created.schema.as_ref()).await?)
        .bind(self.opener.text(field::DATASET_SETTINGS, created.settings.as_ref()).await?)
        .bind(self.event.sequence.cast_signed())
        .bind(created_by)
        .bind(self.event.recorded_at)
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn update(
        &self,
        updated: &DatasetUpdated,
        connection: &mut PgConnection,
    ) -> Result<(), ProjectionError> {
        let name = updated.name.as_ref().map(|name| &name.sealed);
        sqlx::query(
            "UPDATE datasets SET name = coalesce($3, name), \
             description = CASE WHEN $4 THEN $5 ELSE description END, \
             task_type = CASE WHEN $6 THEN $7 ELSE task_type END, \
             tags = CASE WHEN $8 THEN $9 ELSE tags END, \
             schema = CASE WHEN $10 THEN $11::json ELSE schema END, \
             settings = CASE WHEN $12 THEN $13::json ELSE settings END, \
             sequence = $14, updated_at = $15 WHERE tenant_id = $1 AND dataset_id = $2",
        )
        .bind(self.tenant().as_uuid())
        .bind(self.dataset.as_uuid())
        .bind(self.opener.text(field::DATASET_NAME, name).await?)
        .bind(updated.description.is_some())
        .bind(
            self.opener
                .text(field::DATASET_DESCRIPTION, value(updated.description.as_ref()))
                .await?,
        )
        .bind(updated.task_type.is_some())
        .bind(
            self.opener
                .text(field::DATASET_TASK_TYPE, value(updated.task_type.as_ref()))
                .await?,
        )
        .bind(updated.tags.is_some())
        .bind(self.open_tags(value(updated.tags.as_ref())).await?)
        .bind(updated.schema.is_some())
        .bind(
            self.opener
                .text(field::DATASET_SCHEMA, value(updated.schema.as_ref()))
                .await?,
        )
        .bind(updated.settings.is_some())
        .bind(
            self.opener
                .text(field::DATASET_SETTINGS, value(updated.settings.as_ref()))
                .await?,
        )
        .bind(self.event.sequence.cast_signed())
        .bind(self.event.recorded_at)
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn set_status(&self, status: &str, connection: &mut PgConnection) -> Result<(), ProjectionError> {
        sqlx::query(
            "UPDATE datasets SET status = $3, sequence = $4, updated_at = $5 \
             WHERE tenant_id = $1 AND dataset_id = $2",
        )
        .bind(self.tenant().as_uuid())
        .bind(self.dataset.as_uuid())
        .bind(status)
        .bind(self.event.sequence.cast_signed())
        .bind(self.event.recorded_at)
        .execute(connection)
        .await?;
        Ok(())
    }
}

const fn value(change: Option<&FieldChange>) -> Option<&Sealed> {
    match change {
        Some(FieldChange::Set(sealed)) => Some(sealed),
        Some(FieldChange::Cleared) | None => None,
    }
}
