//! JSON bodies.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use vault_domain::ErrorCode;

use super::input::field_error;
use crate::Problem;

/// A JSON body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiJson<T>(pub T);

impl<S, T> FromRequest<S> for ApiJson<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let message = "must be application/json";
            return Err(Problem::in_field(
                "Content-Type",
                ErrorCode::InvalidContentType,
                message,
            ));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unread(rejection.status()))?;
        parse(&body).map(Self)
    }
}

/// `application/json` or `application/anything+json`, with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

fn unread(status: axum::http::StatusCode) -> Problem {
    if status == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(ErrorCode::PayloadTooLarge).with_detail("The body is larger than this endpoint takes.")
    } else {
        Problem::new(ErrorCode::InvalidRequestFormat).with_detail("The body ended before it was complete.")
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let Ok(text) = str::from_utf8(body) else {
        return Err(Problem::new(ErrorCode::InvalidEncoding).with_detail("The body is not UTF-8."));
    };
    // A struct is read from an array too, member by member: no body of ours is one.
    if text.trim_start().starts_with('[') {
        return Err(Problem::new(ErrorCode::InvalidFieldType).with_detail("The body must be an object."));
    }
    // Finding the path costs half as much again as parsing, so only a bad body pays for it.
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => at_fault::<T>(text),
        Category::Syntax | Category::Eof | Category::Io => not_json(&error),
    })
}

fn at_fault<T: DeserializeOwned>(text: &str) -> Problem {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut deserializer) else {
        return Problem::new(ErrorCode::InvalidRequestFormat);
    };
    let field = field_error(error.path(), &error.inner().to_string());
    Problem::new(field.code)
        .with_detail("A field of the body is invalid.")
        .with_field(field.field, field.code, field.message)
}

/// Says where, and not what stands there.
fn not_json(error: &serde_json::Error) -> Problem {
    let detail = match error.classify() {
        Category::Eof => "The body ends in the middle of a JSON value.".to_owned(),
        _ => format!(
            "The body is not JSON: see line {}, column {}.",
            error.line(),
            error.column()
        ),
    };
    Problem::new(ErrorCode::InvalidRequestFormat).with_detail(detail)
}
