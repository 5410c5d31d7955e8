//! `GET /policies/schema`

use axum::{extract::State, http::header, response::IntoResponse};
use vault_access::{TenantWide, act, policy::schema_text};
use vault_http::{Asking, Problem, ProblemResponses};

use crate::state::ReadState;

/// What policies can speak of, as a schema in Cedar's language: callers, actions, things, and what is known of them.
#[utoipa::path(
    get, path = "/policies/schema", tag = "Policies",
    responses((status = 200, description = "The schema.", body = String, content_type = "text/plain"), ProblemResponses)
)]
pub(crate) async fn schema(
    State(state): State<ReadState>,
    Asking(asker): Asking,
) -> Result<impl IntoResponse, Problem> {
    state.permit::<act::PolicyRead>(&asker, TenantWide).await?;
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((plain, schema_text()))
}
