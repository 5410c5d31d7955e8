//! From the errors of questions to problem documents: the one table.

use axum::http::StatusCode;
use vault_domain::ErrorCode;
use vault_event_store::archive::BundleError;
use vault_http::Problem;
use vault_queries::QueryError;

/// How many seconds a client should wait when a part is away.
const RETRY_AFTER_S: u32 = 1;

/// The problem that a caller is shown.
pub(crate) fn problem(error: QueryError) -> Problem {
    match error {
        QueryError::DatasetNotFound => Problem::new(ErrorCode::DatasetNotFound),
        QueryError::RecordNotFound => Problem::new(ErrorCode::RecordNotFound),
        QueryError::SubjectNotFound => {
            Problem::new(ErrorCode::ResourceNotFound).with_detail("There is no such subject.")
        }
        QueryError::Erased => Problem::new(ErrorCode::RecordNotFound)
            .with_status(StatusCode::GONE)
            .with_detail("The person whom the record was about was erased."),
        QueryError::Restricted => Problem::new(ErrorCode::OperationNotPermitted)
            .with_status(StatusCode::FORBIDDEN)
            .with_detail("The use of this person's records is restricted."),
        QueryError::NotErased => Problem::new(ErrorCode::ResourceNotFound)
            .with_detail("The subject was not erased: there is no certificate."),
        QueryError::NotInTree => Problem::new(ErrorCode::ResourceNotFound)
            .with_detail("No signed tree reaches so far. Events are sealed within a second."),
        QueryError::OutOfRange(_) => Problem::new(ErrorCode::InvalidQueryParameter)
            .with_detail("A value, such as a time, is out of range."),
        QueryError::BeyondTheLog => Problem::in_field(
            "as_of",
            ErrorCode::InvalidQueryParameter,
            "lies beyond the end of the log",
        ),
        QueryError::Behind => Problem::new(ErrorCode::ServiceUnavailable)
            .with_retry_after(RETRY_AFTER_S)
            .with_detail("The read models have not reached Vault-Min-Position yet."),
        error @ (QueryError::Database(_) | QueryError::Log(_)) => {
            away(ErrorCode::DatabaseConnectionFailed, error)
        }
        error @ QueryError::NotRecorded(_) => away(ErrorCode::ServiceUnavailable, error),
        QueryError::Key(error) if error.is_outage() => away(error.code(), QueryError::Key(error)),
        // nobody gets it, and nothing in the request is at fault
        QueryError::Key(error) if error.code() == ErrorCode::KeyExpired => Problem::new(error.code())
            .with_status(StatusCode::FORBIDDEN)
            .with_detail("The key that sealed this was revoked."),
        QueryError::Key(error) => Problem::new(error.code()).with_cause(error),
        error @ QueryError::Archive(BundleError::Damaged { .. }) => {
            Problem::new(ErrorCode::DataCorruption).with_cause(error)
        }
        error @ (QueryError::Archive(_) | QueryError::Content(_)) => {
            away(ErrorCode::StorageUnavailable, error)
        }
        error @ (QueryError::Tree(_)
        | QueryError::FromLog(_)
        | QueryError::LogKey(_)
        | QueryError::Note(_)
        | QueryError::ContentMissing
        | QueryError::Malformed(_)
        | QueryError::Json(_)) => Problem::new(ErrorCode::DataCorruption).with_cause(error),
        error @ QueryError::Crypto(_) => Problem::new(ErrorCode::DecryptionFailed).with_cause(error),
    }
}

fn away(code: ErrorCode, error: QueryError) -> Problem {
    Problem::new(code)
        .with_retry_after(RETRY_AFTER_S)
        .with_cause(error)
}
