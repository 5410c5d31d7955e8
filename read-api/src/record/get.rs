//! `GET /datasets/{id}/records/{rid}`

use axum::{Json, extract::State};
use vault_access::{Principal, act};
use vault_domain::DatasetId;
use vault_http::{ApiPath, Caller, Problem, ProblemResponses, ReadHeaders, ReadPosition};
use vault_queries::record;

use super::body::{RecordBody, record_name};
use crate::{error::problem, state::ReadState};

/// One record, by its minted id, or by `ext:` and the client's own.
#[utoipa::path(
    get, path = "/datasets/{id}/records/{rid}", tag = "Records",
    params(
        ("id" = uuid::Uuid, Path, description = "The dataset."),
        ("rid" = String, Path, description = "The record's id, or `ext:` and the client's own."),
        ReadHeaders
    ),
    responses((status = 200, description = "The record.", body = RecordBody), ProblemResponses)
)]
pub(crate) async fn get(
    State(state): State<ReadState>,
    Caller(principal): Caller,
    ApiPath((id, name)): ApiPath<(DatasetId, String)>,
    position: Option<ReadPosition>,
) -> Result<Json<RecordBody>, Problem> {
    one(&state, &principal, id, &name, position).await
}

/// One record of a draft.
pub(super) async fn one(
    state: &ReadState,
    principal: &Principal,
    id: DatasetId,
    name: &str,
    position: Option<ReadPosition>,
) -> Result<Json<RecordBody>, Problem> {
    let permit = state.permit::<act::RecordRead>(principal, id).await?;
    let name = record_name(name)?;
    state.reach(position).await?;
    let view = record::get(&state.queries, &permit, &name)
        .await
        .map_err(problem)?;
    Ok(Json(view.into()))
}
