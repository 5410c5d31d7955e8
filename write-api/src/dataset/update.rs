//! `PATCH /datasets/{id}`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;
use vault_access::act;
use vault_commands::dataset::{Change, DatasetPatch, Patch, change};
use vault_domain::{DatasetId, ErrorCode};
use vault_http::{
    ApiPath, Asking, FreeJson, IfMatch, Problem, ProblemResponses, ReadModelWait, WriteHeaders,
};

use super::body::{DatasetBody, answer, current};
use crate::{error::problem, request::Command, state::WriteState};

/// A member of a merge patch (RFC 7396): absent, null, or a value.
struct Member<T>(Patch<T>);

impl<T> Default for Member<T> {
    fn default() -> Self {
        Self(Patch::Keep)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Member<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<T>::deserialize(deserializer)?;
        Ok(Self(value.map_or(Patch::Clear, Patch::Set)))
    }
}

impl Member<FreeJson> {
    fn free(self) -> Patch<Value> {
        match self.0 {
            Patch::Keep => Patch::Keep,
            Patch::Clear => Patch::Clear,
            Patch::Set(value) => Patch::Set(value.0),
        }
    }
}

/// Changes to a dataset (RFC 7396): what is absent stays, what is null is cleared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatasetPatchBody {
    /// The new name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    name: Member<String>,
    /// The new description.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    description: Member<String>,
    /// The new task type.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    task_type: Member<String>,
    /// The new JSON Schema.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    schema: Member<FreeJson>,
    /// The new labels.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    tags: Member<Vec<String>>,
    /// The new settings.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    settings: Member<FreeJson>,
}

impl DatasetPatchBody {
    fn into_patch(self) -> Result<DatasetPatch, Problem> {
        let name = match self.name.0 {
            Patch::Keep => None,
            Patch::Set(name) => Some(name),
            Patch::Clear => {
                return Err(Problem::in_field(
                    "name",
                    ErrorCode::InvalidFieldValue,
                    "must not be null",
                ));
            }
        };
        Ok(DatasetPatch {
            name,
            description: self.description.0,
            task_type: self.task_type.0,
            schema: self.schema.free(),
            tags: self.tags.0,
            settings: self.settings.free(),
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
    Asking(asker): Asking,
    ApiPath(id): ApiPath<DatasetId>,
    if_match: Option<IfMatch>,
    wait: ReadModelWait,
    command: Command<DatasetPatchBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::DatasetUpdate>(&asker, id).await?;
    let patch = command.body.into_patch()?;
    let is_current = current(if_match);
    let changed = change(
        &state.vault,
        &command.request,
        &Change::Update(&permit, &patch),
        is_current,
    )
    .await
    .map_err(problem)?;
    Ok(answer(&state.vault, wait, StatusCode::OK, changed).await)
}
