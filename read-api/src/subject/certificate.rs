//! `GET /subjects/{sid}/certificate`

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header::ACCEPT},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_http::{ApiPath, Asking, Problem, ProblemResponses, ReadHeaders, ReadPosition};
use vault_queries::subject;

use super::body::subject_name;
use crate::{audit::head::NOTE, error::problem, state::ReadState};

/// What became of an erased subject.
#[derive(Serialize, ToSchema)]
#[schema(as = ErasureCertificate)]
pub(crate) struct CertificateBody {
    /// What the note says: every place with `purged`, `unreadable`, `reversible` (by which key, until when), `pending` or
    /// `notified`, and the events that say so with proofs that the log holds them.
    #[schema(value_type = Object)]
    certificate: Value,
    /// The same as a signed note (C2SP signed-note), which `vault-server audit certificate` verifies.
    note: String,
}

/// The certificate of an erasure, as far as it is; with `Accept: text/plain` the signed note alone.
#[utoipa::path(
    get, path = "/subjects/{sid}/certificate", tag = "Subjects",
    params(("sid" = String, Path, description = "The subject's id."), ReadHeaders),
    responses((status = 200, description = "The certificate.", body = CertificateBody), ProblemResponses)
)]
pub(crate) async fn certificate(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath(name): ApiPath<String>,
    position: Option<ReadPosition>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::SubjectRead>(&asker, TenantWide).await?;
    let name = subject_name(&name)?;
    state.reach(position).await?;
    let signed = subject::certificate(&state.queries, &permit, &name)
        .await
        .map_err(problem)?;
    let wants_text = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.starts_with("text/plain"));
    if wants_text {
        return Ok((NOTE, signed.note).into_response());
    }
    let body = CertificateBody {
        certificate: serde_json::to_value(&signed.certificate).map_err(Problem::internal)?,
        note: signed.note,
    };
    Ok(Json(body).into_response())
}
