//! `DELETE /subjects/{sid}`

use axum::{extract::State, http::StatusCode, response::Response};
use vault_access::{TenantWide, act};
use vault_commands::subject;
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use super::body::{ErasedSubjectBody, subject_name};
use crate::{error::problem, request::Bodiless, respond::written, state::WriteState};

/// Erase a person: the keys that seal their records are destroyed at once, and what they sealed is removed. Doing it again
/// changes nothing.
#[utoipa::path(
    delete, path = "/subjects/{sid}", tag = "Subjects",
    params(("sid" = String, Path, description = "The subject's id, or `ext:` and the client's own name."), WriteHeaders),
    responses(
        (status = 202, description = "The keys are destroyed; the certificate says what is pending.", body = ErasedSubjectBody),
        (status = 409, description = "The subject is held."),
        ProblemResponses
    )
)]
pub(crate) async fn erase(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(name): ApiPath<String>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::SubjectErase>(&asker, TenantWide).await?;
    let name = subject_name(&name)?;
    let erased = subject::erase(&state.vault, &permit, &request, &name)
        .await
        .map_err(problem)?;
    Ok(written(
        &state.vault,
        wait,
        StatusCode::ACCEPTED,
        erased,
        ErasedSubjectBody::from,
    )
    .await)
}
