//! `GET /audit/tile/...`

use axum::{
    extract::{Path, State},
    http::header::CONTENT_TYPE,
    response::IntoResponse,
};
use vault_access::{TenantWide, act};
use vault_domain::ErrorCode;
use vault_event_store::tree::{ENTRY_BYTES, Entry, TilePath};
use vault_http::{Asking, Problem, ProblemResponses};
use vault_queries::tree;

use crate::{error::problem, state::ReadState};

/// A tile of the tree over the log, or a bundle of its entries (C2SP tlog-tiles): `<L>/<N>` or `entries/<N>`, with
/// `.p/<W>` where a tile is not full yet. An entry has 48 bytes: position and tenant position, each 8 bytes, big-endian,
/// and the SHA-256 of the event. Entries of all tenants are there; they tell nothing but where events stand.
#[utoipa::path(
    get, path = "/audit/tile/{*path}", tag = "Audit",
    params(("path" = String, Path, description = "Which tile.", example = "0/x001/234")),
    responses(
        (status = 200, description = "Hashes of 32 bytes, or entries with 2 bytes of length each.",
            body = Vec<u8>, content_type = "application/octet-stream"),
        ProblemResponses
    )
)]
pub(crate) async fn tile(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    Path(path): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let permit = state.permit::<act::AuditRead>(&asker, TenantWide).await?;
    let TilePath { level, number, width } =
        TilePath::parse(&path).ok_or_else(|| Problem::new(ErrorCode::ResourceNotFound))?;
    let bytes = if let Some(level) = level {
        let tile = tree::tile(&state.queries, &permit, level, number, width).await;
        tile.map_err(problem)?.hashes
    } else {
        let entries = tree::entries(&state.queries, &permit, number, width).await;
        bundle(&entries.map_err(problem)?)
    };
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes))
}

/// Entries one after the other, each after its length as 2 bytes, big-endian.
fn bundle(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * (2 + ENTRY_BYTES));
    for entry in entries.iter().map(|entry| entry.to_bytes()) {
        // 48 needs no more than two bytes
        bytes.extend(u16::try_from(entry.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend(entry);
    }
    bytes
}
