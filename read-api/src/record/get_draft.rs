//! `GET /datasets/{id}/versions/{v}/records/{rid}`

use axum::{Json, extract::State};
use vault_domain::{DatasetId, ErrorCode};
use vault_http::{ApiPath, Caller, Problem, ProblemResponses, ReadHeaders, ReadPosition};

use super::{body::RecordBody, get::one};
use crate::state::ReadState;

/// One record of a version; the draft is the only one yet.
#[utoipa::path(
    get, path = "/datasets/{id}/versions/{v}/records/{rid}", tag = "Records",
    params(
        ("id" = uuid::Uuid, Path, description = "The dataset."),
        ("v" = String, Path, description = "`draft`"),
        ("rid" = String, Path, description = "The record's id, or `ext:` and the client's own."),
        ReadHeaders
    ),
    responses((status = 200, description = "The record.", body = RecordBody), ProblemResponses)
)]
pub(crate) async fn get_draft(
    State(state): State<ReadState>,
    Caller(principal): Caller,
    ApiPath((id, version, name)): ApiPath<(DatasetId, String, String)>,
    position: Option<ReadPosition>,
) -> Result<Json<RecordBody>, Problem> {
    if version != "draft" {
        return Err(Problem::new(ErrorCode::VersionNotFound));
    }
    one(&state, &principal, id, &name, position).await
}
