//! `GET /datasets/{id}/versions/{v}/records/{rid}`

use axum::extract::State;
use vault_domain::{DatasetId, ErrorCode};
use vault_http::{ApiPath, ApiQuery, Asking, Problem, ProblemResponses, ReadHeaders};

use super::{
    body::RecordBody,
    get::{OneRecord, one},
};
use crate::{
    as_of::{AsOfQuery, Reading},
    state::ReadState,
};

/// One record of a version; the draft is the only one yet.
#[utoipa::path(
    get, path = "/datasets/{id}/versions/{v}/records/{rid}", tag = "Records",
    params(
        ("id" = uuid::Uuid, Path, description = "The dataset."),
        ("v" = String, Path, description = "`draft`"),
        ("rid" = String, Path, description = "The record's id, or `ext:` and the client's own."),
        AsOfQuery,
        ReadHeaders
    ),
    responses((status = 200, description = "The record.", body = RecordBody), ProblemResponses)
)]
pub(crate) async fn get_draft(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath((id, version, name)): ApiPath<(DatasetId, String, String)>,
    ApiQuery(query): ApiQuery<AsOfQuery>,
    reading: Reading,
) -> Result<OneRecord, Problem> {
    if version != "draft" {
        return Err(Problem::new(ErrorCode::VersionNotFound));
    }
    one(&state, &asker, (id, &name), query, reading).await
}
