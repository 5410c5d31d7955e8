//! `DELETE /datasets/{id}`

use axum::{extract::State, http::StatusCode, response::Response};
use vault_access::act;
use vault_commands::dataset::{Change, change};
use vault_domain::DatasetId;
use vault_http::{ApiPath, Asking, IfMatch, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::current;
use crate::{error::problem, request::Bodiless, respond::written, state::WriteState};

/// Delete a dataset. Its records disappear from reads; its name can be given to another.
#[utoipa::path(
    delete, path = "/datasets/{id}", tag = "Datasets",
    params(("id" = uuid::Uuid, Path, description = "The dataset."), WriteHeaders),
    responses((status = 204, description = "The dataset is deleted."), ProblemResponses)
)]
pub(crate) async fn delete(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<DatasetId>,
    if_match: Option<IfMatch>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::DatasetDelete>(&asker, id).await?;
    let is_current = current(if_match);
    let deleted = change(&state.vault, &request, &Change::Delete(&permit), is_current)
        .await
        .map_err(problem)?;
    let mut response = written(&state.vault, wait, StatusCode::NO_CONTENT, deleted, |_| ()).await;
    *response.body_mut() = axum::body::Body::empty();
    response.headers_mut().remove(axum::http::header::CONTENT_TYPE);
    response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    Ok(response)
}
