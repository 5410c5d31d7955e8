//! `GET /datasets/{id}/records`

use axum::{Json, extract::State};
use vault_access::{Asker, act};
use vault_domain::DatasetId;
use vault_http::{ApiPath, ApiQuery, Asking, Cursor, Page, Problem, ProblemResponses, ReadHeaders};
use vault_queries::record::{self, RecordPage};

use super::body::{ORDER, RecordBody, RecordQuery};
use crate::{
    as_of::{AnsweredAsOf, Reading},
    error::problem,
    state::ReadState,
};

/// The answer with one page of records.
pub(super) type RecordsPage = (AnsweredAsOf, Json<Page<RecordBody>>);

/// The records of the default branch's draft, in the order in which they were added.
#[utoipa::path(
    get, path = "/datasets/{id}/records", tag = "Records",
    params(("id" = uuid::Uuid, Path, description = "The dataset."), RecordQuery, ReadHeaders),
    responses((status = 200, description = "One page of records.", body = Page<RecordBody>), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<DatasetId>,
    ApiQuery(query): ApiQuery<RecordQuery>,
    reading: Reading,
) -> Result<RecordsPage, Problem> {
    page(&state, &asker, id, &query, reading).await
}

/// One page of a draft's records.
pub(super) async fn page(
    state: &ReadState,
    asker: &Asker,
    id: DatasetId,
    query: &RecordQuery,
    reading: Reading,
) -> Result<RecordsPage, Problem> {
    let permit = state.permit::<act::RecordRead>(asker, id).await?;
    let filter = query.filter()?;
    let moment = state.moment(&permit, query.as_of, reading).await?;
    let RecordPage { records, more } =
        record::list(&state.queries, &permit, filter, moment, query.limit.items())
            .await
            .map_err(problem)?;
    let last = records.last().filter(|_| more);
    let next_cursor = last.map(|last| Cursor::after(ORDER, "", last.id.as_uuid()).to_string());
    let page = Page {
        items: records.into_iter().map(RecordBody::from).collect(),
        next_cursor,
    };
    Ok((AnsweredAsOf(moment), Json(page)))
}
