//! `GET /datasets/{id}/records/{rid}`

use axum::{Json, extract::State};
use vault_access::{Asker, act};
use vault_domain::DatasetId;
use vault_http::{ApiPath, ApiQuery, Asking, Problem, ProblemResponses, ReadHeaders};
use vault_queries::record;

use super::body::{RecordBody, record_name};
use crate::{
    as_of::{AnsweredAsOf, AsOfQuery, Reading},
    error::problem,
    state::ReadState,
};

/// The answer with one record.
pub(super) type OneRecord = (AnsweredAsOf, Json<RecordBody>);

/// One record, by its minted id, or by `ext:` and the client's own.
#[utoipa::path(
    get, path = "/datasets/{id}/records/{rid}", tag = "Records",
    params(
        ("id" = uuid::Uuid, Path, description = "The dataset."),
        ("rid" = String, Path, description = "The record's id, or `ext:` and the client's own."),
        AsOfQuery,
        ReadHeaders
    ),
    responses((status = 200, description = "The record.", body = RecordBody), ProblemResponses)
)]
pub(crate) async fn get(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath((id, name)): ApiPath<(DatasetId, String)>,
    ApiQuery(query): ApiQuery<AsOfQuery>,
    reading: Reading,
) -> Result<OneRecord, Problem> {
    one(&state, &asker, (id, &name), query, reading).await
}

/// One record of a draft.
pub(super) async fn one(
    state: &ReadState,
    asker: &Asker,
    (id, name): (DatasetId, &str),
    query: AsOfQuery,
    reading: Reading,
) -> Result<OneRecord, Problem> {
    let permit = state.permit::<act::RecordRead>(asker, id).await?;
    let name = record_name(name)?;
    let moment = state.moment(&permit, query.as_of, reading).await?;
    let view = record::get(&state.queries, &permit, &name, moment)
        .await
        .map_err(problem)?;
    Ok((AnsweredAsOf(moment), Json(view.into())))
}
