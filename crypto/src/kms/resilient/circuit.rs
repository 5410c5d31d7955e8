//! A circuit breaker: after failures in a row, calls are refused for a while, then one may try.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// After how many failed attempts in a row the circuit opens.
const FAILURES_TO_OPEN: u32 = 5;
/// How long it stays open before one attempt is let through.
const OPEN_FOR: Duration = Duration::from_secs(5);

/// Whether a service is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circuit {
    /// It is.
    Closed,
    /// It is not, for a moment.
    Open,
    /// One call finds out whether it is back.
    HalfOpen,
}

impl Circuit {
    /// The name, for people and programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

#[derive(Default)]
struct State {
    failures: u32,
    /// Set while the circuit is open: until when nobody may try.
    open_until: Option<Instant>,
    /// Somebody tries.
    probing: bool,
}

#[derive(Default)]
pub(super) struct Breaker(Mutex<State>);

/// A call that may be made. One that ends without a word, because its caller went away, says nothing.
pub(super) struct Admitted<'a> {
    breaker: &'a Breaker,
    probe: bool,
}

impl Breaker {
    /// Leave for one attempt.
    pub(super) fn admit(&self) -> Option<Admitted<'_>> {
        let mut state = self.lock();
        let probe = match state.open_until {
            None => false,
            Some(until) if Instant::now() < until || state.probing => return None,
            Some(_) => {
                state.probing = true;
                true
            }
        };
        Some(Admitted { breaker: self, probe })
    }

    pub(super) fn state(&self) -> Circuit {
        let state = self.lock();
        match state.open_until {
            None => Circuit::Closed,
            Some(until) if Instant::now() < until => Circuit::Open,
            Some(_) => Circuit::HalfOpen,
        }
    }

    pub(super) fn failures(&self) -> u32 {
        self.lock().failures
    }

    // nothing below panics while it holds the lock
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admitted<'_> {
    /// How the attempt ended.
    pub(super) fn end(self, answered: bool) {
        let mut state = self.breaker.lock();
        if answered {
            state.failures = 0;
            state.open_until = None;
        } else {
            state.failures = state.failures.saturating_add(1);
            if self.probe || state.failures >= FAILURES_TO_OPEN {
                state.open_until = Some(Instant::now() + OPEN_FOR);
            }
        }
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if self.probe {
            self.breaker.lock().probing = false;
        }
    }
}
