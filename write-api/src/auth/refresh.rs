//! `POST /auth/refresh`

use axum::{extract::State, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::RefreshToken;
use vault_commands::session;
use vault_http::{ApiJson, Problem, ProblemResponses, RequestContext};

use super::tokens::{TokensBody, answer};
use crate::{error::problem, request::unkeyed, state::WriteState};

/// A refresh token that was not used yet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    /// The `refresh_token` of the last answer.
    refresh_token: String,
}

/// Exchange a refresh token for the next pair. Using one twice revokes its whole family.
#[utoipa::path(
    post, path = "/auth/refresh", tag = "Authentication", security(()),
    request_body = RefreshBody,
    responses((status = 200, description = "The next pair of tokens.", body = TokensBody), ProblemResponses)
)]
pub(crate) async fn refresh(
    State(state): State<WriteState>,
    context: RequestContext,
    ApiJson(body): ApiJson<RefreshBody>,
) -> Result<Response, Problem> {
    let token = RefreshToken::parse(&body.refresh_token)?;
    let tokens = session::refresh(&state.vault, &unkeyed(&context), &token)
        .await
        .map_err(problem)?;
    Ok(answer(&tokens))
}
