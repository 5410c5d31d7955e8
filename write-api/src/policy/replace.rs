//! `PUT /policies/{id}`

use axum::{extract::State, http::StatusCode, response::Response};
use vault_access::{TenantWide, act};
use vault_commands::policy;
use vault_domain::PolicyId;
use vault_http::{ApiPath, Asking, IfMatch, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{NewPolicyBody, OwnPolicyBody, answer};
use crate::{dataset::body::current, error::problem, request::Command, state::WriteState};

/// Put another policy in the place of one of the tenant's own: everything about it is replaced, but for its id.
#[utoipa::path(
    put, path = "/policies/{id}", tag = "Policies",
    params(("id" = uuid::Uuid, Path, description = "The policy."), WriteHeaders),
    request_body = NewPolicyBody,
    responses(
        (status = 200, description = "The policy as it decides now.", body = OwnPolicyBody),
        (status = 409, description = "There are 50 policies already that name neither a user nor a dataset."),
        ProblemResponses
    )
)]
pub(crate) async fn replace(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<PolicyId>,
    if_match: Option<IfMatch>,
    wait: ReadModelWait,
    command: Command<NewPolicyBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::PolicyManage>(&asker, TenantWide).await?;
    let (input, request) = (command.body.into(), &command.request);
    let replaced = policy::replace(&state.vault, &permit, request, id, &input, current(if_match))
        .await
        .map_err(problem)?;
    Ok(answer(&state.vault, wait, StatusCode::OK, replaced).await)
}
