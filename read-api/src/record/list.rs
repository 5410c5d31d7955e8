//! `GET /datasets/{id}/records`

use axum::{Json, extract::State};
use vault_access::{Principal, act};
use vault_domain::DatasetId;
use vault_http::{
    ApiPath, ApiQuery, Caller, Cursor, Page, Problem, ProblemResponses, ReadHeaders, ReadPosition,
};
use vault_queries::record::{self, RecordPage};

use super::body::{ORDER, RecordBody, RecordQuery};
use crate::{error::problem, state::ReadState};

/// The records of the default branch's draft, in the order in which they were added.
#[utoipa::path(
    get, path = "/datasets/{id}/records", tag = "Records",
    params(("id" = uuid::Uuid, Path, description = "The dataset."), RecordQuery, ReadHeaders),
    responses((status = 200, description = "One page of records.", body = Page<RecordBody>), ProblemResponses)
)]
pub(crate) async fn list(
    State(state): State<ReadState>,
    Caller(principal): Caller,
    ApiPath(id): ApiPath<DatasetId>,
    ApiQuery(query): ApiQuery<RecordQuery>,
    position: Option<ReadPosition>,
) -> Result<Json<Page<RecordBody>>, Problem> {
    page(&state, &principal, id, &query, position).await
}

/// One page of a draft's records.
pub(super) async fn page(
    state: &ReadState,
    principal: &Principal,
    id: DatasetId,
    query: &RecordQuery,
    position: Option<ReadPosition>,
) -> Result<Json<Page<RecordBody>>, Problem> {
    let permit = state.permit::<act::RecordRead>(principal, id).await?;
    let filter = query.filter()?;
    state.reach(position).await?;
    let RecordPage { records, more } = record::list(&state.queries, &permit, &filter, query.limit.items())
        .await
        .map_err(problem)?;
    let last = records.last().filter(|_| more);
    let next_cursor = last.map(|last| Cursor::after(ORDER, "", last.id.as_uuid()).to_string());
    Ok(Json(Page {
        items: records.into_iter().map(RecordBody::from).collect(),
        next_cursor,
    }))
}
