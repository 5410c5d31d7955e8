//! `PUT /datasets/{id}`

use axum::{extract::State, http::StatusCode, response::Response};
use vault_access::act;
use vault_commands::dataset::{Change, DatasetInput, DatasetPatch, change};
use vault_domain::DatasetId;
use vault_http::{ApiPath, Asking, IfMatch, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{DatasetBody, NewDatasetBody, answer, current};
use crate::{error::problem, request::Command, state::WriteState};

/// Replace a dataset's properties: what is not given is cleared.
#[utoipa::path(
    put, path = "/datasets/{id}", tag = "Datasets",
    params(("id" = uuid::Uuid, Path, description = "The dataset."), WriteHeaders),
    request_body = NewDatasetBody,
    responses((status = 200, description = "The dataset as it is now.", body = DatasetBody), ProblemResponses)
)]
pub(crate) async fn replace(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<DatasetId>,
    if_match: Option<IfMatch>,
    wait: ReadModelWait,
    command: Command<NewDatasetBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::DatasetUpdate>(&asker, id).await?;
    let patch = DatasetPatch::from(DatasetInput::from(command.body));
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
