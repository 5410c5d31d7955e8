//! `POST /approvals`

use axum::{extract::State, http::StatusCode, response::Response};
use vault_access::{TenantWide, act};
use vault_commands::approval;
use vault_http::{ApprovalBody, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{WishBody, require_want};
use crate::{error::problem, request::Command, respond::written, state::WriteState};

/// Ask for a second person's approval of what a policy does not let you do without. It waits a day for somebody to decide.
#[utoipa::path(
    post, path = "/approvals", tag = "Approvals",
    params(WriteHeaders),
    request_body = WishBody,
    responses(
        (status = 201, description = "It is asked for.", body = ApprovalBody),
        (status = 409, description = "You may do it without, or ask for too much at a time."),
        ProblemResponses
    )
)]
pub(crate) async fn request(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    wait: ReadModelWait,
    command: Command<WishBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::ApprovalRequest>(&asker, TenantWide).await?;
    let wish = command.body.check()?;
    require_want(&state, &asker, &wish).await?;
    let made = approval::request(&state.vault, &permit, &command.request, &wish)
        .await
        .map_err(problem)?;
    Ok(written(&state.vault, wait, StatusCode::CREATED, made, ApprovalBody::from).await)
}
