//! Query strings.

use std::error::Error;

use axum::{
    extract::{FromRequestParts, Query, rejection::QueryRejection},
    http::request::Parts,
};
use serde::de::{DeserializeOwned, value};
use vault_domain::ErrorCode;

use super::input::field_error;
use crate::Problem;

/// The parameters of a query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiQuery<T>(pub T);

impl<S, T> FromRequestParts<S> for ApiQuery<T>
where
    S: Sync,
    T: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(query)| Self(query))
            .map_err(|rejection| refused(&rejection))
    }
}

fn refused(rejection: &QueryRejection) -> Problem {
    let problem = Problem::new(ErrorCode::InvalidQueryParameter)
        .with_detail("A parameter of the query string is invalid.");
    let Some(error) = cause(rejection) else {
        return problem;
    };
    let field = field_error(error.path(), &error.inner().to_string());
    problem.with_field(field.field, ErrorCode::InvalidQueryParameter, field.message)
}

/// axum keeps serde's error a few sources down.
fn cause(rejection: &QueryRejection) -> Option<&serde_path_to_error::Error<value::Error>> {
    let mut source = rejection.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        source = error.source();
    }
    None
}
