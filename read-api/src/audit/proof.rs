//! `GET /audit/proof/inclusion` and `/audit/proof/consistency`

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header::ACCEPT},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vault_access::{TenantWide, act};
use vault_event_store::tree::SignedHead;
use vault_http::{ApiQuery, Asking, LogPosition, Problem, ProblemResponses};
use vault_queries::{Queries, tree};

use super::head::NOTE;
use crate::{error::problem, state::ReadState};

/// Which event, in which tree.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InclusionQuery {
    /// The event's position.
    #[param(inline)]
    position: LogPosition,
    /// The size of a signed tree; the newest one when none is given.
    #[param(inline, required = false)]
    size: Option<LogPosition>,
}

/// That a tree holds an event (RFC 6962, section 2.1.1).
#[derive(Serialize, ToSchema)]
pub(crate) struct InclusionBody {
    /// The event's position. Its index in the tree is one less.
    position: u64,
    /// The size of the tree.
    tree_size: u64,
    /// The 48 bytes of the event's entry, in Base64.
    entry: String,
    /// The hash of the leaf, in Base64.
    leaf_hash: String,
    /// From the leaf's sibling up to a child of the root, in Base64.
    hashes: Vec<String>,
    /// The signed head of the tree.
    checkpoint: String,
    /// How many witnesses cosigned the head.
    #[serde(flatten)]
    cosigned: CosignedBody,
}

/// How many witnesses cosigned a head.
#[derive(Serialize, ToSchema)]
pub(crate) struct CosignedBody {
    /// How many of the vault's witnesses did.
    cosignatures: usize,
    /// How many must.
    required_cosignatures: usize,
    /// Whether as many did as must.
    witnessed: bool,
}

impl CosignedBody {
    fn of(queries: &Queries, head: &SignedHead) -> Self {
        let cosigned = tree::cosigned(queries, head);
        Self {
            cosignatures: cosigned.count,
            required_cosignatures: cosigned.required,
            witnessed: cosigned.is_enough(),
        }
    }
}

/// The proof that the tree of a signed head holds the event at a position: as JSON, or with `Accept: text/plain` as
/// C2SP tlog-proof.
#[utoipa::path(
    get, path = "/audit/proof/inclusion", tag = "Audit", params(InclusionQuery),
    responses((status = 200, description = "The proof.", body = InclusionBody), ProblemResponses)
)]
pub(crate) async fn inclusion(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<InclusionQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::AuditRead>(&asker, TenantWide).await?;
    let head = tree::head(&state.queries, &permit, query.size.map(LogPosition::get))
        .await
        .map_err(problem)?;
    let proof = tree::inclusion(&state.queries, &permit, query.position.get(), &head)
        .await
        .map_err(problem)?;
    let wants_text = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.starts_with("text/plain"));
    if wants_text {
        return Ok((NOTE, proof.to_text(&head.note)).into_response());
    }
    let body = InclusionBody {
        position: proof.entry.position,
        tree_size: proof.tree_size,
        entry: BASE64_STANDARD.encode(proof.entry.to_bytes()),
        leaf_hash: BASE64_STANDARD.encode(proof.entry.leaf_hash()),
        hashes: encoded(&proof.hashes),
        cosigned: CosignedBody::of(&state.queries, &head),
        checkpoint: head.note,
    };
    Ok(Json(body).into_response())
}

/// Which trees.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConsistencyQuery {
    /// The size of the earlier tree.
    #[param(inline)]
    from: LogPosition,
    /// The size of a signed tree; the newest one when none is given.
    #[param(inline, required = false)]
    to: Option<LogPosition>,
}

/// That a tree begins with all of an earlier one (RFC 6962, section 2.1.2).
#[derive(Serialize, ToSchema)]
pub(crate) struct ConsistencyBody {
    /// The size of the earlier tree.
    first_size: u64,
    /// The size of the tree.
    tree_size: u64,
    /// The hashes, in Base64.
    hashes: Vec<String>,
    /// The signed head of the tree.
    checkpoint: String,
    /// How many witnesses cosigned the head.
    #[serde(flatten)]
    cosigned: CosignedBody,
}

/// The proof that the tree of a signed head begins with all of an earlier tree.
#[utoipa::path(
    get, path = "/audit/proof/consistency", tag = "Audit", params(ConsistencyQuery),
    responses((status = 200, description = "The proof.", body = ConsistencyBody), ProblemResponses)
)]
pub(crate) async fn consistency(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<ConsistencyQuery>,
) -> Result<Json<ConsistencyBody>, Problem> {
    let permit = state.permit::<act::AuditRead>(&asker, TenantWide).await?;
    let head = tree::head(&state.queries, &permit, query.to.map(LogPosition::get))
        .await
        .map_err(problem)?;
    let proof = tree::consistency(&state.queries, &permit, query.from.get(), &head)
        .await
        .map_err(problem)?;
    Ok(Json(ConsistencyBody {
        first_size: proof.first_size,
        tree_size: proof.tree_size,
        hashes: encoded(&proof.hashes),
        cosigned: CosignedBody::of(&state.queries, &head),
        checkpoint: head.note,
    }))
}

fn encoded(hashes: &[[u8; 32]]) -> Vec<String> {
    hashes.iter().map(|hash| BASE64_STANDARD.encode(hash)).collect()
}
