//! `GET /privacy/custom-types` and `GET /privacy/custom-types/{id}`

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_domain::{CustomTypeDefinitionId, ErrorCode};
use vault_http::{ApiPath, Asking, CustomTypeBody, Problem, ProblemResponses};
use vault_queries::custom_type;

use crate::{error::problem, state::ReadState};

/// All types that a tenant describes.
#[derive(Serialize, ToSchema)]
pub(crate) struct CustomTypesBody {
    /// At most 64, in the order in which they were first described.
    items: Vec<CustomTypeBody>,
}

/// The types of personal data that the tenant describes itself. The answer can be given to `vault-server scan --custom`.
#[utoipa::path(
    get, path = "/privacy/custom-types", tag = "Privacy",
    responses((status = 200, description = "All of them.", body = CustomTypesBody), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<ReadState>,
    Asking(asker): Asking,
) -> Result<Json<CustomTypesBody>, Problem> {
    let permit = state.permit::<act::PrivacyScan>(&asker, TenantWide).await?;
    let views = custom_type::list(&state.queries, &permit)
        .await
        .map_err(problem)?;
    let items = views.into_iter().map(CustomTypeBody::from).collect();
    Ok(Json(CustomTypesBody { items }))
}

/// One type that the tenant describes itself.
#[utoipa::path(
    get, path = "/privacy/custom-types/{id}", tag = "Privacy",
    params(("id" = Uuid, Path, description = "The type.")),
    responses((status = 200, description = "The type.", body = CustomTypeBody), ProblemResponses)
)]
pub(crate) async fn get(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<CustomTypeDefinitionId>,
) -> Result<Json<CustomTypeBody>, Problem> {
    let permit = state.permit::<act::PrivacyScan>(&asker, TenantWide).await?;
    let view = custom_type::get(&state.queries, &permit, id)
        .await
        .map_err(problem)?;
    let view =
        view.ok_or_else(|| Problem::new(ErrorCode::ResourceNotFound).with_detail("There is no such type."))?;
    Ok(Json(view.into()))
}
