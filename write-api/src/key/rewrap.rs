//! `POST /keys/{id}/rewrap`, `POST /keys/{id}/rewrap/pause`

use axum::{extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_access::{TenantWide, act};
use vault_commands::key;
use vault_domain::KeyId;
use vault_event_store::ContentsRewrap;
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use crate::{error::problem, request::Bodiless, respond::written, state::WriteState};

/// How far it is with sealing anew what a key sealed.
#[derive(Serialize, ToSchema)]
pub(crate) struct RewrapBody {
    /// The key.
    id: Uuid,
    /// Whose key it is.
    dataset_id: Uuid,
    /// `running`, `paused` or `finished`: nothing is left that the key sealed.
    state: String,
    /// How many contents, and chunks of large ones, were sealed anew.
    contents: i64,
    /// What these take, sealed, in bytes.
    size_bytes: i64,
    /// When it began.
    started_at: DateTime<Utc>,
    /// When nothing was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<DateTime<Utc>>,
}

impl From<ContentsRewrap> for RewrapBody {
    fn from(rewrap: ContentsRewrap) -> Self {
        Self {
            id: rewrap.key_id,
            dataset_id: rewrap.dataset_id,
            state: rewrap.state,
            contents: rewrap.contents,
            size_bytes: rewrap.size_bytes,
            started_at: rewrap.started_at,
            finished_at: rewrap.finished_at,
        }
    }
}

/// Seal anew, with the newest key, what an older content key of a dataset sealed, or go on with it. `GET /keys` shows how
/// far it is.
#[utoipa::path(
    post, path = "/keys/{id}/rewrap", tag = "Keys",
    params(("id" = Uuid, Path, description = "The older content key."), WriteHeaders),
    responses((status = 202, description = "It is done in the background.", body = RewrapBody), ProblemResponses)
)]
pub(crate) async fn rewrap(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<KeyId>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::KeyRotate>(&asker, TenantWide).await?;
    let rewrap = key::rewrap_contents(&state.vault, &permit, &request, id).await;
    let rewrap = rewrap.map_err(problem)?;
    Ok(written(&state.vault, wait, StatusCode::ACCEPTED, rewrap, RewrapBody::from).await)
}

/// Leave it be until it is asked for again. What is done stays done.
#[utoipa::path(
    post, path = "/keys/{id}/rewrap/pause", tag = "Keys",
    params(("id" = Uuid, Path, description = "The older content key."), WriteHeaders),
    responses((status = 200, description = "How far it is.", body = RewrapBody), ProblemResponses)
)]
pub(crate) async fn pause(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<KeyId>,
    wait: ReadModelWait,
    Bodiless(_request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::KeyRotate>(&asker, TenantWide).await?;
    let paused = key::pause_rewrap(&state.vault, &permit, id).await;
    let paused = paused.map_err(problem)?;
    Ok(written(&state.vault, wait, StatusCode::OK, paused, RewrapBody::from).await)
}
