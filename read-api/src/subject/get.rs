//! `GET /subjects/{sid}`

use axum::{Json, extract::State};
use vault_access::{TenantWide, act};
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadHeaders, ReadPosition};
use vault_queries::subject;

use super::body::{SubjectBody, subject_name};
use crate::{error::problem, state::ReadState};

/// What is known of a person whom records are about, without content.
#[utoipa::path(
    get, path = "/subjects/{sid}", tag = "Subjects",
    params(
        ("sid" = String, Path, description = "The subject's id, or `ext:` and the client's own name."),
        ReadHeaders
    ),
    responses((status = 200, description = "The subject.", body = SubjectBody), ProblemResponses)
)]
pub(crate) async fn get(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath(name): ApiPath<String>,
    position: Option<ReadPosition>,
) -> Result<Json<SubjectBody>, Problem> {
    let permit = state.permit::<act::SubjectRead>(&asker, TenantWide).await?;
    let name = subject_name(&name)?;
    state.reach(position).await?;
    let view = subject::get(&state.queries, &permit, &name).await;
    Ok(Json(view.map_err(problem)?.into()))
}
