//! `GET /datasets/{id}/versions/{v}/records`

use axum::extract::State;
use vault_domain::{DatasetId, ErrorCode};
use vault_http::{ApiPath, ApiQuery, Asking, Page, Problem, ProblemResponses, ReadHeaders};

use super::{
    body::{RecordBody, RecordQuery},
    list::{RecordsPage, page},
};
use crate::{as_of::Reading, state::ReadState};

/// The records of a version; the draft is the only one yet.
#[utoipa::path(
    get, path = "/datasets/{id}/versions/{v}/records", tag = "Records",
    params(
        ("id" = uuid::Uuid, Path, description = "The dataset."),
        ("v" = String, Path, description = "`draft`"),
        RecordQuery,
        ReadHeaders
    ),
    responses((status = 200, description = "One page of records.", body = Page<RecordBody>), ProblemResponses)
)]
pub(crate) async fn list_draft(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath((id, version)): ApiPath<(DatasetId, String)>,
    ApiQuery(query): ApiQuery<RecordQuery>,
    reading: Reading,
) -> Result<RecordsPage, Problem> {
    if version != "draft" {
        return Err(Problem::new(ErrorCode::VersionNotFound));
    }
    page(&state, &asker, id, &query, reading).await
}
