//! `GET /auth/me`

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_http::{Caller, ProblemResponses};

/// Who the caller is.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeBody {
    /// The user.
    user_id: Uuid,
    /// The tenant.
    tenant_id: Uuid,
    /// The session.
    session_id: Uuid,
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
    Json(MeBody {
        user_id: principal.user.as_uuid(),
        tenant_id: principal.tenant.as_uuid(),
        session_id: principal.session.as_uuid(),
        roles: principal.roles.iter().map(vault_domain::Role::name).collect(),
    })
}
