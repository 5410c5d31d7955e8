//! `POST /datasets/{id}/archive` and `/unarchive`

use axum::{extract::State, http::StatusCode, response::Response};
use vault_access::act;
use vault_commands::dataset::{Change, change};
use vault_domain::DatasetId;
use vault_http::{ApiPath, Asking, IfMatch, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{DatasetBody, answer, current};
use crate::{error::problem, request::Bodiless, state::WriteState};

/// Close a dataset for records and changes.
#[utoipa::path(
    post, path = "/datasets/{id}/archive", tag = "Datasets",
    params(("id" = uuid::Uuid, Path, description = "The dataset."), WriteHeaders),
    responses((status = 200, description = "The dataset is archived.", body = DatasetBody), ProblemResponses)
)]
pub(crate) async fn archive(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<DatasetId>,
    if_match: Option<IfMatch>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::DatasetUpdate>(&asker, id).await?;
    let is_current = current(if_match);
    let changed = change(&state.vault, &request, &Change::Archive(&permit), is_current)
        .await
        .map_err(problem)?;
    Ok(answer(&state.vault, wait, StatusCode::OK, changed).await)
}

/// Open an archived dataset again.
#[utoipa::path(
    post, path = "/datasets/{id}/unarchive", tag = "Datasets",
    params(("id" = uuid::Uuid, Path, description = "The dataset."), WriteHeaders),
    responses((status = 200, description = "The dataset is active.", body = DatasetBody), ProblemResponses)
)]
pub(crate) async fn unarchive(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<DatasetId>,
    if_match: Option<IfMatch>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::DatasetUpdate>(&asker, id).await?;
    let is_current = current(if_match);
    let changed = change(&state.vault, &request, &Change::Unarchive(&permit), is_current)
        .await
        .map_err(problem)?;
    Ok(answer(&state.vault, wait, StatusCode::OK, changed).await)
}
