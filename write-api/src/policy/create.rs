//! `POST /policies`

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use vault_access::{TenantWide, act};
use vault_commands::policy;
use vault_http::{Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{NewPolicyBody, OwnPolicyBody, answer};
use crate::{error::problem, request::Command, state::WriteState};

/// Decide by one more policy from now on. This process does at once, all others do within a second.
#[utoipa::path(
    post, path = "/policies", tag = "Policies", params(WriteHeaders),
    request_body = NewPolicyBody,
    responses(
        (status = 201, description = "The policy decides.", body = OwnPolicyBody),
        (status = 409, description = "There are 1,000 policies already, or 50 that name neither a user nor a dataset."),
        ProblemResponses
    )
)]
pub(crate) async fn create(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    wait: ReadModelWait,
    command: Command<NewPolicyBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::PolicyManage>(&asker, TenantWide).await?;
    let input = command.body.into();
    let created = policy::create(&state.vault, &permit, &command.request, &input)
        .await
        .map_err(problem)?;
    let location = format!("/api/v1/policies/{}", created.value.id);
    let mut response = answer(&state.vault, wait, StatusCode::CREATED, created).await;
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
