//! Where time and new ids come from: given to use cases from outside, so that they can be fixed in tests.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A source of the time.
pub trait Clock: Send + Sync {
    /// The time now, UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// A source of new ids.
pub trait IdSource: Send + Sync {
    /// A new UUID of version 7, greater than every one given before by this source.
    fn next(&self) -> Uuid;
}
