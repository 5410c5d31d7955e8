//! The real clock and the real source of ids: the only place where the process asks for either.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_domain::{Clock, IdSource};

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else is given"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Version 7 UUIDs, each greater than the one before.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the source that everything else is given"
    )]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
