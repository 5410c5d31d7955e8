//! `PUT` and `DELETE /subjects/{sid}/hold`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_commands::subject;
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{ChangedSubjectBody, subject_name};
use crate::{
    error::problem,
    request::{Bodiless, Command},
    respond::written,
    state::WriteState,
};

/// Why a person must not be erased.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldBody {
    /// The reason, at most 1,000 characters: who asks for the erasure is told.
    #[schema(example = "litigation 2026-117")]
    reason: String,
}

/// Hold a person: an erasure is refused, with the reason, until the hold is released.
#[utoipa::path(
    put, path = "/subjects/{sid}/hold", tag = "Subjects",
    params(("sid" = String, Path, description = "The subject's id, or `ext:` and the client's own name."), WriteHeaders),
    request_body = HoldBody,
    responses((status = 200, description = "The subject is held.", body = ChangedSubjectBody), ProblemResponses)
)]
pub(crate) async fn hold(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(name): ApiPath<String>,
    wait: ReadModelWait,
    command: Command<HoldBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::SubjectManage>(&asker, TenantWide).await?;
    let name = subject_name(&name)?;
    let changed = subject::hold(
        &state.vault,
        &permit,
        &command.request,
        &name,
        &command.body.reason,
    )
    .await;
    let changed = changed.map_err(problem)?;
    Ok(written(
        &state.vault,
        wait,
        StatusCode::OK,
        changed,
        ChangedSubjectBody::from,
    )
    .await)
}

/// Release the hold on a person, if there is one.
#[utoipa::path(
    delete, path = "/subjects/{sid}/hold", tag = "Subjects",
    params(("sid" = String, Path, description = "The subject's id, or `ext:` and the client's own name."), WriteHeaders),
    responses((status = 200, description = "The subject is not held.", body = ChangedSubjectBody), ProblemResponses)
)]
pub(crate) async fn release(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(name): ApiPath<String>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::SubjectManage>(&asker, TenantWide).await?;
    let name = subject_name(&name)?;
    let changed = subject::release_hold(&state.vault, &permit, &request, &name).await;
    let changed = changed.map_err(problem)?;
    Ok(written(
        &state.vault,
        wait,
        StatusCode::OK,
        changed,
        ChangedSubjectBody::from,
    )
    .await)
}
