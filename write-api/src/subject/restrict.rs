//! `POST` and `DELETE /subjects/{sid}/restrict`

use axum::{extract::State, http::StatusCode, response::Response};
use vault_access::{TenantWide, act};
use vault_commands::subject;
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{ChangedSubjectBody, subject_name};
use crate::{error::problem, request::Bodiless, respond::written, state::WriteState};

/// Restrict the use of a person's records: they are kept, and no read shows them.
#[utoipa::path(
    post, path = "/subjects/{sid}/restrict", tag = "Subjects",
    params(("sid" = String, Path, description = "The subject's id, or `ext:` and the client's own name."), WriteHeaders),
    responses((status = 200, description = "Reads refuse.", body = ChangedSubjectBody), ProblemResponses)
)]
pub(crate) async fn restrict(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(name): ApiPath<String>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::SubjectManage>(&asker, TenantWide).await?;
    let name = subject_name(&name)?;
    let changed = subject::restrict(&state.vault, &permit, &request, &name).await;
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

/// Lift the restriction, if there is one.
#[utoipa::path(
    delete, path = "/subjects/{sid}/restrict", tag = "Subjects",
    params(("sid" = String, Path, description = "The subject's id, or `ext:` and the client's own name."), WriteHeaders),
    responses((status = 200, description = "Reads answer.", body = ChangedSubjectBody), ProblemResponses)
)]
pub(crate) async fn lift(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(name): ApiPath<String>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::SubjectManage>(&asker, TenantWide).await?;
    let name = subject_name(&name)?;
    let changed = subject::lift_restriction(&state.vault, &permit, &request, &name).await;
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
