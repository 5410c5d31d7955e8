//! The error catalogue.

/// A stable error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// An internal error.
    InternalServerError,
}
