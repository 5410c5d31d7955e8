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
pub(crate) struct DatasetBody {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// The kind of task it serves.
    task_type: Option<String>,
    /// A JSON Schema of its records.
    #[schema(value_type = Option<Object>)]
    schema: Option<Value>,
    /// Its labels.
    tags: Vec<String>,
    /// Its settings.
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
    /// `active`, `archived` or `deleted`.
    status: String,
    /// Who made it.
    created_by: Option<Uuid>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<DatasetRow> for DatasetBody {
    fn from(row: DatasetRow) -> Self {
        Self {
            id: row.dataset_id,
            name: row.name,
            description: row.description,
            task_type: row.task_type,
            schema: row.schema,
            tags: row.tags,
            settings: row.settings,
            status: row.status,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
