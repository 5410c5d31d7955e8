//! `GET /audit/checkpoint`, `/audit/tenant-head` and `/audit/public-key`

use axum::{Json, extract::State, http::header::CONTENT_TYPE, response::IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vault_access::{TenantWide, act};
use vault_http::{ApiQuery, Caller, Problem, ProblemResponses};
use vault_queries::tree;

use crate::{error::problem, state::ReadState};

/// How a signed note is sent.
pub(super) const NOTE: [(axum::http::HeaderName, &str); 1] = [(CONTENT_TYPE, "text/plain; charset=utf-8")];

/// The newest signed head of the tree over the log (C2SP tlog-checkpoint). Keep it: only whoever knows an earlier head
/// can tell that the log was cut off or put back.
#[utoipa::path(
    get, path = "/audit/checkpoint", tag = "Audit",
    responses((status = 200, description = "A signed note.", body = String, content_type = "text/plain"), ProblemResponses)
)]
pub(crate) async fn checkpoint(
    State(state): State<ReadState>,
    Caller(principal): Caller,
) -> Result<impl IntoResponse, Problem> {
    let permit = state.permit::<act::AuditRead>(&principal, TenantWide).await?;
    let head = tree::head(&state.queries, &permit, None).await.map_err(problem)?;
    Ok((NOTE, head.note))
}

/// Of which tree.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TenantHeadQuery {
    /// The size of a signed tree; the newest one when none is given.
    size: Option<u64>,
}

/// How many events the caller's tenant has in the newest signed tree, and the hash of the last, as a signed note of four
/// lines: log and tenant, count, hash, size of the tree. Whoever was given fewer events knows that some were left out.
#[utoipa::path(
    get, path = "/audit/tenant-head", tag = "Audit", params(TenantHeadQuery),
    responses((status = 200, description = "A signed note.", body = String, content_type = "text/plain"), ProblemResponses)
)]
pub(crate) async fn tenant_head(
    State(state): State<ReadState>,
    Caller(principal): Caller,
    ApiQuery(query): ApiQuery<TenantHeadQuery>,
) -> Result<impl IntoResponse, Problem> {
    let permit = state.permit::<act::AuditRead>(&principal, TenantWide).await?;
    let note = tree::tenant_head(&state.queries, &permit, query.size)
        .await
        .map_err(problem)?;
    Ok((NOTE, note))
}

/// Who signs heads.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogKeysBody {
    /// The name of the log.
    #[schema(example = "llm-data-vault/0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b")]
    origin: String,
    /// Its public keys, the oldest first.
    keys: Vec<LogKeyBody>,
}

/// A public key of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogKeyBody {
    /// The key as C2SP signed-note writes it: name, id and key, with a plus sign between.
    verifier: String,
    /// The size of the first tree that it signed.
    first_size: i64,
}

/// The name of the log and the public keys that its heads are signed with. Get them once by a way that you trust, and
/// compare: a server that lies about the log may lie about its key.
#[utoipa::path(
    get, path = "/audit/public-key", tag = "Audit",
    responses((status = 200, description = "Name and keys.", body = LogKeysBody), ProblemResponses)
)]
pub(crate) async fn public_key(
    State(state): State<ReadState>,
    Caller(principal): Caller,
) -> Result<Json<LogKeysBody>, Problem> {
    let permit = state.permit::<act::AuditRead>(&principal, TenantWide).await?;
    let keys = tree::keys(&state.queries, &permit).await.map_err(problem)?;
    let key = |key: vault_event_store::tree::Verifier| LogKeyBody {
        verifier: key.verifier,
        first_size: key.first_size,
    };
    Ok(Json(LogKeysBody {
        origin: keys.origin,
        keys: keys.keys.into_iter().map(key).collect(),
    }))
}
