//! The error catalogue: every code that a caller of the vault can meet.

mod advice;
mod catalogue;
#[cfg(test)]
mod documents;
mod reserved;

use std::fmt;

use serde::{Serialize, Serializer};

pub use catalogue::ErrorCode;

/// What the catalogue says of one code.
struct Entry {
    code: &'static str,
    name: &'static str,
    http_status: u16,
    title: &'static str,
}

impl ErrorCode {
    /// The stable code, such as `VAULT_AUTH_1001`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.entry().code
    }

    /// The stable name, such as `InvalidToken`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// The HTTP status that belongs to the code unless an endpoint documents another.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        self.entry().http_status
    }

    /// A few words for people, the same for every occurrence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.entry().title
    }

    /// The status of gRPC that belongs to the code.
    #[must_use]
    pub const fn grpc_status(self) -> &'static str {
        match self.http_status() {
            400 | 413 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 | 410 => "NOT_FOUND",
            409 => match self {
                Self::ConflictingUpdate | Self::StaleVersion => "ABORTED",
                _ => "ALREADY_EXISTS",
            },
            429 => "RESOURCE_EXHAUSTED",
            501 => "UNIMPLEMENTED",
            503 => "UNAVAILABLE",
            504 => "DEADLINE_EXCEEDED",
            _ => "INTERNAL",
        }
    }

    /// What happened, for people; none if nothing raises the code.
    #[must_use]
    pub fn description(self) -> Option<&'static str> {
        advice::of(self).map(|advice| advice.description)
    }

    /// What a caller can do about it; none if nothing raises the code.
    #[must_use]
    pub fn resolution(self) -> Option<&'static str> {
        advice::of(self).map(|advice| advice.resolution)
    }

    /// Why nothing raises this code yet; none if something does.
    #[must_use]
    pub fn reserved(self) -> Option<&'static str> {
        reserved::reason(self)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for ErrorCode {
    /// Stands as its code.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
