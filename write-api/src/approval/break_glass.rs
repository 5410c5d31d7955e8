//! `POST /approvals/break-glass`

use axum::{extract::State, http::StatusCode, response::Response};
use vault_access::{TenantWide, act};
use vault_commands::approval;
use vault_http::{ApprovalBody, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{WishBody, require_want};
use crate::{error::problem, request::Command, respond::written, state::WriteState};

/// Go ahead without waiting for a second person, for at most an hour. What is done so is marked in the log, and a second
/// person reviews it.
#[utoipa::path(
    post, path = "/approvals/break-glass", tag = "Approvals",
    params(WriteHeaders),
    request_body = WishBody,
    responses(
        (status = 201, description = "It may be done now.", body = ApprovalBody),
        (status = 409, description = "You may do it without, or others have not reviewed what you did before."),
        ProblemResponses
    )
)]
pub(crate) async fn break_glass(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    wait: ReadModelWait,
    command: Command<WishBody>,
) -> Result<Response, Problem> {
    let permit = state
        .permit::<act::ApprovalBreakGlass>(&asker, TenantWide)
        .await?;
    let wish = command.body.check()?;
    require_want(&state, &asker, &wish).await?;
    let made = approval::break_glass(&state.vault, &permit, &command.request, &wish)
        .await
        .map_err(problem)?;
    Ok(written(&state.vault, wait, StatusCode::CREATED, made, ApprovalBody::from).await)
}
