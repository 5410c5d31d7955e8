//! `POST /api-keys`

use axum::{extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_commands::api_key::{self, NewApiKey};
use vault_http::{Asking, IdempotencyHeaders, Person, Problem, ProblemResponses, ReadModelWait};

use super::body::FreshApiKeyBody;
use crate::{
    error::problem,
    request::Command,
    respond::{unstored, written},
    state::WriteState,
};

/// The API key that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateApiKeyBody {
    /// What to call it: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100, example = "nightly import")]
    name: String,
    /// What it may do, of what the caller may. Nothing that makes credentials or gives rights.
    #[schema(min_items = 1, example = json!(["dataset:read", "record:add"]))]
    scopes: Vec<String>,
    /// When its time is over: within 366 days; in 90 days by default.
    expires_at: Option<DateTime<Utc>>,
    /// How many requests it may send in a second; as many as the caller by default.
    #[schema(minimum = 1)]
    rate_limit_per_s: Option<u32>,
}

/// Make an API key that calls in the caller's name. It is shown this once.
#[utoipa::path(
    post, path = "/api-keys", tag = "API keys", params(IdempotencyHeaders), request_body = CreateApiKeyBody,
    responses((status = 201, description = "The key.", body = FreshApiKeyBody), ProblemResponses)
)]
pub(crate) async fn create(
    State(state): State<WriteState>,
    _: Person,
    Asking(asker): Asking,
    Command { body, request }: Command<CreateApiKeyBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::ApiKeyManage>(&asker, TenantWide).await?;
    let new = NewApiKey {
        name: body.name,
        scopes: body.scopes,
        expires_at: body.expires_at,
        requests_per_s: body.rate_limit_per_s,
    };
    let created = api_key::create(&state.vault, &permit, &request, &new).await;
    let created = created.map_err(problem)?;
    let body = |fresh| FreshApiKeyBody::at(fresh, state.vault.clock.now());
    let wait = ReadModelWait::NothingToSee;
    Ok(unstored(
        written(&state.vault, wait, StatusCode::CREATED, created, body).await,
    ))
}
