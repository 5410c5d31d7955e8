//! Parameters of the path.

use axum::{
    extract::{FromRequestParts, Path, path::ErrorKind, rejection::PathRejection},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use vault_domain::ErrorCode;

use crate::Problem;

/// The parameters of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiPath<T>(pub T);

impl<S, T> FromRequestParts<S> for ApiPath<T>
where
    S: Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, &()).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(refused(rejection)),
        }
    }
}

fn refused(rejection: PathRejection) -> Problem {
    let PathRejection::FailedToDeserializePathParams(failure) = rejection else {
        return Problem::internal(rejection);
    };
    let (field, message) = match failure.kind() {
        ErrorKind::DeserializeError { key, message, .. } => (key.as_str(), message.as_str()),
        ErrorKind::ParseErrorAtKey { key, .. } | ErrorKind::InvalidUtf8InPathParam { key } => {
            (key.as_str(), "")
        }
        ErrorKind::Message(message) => ("path", message.as_str()),
        ErrorKind::ParseError { .. } | ErrorKind::ParseErrorAtIndex { .. } => ("path", ""),
        // The route and the handler disagree: nothing that the caller could change.
        _ => return Problem::internal(failure),
    };
    let is_id = message.contains("UUID");
    let (code, message) = if is_id {
        (ErrorCode::InvalidUuid, "is not a UUID")
    } else {
        (ErrorCode::InvalidFormat, "has an invalid form")
    };
    Problem::in_field(field, code, message).with_detail("A part of the path is invalid.")
}
