//! `GET /datasets/{id}`

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use vault_access::act;
use vault_domain::DatasetId;
use vault_http::{ApiPath, Caller, Problem, ProblemResponses, ReadHeaders, ReadPosition, entity_tag};
use vault_queries::dataset;

use super::body::DatasetBody;
use crate::{error::problem, state::ReadState};

/// One dataset.
#[utoipa::path(
    get, path = "/datasets/{id}", tag = "Datasets",
    params(("id" = uuid::Uuid, Path, description = "The dataset."), ReadHeaders),
    responses((status = 200, description = "The dataset.", body = DatasetBody), ProblemResponses)
)]
pub(crate) async fn get(
    State(state): State<ReadState>,
    Caller(principal): Caller,
    ApiPath(id): ApiPath<DatasetId>,
    position: Option<ReadPosition>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::DatasetRead>(&principal, id).await?;
    state.reach(position).await?;
    let row = dataset::get(&state.queries, &permit).await.map_err(problem)?;
    let tag = entity_tag(row.sequence.unsigned_abs());
    Ok(([(header::ETAG, tag)], Json(DatasetBody::from(row))).into_response())
}
