//! `GET /audit/checkpoint`, `/audit/tenant-head`, `/audit/public-key` and `/audit/origins`

use axum::{Json, extract::State, http::header::CONTENT_TYPE, response::IntoResponse};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vault_access::{TenantWide, act};
use vault_event_store::tree::Origin;
use vault_http::{ApiQuery, Asking, LogPosition, Problem, ProblemResponses};
use vault_queries::tree;

use crate::{error::problem, state::ReadState};

/// How a signed note is sent.
pub(crate) const NOTE: [(axum::http::HeaderName, &str); 1] = [(CONTENT_TYPE, "text/plain; charset=utf-8")];

/// How many witnesses cosigned a checkpoint, and how many must have.
const COSIGNATURES: &str = "vault-cosignatures";
const REQUIRED_COSIGNATURES: &str = "vault-required-cosignatures";

/// Of which tree.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckpointQuery {
    /// The size of a signed tree; the newest one when none is given.
    #[param(inline, required = false)]
    size: Option<LogPosition>,
    /// The newest tree that at least so many of the vault's witnesses cosigned. Not together with `size`.
    #[param(minimum = 0, maximum = 255, required = false)]
    cosignatures: Option<u8>,
}

/// The newest signed head of the tree over the log (C2SP tlog-checkpoint), or that of exactly `size` events. Keep it: only
/// whoever knows an earlier head can tell that the log was cut off or put back. The signatures of witnesses (C2SP
/// tlog-cosignature) follow the log's own, as far as there are; a checkpoint with fewer than it must have says so in
/// its headers.
#[utoipa::path(
    get, path = "/audit/checkpoint", tag = "Audit", params(CheckpointQuery),
    responses(
        (
            status = 200, description = "A signed note.", body = String, content_type = "text/plain",
            headers(
                ("Vault-Cosignatures" = usize, description = "How many of the vault's witnesses cosigned it."),
                ("Vault-Required-Cosignatures" = usize, description = "How many must have."),
            )
        ),
        ProblemResponses
    )
)]
pub(crate) async fn checkpoint(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<CheckpointQuery>,
) -> Result<impl IntoResponse, Problem> {
    let permit = state.permit::<act::AuditRead>(&asker, TenantWide).await?;
    let head = match query {
        CheckpointQuery {
            cosignatures: Some(count),
            size: None,
        } => tree::cosigned_head(&state.queries, &permit, usize::from(count)).await,
        CheckpointQuery { size, .. } => tree::head(&state.queries, &permit, size.map(LogPosition::get)).await,
    };
    let head = head.map_err(problem)?;
    let cosigned = tree::cosigned(&state.queries, &head);
    let marks = [
        (COSIGNATURES, cosigned.count.to_string()),
        (REQUIRED_COSIGNATURES, cosigned.required.to_string()),
    ];
    Ok((NOTE, marks, head.note))
}

/// Of which tree.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TenantHeadQuery {
    /// The size of a signed tree; the newest one when none is given.
    #[param(inline, required = false)]
    size: Option<LogPosition>,
}

/// How many events the caller's tenant has in the newest signed tree, and the hash of the last, as a signed note of four
/// lines: log and tenant, count, hash, size of the tree. Whoever was given fewer events knows that some were left out.
#[utoipa::path(
    get, path = "/audit/tenant-head", tag = "Audit", params(TenantHeadQuery),
    responses((status = 200, description = "A signed note.", body = String, content_type = "text/plain"), ProblemResponses)
)]
pub(crate) async fn tenant_head(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiQuery(query): ApiQuery<TenantHeadQuery>,
) -> Result<impl IntoResponse, Problem> {
    let permit = state.permit::<act::AuditRead>(&asker, TenantWide).await?;
    let note = tree::tenant_head(&state.queries, &permit, query.size.map(LogPosition::get))
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
    /// Its public keys, the one that signs now last.
    keys: Vec<LogKeyBody>,
}

