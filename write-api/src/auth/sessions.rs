//! `GET /auth/sessions` and `DELETE /auth/sessions/{session_id}`. Sessions are state beside the log, so they are read here.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_commands::session;
use vault_domain::SessionId;
use vault_http::{ApiPath, Person, Problem, ProblemResponses, RequestContext};

use crate::{error::problem, request::unkeyed, state::WriteState};

/// The caller's sessions.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionsBody {
    /// The last used first; at most 100.
    items: Vec<SessionBody>,
}

/// What began with one login.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionBody {
    /// The session.
    id: Uuid,
    /// When the user logged in.
    started_at: DateTime<Utc>,
    /// When it got tokens last.
    refreshed_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    is_current: bool,
}

/// The caller's sessions that go on.
#[utoipa::path(
    get, path = "/auth/sessions", tag = "Authentication",
    responses((status = 200, description = "The sessions.", body = SessionsBody), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<WriteState>,
    Person { principal, login }: Person,
) -> Result<Json<SessionsBody>, Problem> {
    let sessions = session::list(&state.vault, &principal).await.map_err(problem)?;
    let items = sessions.into_iter().map(|row| SessionBody {
        id: row.session_id,
        started_at: row.started_at,
        refreshed_at: row.refreshed_at,
        is_current: row.session_id == login.session.as_uuid(),
    });
    Ok(Json(SessionsBody {
        items: items.collect(),
    }))
}

/// End one of the caller's sessions: every node refuses its tokens within a second.
#[utoipa::path(
    delete, path = "/auth/sessions/{session_id}", tag = "Authentication",
    params(("session_id" = Uuid, Path, description = "The session.")),
    responses((status = 204, description = "The session has ended."), ProblemResponses)
)]
pub(crate) async fn end(
    State(state): State<WriteState>,
    Person { principal, .. }: Person,
    ApiPath(id): ApiPath<SessionId>,
    context: RequestContext,
) -> Result<StatusCode, Problem> {
    session::end(&state.vault, &unkeyed(&context), &principal, id)
        .await
        .map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
