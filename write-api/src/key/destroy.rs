//! `POST /keys/{id}/destroy`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_access::{TenantWide, act};
use vault_commands::key::{self, DestroyedKey};
use vault_domain::KeyId;
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use crate::{error::problem, request::Bodiless, respond::written, state::WriteState};

/// A key that is no more.
#[derive(Serialize, ToSchema)]
pub(crate) struct DestroyedBody {
    /// Its id.
    id: Uuid,
}

impl From<DestroyedKey> for DestroyedBody {
    fn from(key: DestroyedKey) -> Self {
        Self {
            id: key.key_id.as_uuid(),
        }
    }
}

/// Destroy an older content key of a dataset. It is refused (409) while anything needs the key: seal anew first what it
/// sealed.
#[utoipa::path(
    post, path = "/keys/{id}/destroy", tag = "Keys",
    params(("id" = Uuid, Path, description = "The older content key."), WriteHeaders),
    responses((status = 200, description = "The key is no more.", body = DestroyedBody), ProblemResponses)
)]
pub(crate) async fn destroy(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<KeyId>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::KeyRotate>(&asker, TenantWide).await?;
    let destroyed = key::destroy(&state.vault, &permit, &request, id).await;
    let destroyed = destroyed.map_err(problem)?;
    Ok(written(&state.vault, wait, StatusCode::OK, destroyed, DestroyedBody::from).await)
}