/// A public key of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogKeyBody {
    /// The key as C2SP signed-note writes it: name, id and key, with a plus sign between.
    verifier: String,
    /// The size of the first tree that it signed.
    first_size: i64,
    /// The size of the last tree that it signed; absent while it signs. The next key signed that tree too.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_size: Option<i64>,
    /// The note by which the key before handed over to it, if one did: log and `/key`, this key, size and root from which on.
    #[serde(skip_serializing_if = "Option::is_none")]
    handover: Option<String>,
}

/// The name of the log and the public keys that its heads are signed with. Get them once by a way that you trust, and
/// compare: a server that lies about the log may lie about its key.
#[utoipa::path(
    get, path = "/audit/public-key", tag = "Audit",
    responses((status = 200, description = "Name and keys.", body = LogKeysBody), ProblemResponses)
)]
pub(crate) async fn public_key(
    State(state): State<ReadState>,
    Asking(asker): Asking,
) -> Result<Json<LogKeysBody>, Problem> {
    let permit = state.permit::<act::AuditRead>(&asker, TenantWide).await?;
    let keys = tree::keys(&state.queries, &permit).await.map_err(problem)?;
    let key = |key: vault_event_store::tree::Verifier| LogKeyBody {
        verifier: key.verifier,
        first_size: key.first_size,
        last_size: key.last_size,
        handover: key.handover,
    };
    Ok(Json(LogKeysBody {
        origin: keys.origin,
        keys: keys.keys.into_iter().map(key).collect(),
    }))
}

/// The names that the log signed under.
#[derive(Serialize, ToSchema)]
pub(crate) struct OriginsBody {
    /// The first one first; the last one signs.
    items: Vec<OriginBody>,
}

/// A name that the log signed under.
#[derive(Serialize, ToSchema)]
pub(crate) struct OriginBody {
    /// Its number, from 1: the epoch of the log.
    number: i32,
    /// The name.
    #[schema(example = "llm-data-vault/0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b")]
    origin: String,
    /// Since when.
    begun_at: DateTime<Utc>,
    /// What it continues; absent from the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    continues: Option<ContinuedBody>,
}

/// What an origin continues: the log was put back to an earlier point.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContinuedBody {
    /// The name before.
    origin: String,
    /// Up to here both are one log.
    size: u64,
    /// The root of that tree, in Base64.
    root: String,
    /// How many events the last known head of the origin before covers. Those beyond `size` are void.
    old_size: u64,
    /// That head, as it was signed.
    old_head: String,
    /// All this, as a note that is signed under both names.
    statement: String,
    /// Why, in the operator's words.
    reason: String,
}

impl From<Origin> for OriginBody {
    fn from(origin: Origin) -> Self {
        let continues = origin.continues.map(|continued| ContinuedBody {
            origin: continued.name,
            size: continued.agreed.size,
            root: BASE64_STANDARD.encode(continued.agreed.root),
            old_size: continued.old_size,
            old_head: continued.old_head,
            statement: continued.statement,
            reason: continued.reason,
        });
        Self {
            number: origin.number,
            origin: origin.name,
            begun_at: origin.begun_at,
            continues,
        }
    }
}

/// The names that the log signed under. A log that was put back from a backup goes on under a new one; its statement says
/// from where on, and which head is void since.
#[utoipa::path(
    get, path = "/audit/origins", tag = "Audit",
    responses((status = 200, description = "The names.", body = OriginsBody), ProblemResponses)
)]
pub(crate) async fn origins(
    State(state): State<ReadState>,
    Asking(asker): Asking,
) -> Result<Json<OriginsBody>, Problem> {
    let permit = state.permit::<act::AuditRead>(&asker, TenantWide).await?;
    let origins = tree::origins(&state.queries, &permit).await.map_err(problem)?;
    Ok(Json(OriginsBody {
        items: origins.into_iter().map(OriginBody::from).collect(),
    }))
}
