//! What answers say of a dataset.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_projections::read::DatasetRow;

/// A dataset.
#[derive(Serialize, ToSchema)]
#[schema(as = Dataset)]
pub(crate) struct DatasetBody<'a> {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: &'a str,
    /// What it is for.
    description: Option<&'a str>,
    /// The kind of task it serves.
    task_type: Option<&'a str>,
    /// A JSON Schema of its records.
    #[schema(value_type = Option<Object>)]
    schema: Option<&'a Value>,
    /// Its labels.
    tags: &'a [String],
    /// Its settings.
    #[schema(value_type = Option<Object>)]
    settings: Option<&'a Value>,
    /// `active`, `archived` or `deleted`.
    status: &'a str,
    /// Who made it.
    created_by: Option<Uuid>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl<'a> From<&'a DatasetRow> for DatasetBody<'a> {
    fn from(row: &'a DatasetRow) -> Self {
        Self {
            id: row.dataset_id,
            name: &row.name,
            description: row.description.as_deref(),
            task_type: row.task_type.as_deref(),
            schema: row.schema.as_ref(),
            tags: &row.tags,
            settings: row.settings.as_ref(),
            status: &row.status,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
