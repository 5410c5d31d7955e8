//! `POST /api-keys/{api_key_id}/rotate`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_commands::api_key;
use vault_domain::ApiKeyId;
use vault_http::{ApiPath, Asking, IdempotencyHeaders, Person, Problem, ProblemResponses, ReadModelWait};

use super::body::FreshApiKeyBody;
use crate::{
    error::problem,
    request::Command,
    respond::{unstored, written},
    state::WriteState,
};

/// How an API key is rotated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateApiKeyBody {
    /// How many seconds the present secret is good as well: one day by default, at most seven.
    #[schema(maximum = 604_800, default = 86_400)]
    overlap_s: Option<u32>,
}

/// Give one of the caller's API keys another secret. It is shown this once; the one before stays good for a while.
#[utoipa::path(
    post, path = "/api-keys/{api_key_id}/rotate", tag = "API keys",
    params(("api_key_id" = Uuid, Path, description = "The key."), IdempotencyHeaders),
    request_body = RotateApiKeyBody,
    responses((status = 200, description = "The key with its new secret.", body = FreshApiKeyBody), ProblemResponses)
)]
pub(crate) async fn rotate(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<ApiKeyId>,
    Command { body, request }: Command<RotateApiKeyBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::ApiKeyManage>(&asker, TenantWide).await?;
    let rotated = api_key::rotate(&state.vault, &permit, &request, id, body.overlap_s).await;
    let rotated = rotated.map_err(problem)?;
    let body = |fresh| FreshApiKeyBody::at(fresh, state.vault.clock.now());
    let wait = ReadModelWait::NothingToSee;
    Ok(unstored(
        written(&state.vault, wait, StatusCode::OK, rotated, body).await,
    ))
}
