//! `POST /keys/{id}/rotate`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_access::{TenantWide, act};
use vault_commands::key::{self, RotatedKey};
use vault_domain::{KeyId, key::KeyScope};
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadModelWait, WriteHeaders};

use crate::{error::problem, request::Bodiless, respond::written, state::WriteState};

/// The key that seals now.
#[derive(Serialize, ToSchema)]
pub(crate) struct RotatedBody {
    /// Its id.
    id: Uuid,
    /// Whose key it is: `tenant`, `dataset`, `user` or `subject`.
    scope_type: &'static str,
    /// Which dataset, user or subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope_id: Option<Uuid>,
    /// Its generation.
    generation: u32,
    /// The key that sealed before; what it sealed stays readable.
    previous_id: Uuid,
}

impl From<RotatedKey> for RotatedBody {
    fn from(key: RotatedKey) -> Self {
        let (scope_type, scope_id) = match key.scope {
            KeyScope::Tenant => ("tenant", None),
            KeyScope::Dataset(id) => ("dataset", Some(id.as_uuid())),
            KeyScope::User(id) => ("user", Some(id.as_uuid())),
            KeyScope::Subject(id) => ("subject", Some(id.as_uuid())),
        };
        Self {
            id: key.key_id.as_uuid(),
            scope_type,
            scope_id,
            generation: key.generation,
            previous_id: key.previous.as_uuid(),
        }
    }
}

/// Seal with a new key from now on, in the place of an active content key.
#[utoipa::path(
    post, path = "/keys/{id}/rotate", tag = "Keys",
    params(("id" = Uuid, Path, description = "The key that seals now."), WriteHeaders),
    responses((status = 200, description = "The new key.", body = RotatedBody), ProblemResponses)
)]
pub(crate) async fn rotate(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<KeyId>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::KeyRotate>(&asker, TenantWide).await?;
    let rotated = key::rotate(&state.vault, &permit, &request, id).await;
    let rotated = rotated.map_err(problem)?;
    Ok(written(&state.vault, wait, StatusCode::OK, rotated, RotatedBody::from).await)
}
