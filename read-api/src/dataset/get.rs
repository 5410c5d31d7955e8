//! `GET /datasets/{id}`

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use vault_access::act;
use vault_domain::DatasetId;
use vault_http::{ApiPath, ApiQuery, Asking, Problem, ProblemResponses, ReadHeaders, entity_tag};
use vault_queries::dataset;

use super::body::DatasetBody;
use crate::{
    as_of::{AnsweredAsOf, AsOfQuery, Reading},
    error::problem,
    state::ReadState,
};

/// One dataset, as it is or as it was.
#[utoipa::path(
    get, path = "/datasets/{id}", tag = "Datasets",
    params(("id" = uuid::Uuid, Path, description = "The dataset."), AsOfQuery, ReadHeaders),
    responses((status = 200, description = "The dataset.", body = DatasetBody<'static>), ProblemResponses)
)]
pub(crate) async fn get(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<DatasetId>,
    ApiQuery(query): ApiQuery<AsOfQuery>,
    reading: Reading,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::DatasetRead>(&asker, id).await?;
    let moment = state.moment(&permit, query.as_of, reading).await?;
    let row = dataset::get(&state.queries, &permit, moment)
        .await
        .map_err(problem)?;
    let tag = entity_tag(row.sequence.unsigned_abs());
    Ok((
        [(header::ETAG, tag)],
        AnsweredAsOf(moment),
        Json(DatasetBody::from(&*row)),
    )
        .into_response())
}
