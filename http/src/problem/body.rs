//! The document itself.

use std::borrow::Cow;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use vault_domain::ErrorCode;

use super::Problem;
use crate::context::RequestContext;

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
const BEARER: HeaderValue = HeaderValue::from_static("Bearer");
const BEARER_INVALID_TOKEN: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");

/// What is wrong with one field of a request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldError {
    /// The path of the field, such as `records[3].data`.
    #[schema(example = "records[3].data")]
    pub field: String,
    /// The code of what is wrong with it.
    #[schema(value_type = String, example = "VAULT_VALID_3002")]
    pub code: ErrorCode,
    /// What is wrong with it, for people.
    #[schema(value_type = String, example = "is required")]
    pub message: Cow<'static, str>,
}

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody<'a> {
    /// A URN of the kind of problem.
    #[schema(example = "urn:vault:error:VAULT_VALID_3002")]
    pub r#type: String,
    /// The kind of problem in words.
    #[schema(example = "Missing required field")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 400)]
    pub status: u16,
    /// What is wrong with this request.
    pub detail: &'a str,
    /// A URN of this one occurrence; name it when you report the problem.
    #[schema(example = "urn:uuid:0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b")]
    pub instance: String,
    /// The code of the error catalogue.
    #[schema(value_type = String, example = "VAULT_VALID_3002")]
    pub code: ErrorCode,
    /// The W3C trace id of the request.
    #[schema(example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    pub trace_id: String,
    /// When the problem was answered.
    #[schema(value_type = String, format = DateTime)]
    pub timestamp: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<FieldError>, required = false)]
    pub errors: &'a [FieldError],
    /// When to try again, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// Writes the document and its headers.
pub(crate) fn render(
    problem: &Problem,
    context: &RequestContext,
    now: DateTime<Utc>,
    headers: &mut HeaderMap,
) -> Body {
    let parts = &problem.0;
    let document = ProblemBody {
        r#type: format!("urn:vault:error:{}", parts.code.code()),
        title: parts.code.title(),
        status: parts.status.as_u16(),
        detail: shown_detail(problem),
        instance: format!("urn:uuid:{}", context.instance),
        code: parts.code,
        trace_id: context.trace.to_string(),
        timestamp: now.to_rfc3339_opts(SecondsFormat::Millis, true),
        errors: &parts.errors,
        retry_after: parts.retry_after_s,
    };
    headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
    if let Some(seconds) = parts.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if parts.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, challenge(parts.code));
    }
    serde_json::to_vec(&document).map_or_else(|_| Body::empty(), Body::from)
}

/// A fault shows only text that stands in the program: whatever was put together at run time may hold internals.
fn shown_detail(problem: &Problem) -> &str {
    let parts = &problem.0;
    match &parts.detail {
        Some(Cow::Borrowed(text)) => text,
        Some(Cow::Owned(text)) if !parts.status.is_server_error() => text,
        _ if parts.status.is_server_error() => "The service could not complete the request.",
        _ => parts.code.title(),
    }
}

/// RFC 6750: a token that was given and refused is named so, a missing one is not.
fn challenge(code: ErrorCode) -> HeaderValue {
    match code {
        ErrorCode::InvalidToken
        | ErrorCode::TokenExpired
        | ErrorCode::TokenNotYetValid
        | ErrorCode::InvalidSignature
        | ErrorCode::InvalidIssuer
        | ErrorCode::InvalidAudience
        | ErrorCode::SessionExpired => BEARER_INVALID_TOKEN,
        _ => BEARER,
    }
}
