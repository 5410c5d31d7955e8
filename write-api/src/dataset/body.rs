//! What requests and answers say of a dataset.

use axum::{http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_commands::{
    Vault, Written,
    dataset::{DatasetInput, DatasetView},
};
use vault_http::{FreeJson, IfMatch, ReadModelWait, entity_tag};

use crate::respond::written;

/// A dataset to create, or the whole of one to replace.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDatasetBody {
    /// Its name, unique in the tenant, at most 255 characters.
    #[schema(min_length = 1, max_length = 255, example = "Support chats")]
    name: String,
    /// What it is for, at most 4,096 characters.
    #[schema(max_length = 4096)]
    description: Option<String>,
    /// The kind of task it serves, at most 63 characters.
    #[schema(max_length = 63, example = "chat")]
    task_type: Option<String>,
    /// A JSON Schema of its records, at most 64 KiB.
    #[schema(value_type = Option<Object>)]
    schema: Option<FreeJson>,
    /// At most 50 labels of at most 63 characters.
    #[schema(max_items = 50)]
    tags: Option<Vec<String>>,
    /// A JSON object, at most 64 KiB. `sensitivity` may be `normal`, or `sensitive`: then reads of records are answered
    /// only when they are in the log.
    #[schema(value_type = Option<Object>)]
    settings: Option<FreeJson>,
}

impl From<NewDatasetBody> for DatasetInput {
    fn from(body: NewDatasetBody) -> Self {
        let NewDatasetBody {
            name,
            description,
            task_type,
            schema,
            tags,
            settings,
        } = body;
        Self {
            name,
            description,
            task_type,
            schema: schema.map(|schema| schema.0),
            tags,
            settings: settings.map(|settings| settings.0),
        }
    }
}

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
    status: &'static str,
    /// Who made it.
    created_by: Option<Uuid>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<DatasetView> for DatasetBody {
    fn from(view: DatasetView) -> Self {
        Self {
            id: view.id.as_uuid(),
            name: view.name,
            description: view.description,
            task_type: view.task_type,
            schema: view.schema,
            tags: view.tags,
            settings: view.settings,
            status: view.status.as_str(),
            created_by: view.created_by.map(vault_domain::UserId::as_uuid),
            created_at: view.created_at,
            updated_at: view.updated_at,
        }
    }
}

/// Whether a change may be made to the state at a sequence: any, unless the client names the states that it saw.
pub(crate) fn current(if_match: Option<IfMatch>) -> impl Fn(u64) -> bool + Send + Sync {
    move |sequence| if_match.as_ref().is_none_or(|tags| tags.check(sequence).is_ok())
}

/// Answers with a dataset and its entity tag.
pub(super) async fn answer(
    vault: &Vault,
    wait: ReadModelWait,
    status: StatusCode,
    changed: Written<DatasetView>,
) -> Response {
    let tag = entity_tag(changed.value.sequence);
    let mut response = written(vault, wait, status, changed, DatasetBody::from).await;
    response.headers_mut().insert(axum::http::header::ETAG, tag);
    response
}
