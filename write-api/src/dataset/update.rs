//! `PATCH /datasets/{id}`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;
use vault_access::act;
use vault_commands::dataset::{Change, DatasetPatch, Patch, change};
use vault_domain::{DatasetId, ErrorCode};
use vault_http::{ApiPath, Caller, IfMatch, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{DatasetBody, answer};
use crate::{error::problem, request::Command, state::WriteState};

/// Changes to a dataset (RFC 7396): what is absent stays, what is null is cleared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatasetPatchBody {
    /// The new name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    /// The new description.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// The new task type.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    task_type: Option<Option<String>>,
    /// The new JSON Schema.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Object>)]
    schema: Option<Option<Value>>,
    /// The new labels.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    tags: Option<Option<Vec<String>>>,
    /// The new settings.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Object>)]
    settings: Option<Option<Value>>,
}

/// A member that is there, even if it is null.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

fn patch<T>(member: Option<Option<T>>) -> Patch<T> {
    match member {
        None => Patch::Keep,
        Some(None) => Patch::Clear,
        Some(Some(value)) => Patch::Set(value),
    }
}

impl DatasetPatchBody {
    fn into_patch(self) -> Result<DatasetPatch, Problem> {
        if self.name == Some(None) {
            return Err(Problem::in_field("name", ErrorCode::InvalidFieldValue, "must not be null"));
        }
        Ok(DatasetPatch {
            name: self.name.flatten(),
            description: patch(self.description),
            task_type: patch(self.task_type),
            schema: patch(self.schema),
            tags: patch(self.tags),
            settings: patch(self.settings),
        })
    }
}

/// Change some of a dataset's properties.
#[utoipa::path(
    patch, path = "/datasets/{id}", tag = "Datasets",
    params(("id" = uuid::Uuid, Path, description = "The dataset."), WriteHeaders),
    request_body = DatasetPatchBody,
    responses((status = 200, description = "The dataset as it is now.", body = DatasetBody), ProblemResponses)
)]
pub(crate) async fn update(
    State(state): State<WriteState>,
    Caller(principal): Caller,
    ApiPath(id): ApiPath<DatasetId>,
    if_match: Option<IfMatch>,
    wait: ReadModelWait,
    command: Command<DatasetPatchBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::DatasetUpdate>(&principal, id)?;
    let patch = command.body.into_patch()?;
    let is_current = |sequence| if_match.as_ref().is_none_or(|tags| tags.check(sequence).is_ok());
    let changed = change(&state.vault, &command.request, &Change::Update(&permit, &patch), is_current)
        .await
        .map_err(problem)?;
    Ok(answer(&state.vault, wait, StatusCode::OK, changed).await)
}
