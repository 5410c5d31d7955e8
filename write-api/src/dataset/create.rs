//! `POST /datasets`

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use vault_access::{TenantWide, act};
use vault_commands::dataset;
use vault_http::{Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{DatasetBody, NewDatasetBody, answer};
use crate::{error::problem, request::Command, state::WriteState};

/// Create a dataset.
#[utoipa::path(
    post, path = "/datasets", tag = "Datasets", params(WriteHeaders),
    request_body = NewDatasetBody,
    responses(
        (status = 201, description = "The dataset exists.", body = DatasetBody),
        (status = 409, description = "Another dataset has that name."),
        ProblemResponses
    )
)]
pub(crate) async fn create(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    wait: ReadModelWait,
    command: Command<NewDatasetBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::DatasetCreate>(&asker, TenantWide).await?;
    let input = command.body.into();
    let created = dataset::create(&state.vault, &permit, &command.request, &input)
        .await
        .map_err(problem)?;
    let location = format!("/api/v1/datasets/{}", created.value.id);
    let mut response = answer(&state.vault, wait, StatusCode::CREATED, created).await;
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
