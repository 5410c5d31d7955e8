//! The error catalogue: every code that a caller of the vault can meet.

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
