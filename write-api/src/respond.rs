//! The headers of a write's answer, and the wait that comes before it.

use axum::{
    Json,
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use vault_commands::{Vault, Written};
use vault_http::{IDEMPOTENCY_REPLAYED, PositionToken, ReadModelWait, VAULT_POSITION, VAULT_READ_MODELS};

/// Answers a write: when the read models have passed it, unless the client does not want to wait.
pub(crate) async fn written<T, B: Serialize>(
    vault: &Vault,
    wait: ReadModelWait,
    status: StatusCode,
    written: Written<T>,
    body: impl FnOnce(T) -> B,
) -> Response {
    let behind = match (written.position, wait) {
        (Some(position), ReadModelWait::UntilVisible) => !vault.read_models.wait(position).await,
        (Some(_), ReadModelWait::RespondAsync) => true,
        (Some(_), ReadModelWait::NothingToSee) | (None, _) => false,
    };
    let Written {
        value,
        position,
        replayed,
    } = written;
    let mut response = (status, Json(body(value))).into_response();
    let headers = response.headers_mut();
    if let Some(position) = position {
        headers.insert(VAULT_POSITION, PositionToken::new(position).into());
    }
    if behind {
        headers.insert(VAULT_READ_MODELS, HeaderValue::from_static("behind"));
    }
    if replayed {
        headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// Answers a write of which there is nothing to show.
pub(crate) async fn written_nothing(vault: &Vault, wait: ReadModelWait, done: Written<()>) -> Response {
    let mut response = written(vault, wait, StatusCode::NO_CONTENT, done, |()| ()).await;
    *response.body_mut() = Body::empty();
    response.headers_mut().remove(header::CONTENT_TYPE);
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

/// What no cache may keep.
pub(crate) fn unstored(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
