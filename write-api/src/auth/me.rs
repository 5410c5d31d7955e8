//! `GET /auth/me`

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_access::Credential;
use vault_domain::Action;
use vault_http::{Caller, ProblemResponses};

/// Who the caller is.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeBody {
    /// The user.
    user_id: Uuid,
    /// The tenant.
    tenant_id: Uuid,
    /// The session, of a caller who logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<Uuid>,
    /// The API key, of a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_id: Option<Uuid>,
    /// What the API key is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<&'static str>>,
    /// What the user may do, by name.
    #[schema(example = json!(["admin"]))]
    roles: Vec<&'static str>,
}

/// Who the caller is.
#[utoipa::path(
    get, path = "/auth/me", tag = "Authentication",
    responses((status = 200, description = "The caller.", body = MeBody), ProblemResponses)
)]
pub(crate) async fn me(Caller(principal): Caller) -> Json<MeBody> {
    let key = match principal.credential {
        Credential::Session(_) => None,
        Credential::ApiKey { id, scopes } => Some((id, scopes)),
    };
    Json(MeBody {
        user_id: principal.user.as_uuid(),
        tenant_id: principal.tenant.as_uuid(),
        session_id: principal.login().map(|login| login.session.as_uuid()),
        api_key_id: key.map(|(id, _)| id.as_uuid()),
        scopes: key.map(|(_, scopes)| scopes.iter().map(Action::name).collect()),
        roles: principal.roles.iter().map(vault_domain::Role::name).collect(),
    })
}
