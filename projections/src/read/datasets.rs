//! Rows of `datasets`.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::QueryBuilder;
use uuid::Uuid;
use vault_domain::{DatasetId, dataset::Sensitivity};
use vault_event_store::{Database, TenantTransaction};

/// One dataset.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DatasetRow {
    /// Its id.
    pub dataset_id: Uuid,
    /// `active`, `archived` or `deleted`.
    pub status: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The kind of task it serves.
    pub task_type: Option<String>,
    /// Its labels.
    pub tags: Vec<String>,
    /// A JSON Schema of its records.
    pub schema: Option<Value>,
    /// Its settings.
    pub settings: Option<Value>,
    /// The last sequence of its stream.
    pub sequence: i64,
    /// Who made it.
    pub created_by: Option<Uuid>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl DatasetRow {
    /// How carefully its records are handed out, by its settings.
    #[must_use]
    pub fn sensitivity(&self) -> Sensitivity {
        Sensitivity::of(self.settings.as_ref())
    }
}

const COLUMNS: &str = "dataset_id, status, name, description, task_type, tags, schema, settings, sequence, created_by, \
     created_at, updated_at";

/// What datasets are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DatasetSortField {
    /// When they were made.
    #[default]
    CreatedAt,
    /// When they last changed.
    UpdatedAt,
    /// Their name.
    Name,
}

/// Which way they are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortOrder {
    /// Smallest, oldest first.
    Ascending,
    /// Largest, newest first.
    #[default]
    Descending,
}

/// The order of a list; ids settle ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DatasetSort {
    /// By what.
    pub field: DatasetSortField,
    /// Which way.
    pub order: SortOrder,
}

impl DatasetSortField {
    const fn column(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::Name => "name",
        }
    }
}

/// What a row is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatasetSortKey {
    /// A time.
    Time(DateTime<Utc>),
    /// A text.
    Text(String),
}

impl DatasetRow {
    /// What a list that is sorted by this field goes on after.
    #[must_use]
    pub fn sort_key(&self, field: DatasetSortField) -> DatasetSortKey {
        match field {
            DatasetSortField::CreatedAt => DatasetSortKey::Time(self.created_at),
            DatasetSortField::UpdatedAt => DatasetSortKey::Time(self.updated_at),
            DatasetSortField::Name => DatasetSortKey::Text(self.name.clone()),
        }
    }
}

/// Which datasets are asked for.
#[derive(Debug, Clone, Default)]
pub struct DatasetFilter {
    /// With exactly this name.
    pub name: Option<String>,
    /// With this label.
    pub tag: Option<String>,
    /// With this task type.
    pub task_type: Option<String>,
    /// Made after.
    pub created_after: Option<DateTime<Utc>>,
    /// After the dataset with this sort key and id.
    pub after: Option<(DatasetSortKey, Uuid)>,
}

/// A dataset that is not deleted.
///
/// # Errors
/// When reading fails.
pub async fn find_dataset(
    transaction: &mut TenantTransaction,
    id: DatasetId,
) -> Result<Option<DatasetRow>, sqlx::Error> {
    sqlx::query_as(&format!(
        "SELECT {COLUMNS} FROM read_models.datasets WHERE dataset_id = $1 AND status <> 'deleted' \
         AND tenant_id = current_tenant()"
    ))
    .bind(id.as_uuid())
    .fetch_optional(&mut **transaction)
    .await
}

/// A dataset, and how far its read model had come when it was read.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FoundDataset {
    /// Its row.
    #[sqlx(flatten)]
    pub row: DatasetRow,
    /// The last position that the read model had applied.
    pub as_of: i64,
    /// The table that it was read from; another one serves after a rebuild.
    pub copy: i64,
}

/// A dataset that is not deleted, and how far its read model had come, in one statement: both are as of the same moment.
///
/// # Errors
/// When reading fails.
pub async fn find_dataset_as_of(
    transaction: &mut TenantTransaction,
    id: DatasetId,
) -> Result<Option<FoundDataset>, sqlx::Error> {
    sqlx::query_as(&format!(
        "SELECT {COLUMNS}, tableoid::int8 AS copy, \
         (SELECT position FROM projection_checkpoints WHERE projection = 'datasets') AS as_of \
         FROM read_models.datasets WHERE dataset_id = $1 AND status <> 'deleted' AND tenant_id = current_tenant()"
    ))
    .bind(id.as_uuid())
    .fetch_optional(&mut **transaction)
    .await
}

/// The table that the rows of datasets are read from.
///
/// # Errors
/// When reading fails.
pub async fn serving_copy(database: &Database) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT 'read_models.datasets'::regclass::oid::int8")
        .fetch_one(&database.watching())
        .await
}

/// The datasets that are not deleted, at most `limit`.
///
/// # Errors
/// When reading fails.
pub async fn list_datasets(
    transaction: &mut TenantTransaction,
    filter: &DatasetFilter,
    sort: DatasetSort,
    limit: i64,
) -> Result<Vec<DatasetRow>, sqlx::Error> {
    let column = sort.field.column();
    let (direction, comparison) = match sort.order {
        SortOrder::Ascending => ("ASC", ">"),
        SortOrder::Descending => ("DESC", "<"),
    };
    let mut query = QueryBuilder::new(format!(
        "SELECT {COLUMNS} FROM read_models.datasets WHERE status <> 'deleted' AND tenant_id = current_tenant()"
    ));
    if let Some(name) = &filter.name {
        query.push(" AND name = ").push_bind(name);
    }
    if let Some(tag) = &filter.tag {
        query.push(" AND tags @> ARRAY[").push_bind(tag).push("]");
    }
    if let Some(task_type) = &filter.task_type {
        query.push(" AND task_type = ").push_bind(task_type);
    }
    if let Some(created_after) = filter.created_after {
        query.push(" AND created_at > ").push_bind(created_after);
    }
    if let Some((key, id)) = &filter.after {
        query.push(format!(" AND ({column}, dataset_id) {comparison} ("));
        match key {
            DatasetSortKey::Time(time) => query.push_bind(time),
            DatasetSortKey::Text(text) => query.push_bind(text),
        };
        query.push(", ").push_bind(id).push(")");
    }
    query
        .push(format!(
            " ORDER BY {column} {direction}, dataset_id {direction} LIMIT "
        ))
        .push_bind(limit);
    query.build_query_as().fetch_all(&mut **transaction).await
}
