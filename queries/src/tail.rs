//! How far this node knows what others change.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use tokio::sync::watch;

/// How old what is known may be: this long after a change on another node, what was remembered before is given no more.
pub const TAIL_PATIENCE: Duration = Duration::from_secs(1);

/// Where it is told what others change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// What the log tells.
    Log,
    /// Which sessions have ended.
    Sessions,
}

/// How far this node knows what others change, and until when that can be relied on.
#[derive(Debug)]
pub struct Tail {
    started: Instant,
    position: watch::Sender<u64>,
    /// For each of the [`Source`], in milliseconds since the start.
    known_until_ms: [AtomicU64; 2],
}

impl Default for Tail {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            position: watch::Sender::new(0),
            known_until_ms: Default::default(),
        }
    }
}

impl Tail {
    /// All changes up to a position are known, of a log that ended there or later when it was asked.
    pub fn reach(&self, position: u64, asked_at: Instant) {
        self.position.send_if_modified(|known| {
            let is_higher = position > *known;
            *known = position.max(*known);
            is_higher
        });
        self.know(Source::Log, asked_at);
    }

    /// All changes are known that there were when it was asked.
    pub fn know(&self, source: Source, asked_at: Instant) {
        let until = asked_at.saturating_duration_since(self.started) + TAIL_PATIENCE;
        self.known_until_ms[source as usize].fetch_max(whole_ms(until), Ordering::AcqRel);
    }

    /// Whether nothing has changed for longer than [`TAIL_PATIENCE`] that is not known here.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let now_ms = whole_ms(self.started.elapsed());
        let is_known = |until_ms: &AtomicU64| now_ms < until_ms.load(Ordering::Acquire);
        self.known_until_ms.iter().all(is_known)
    }

    /// Waits until all changes up to a position are known; `false` when that takes longer than `patience`.
    pub async fn wait_for(&self, position: u64, patience: Duration) -> bool {
        let mut known = self.position.subscribe();
        let reached = known.wait_for(|known| *known >= position);
        // the sender lives as long as self
        matches!(tokio::time::timeout(patience, reached).await, Ok(Ok(_)))
    }
}

fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_current_before_all_that_changes_was_asked_for() {
        let tail = Tail::default();
        assert!(!tail.is_current());
        tail.reach(5, Instant::now());
        assert!(!tail.is_current(), "sessions may have ended");
        tail.know(Source::Sessions, Instant::now());
        assert!(tail.is_current());
    }

    #[test]
    fn what_was_asked_for_long_ago_says_nothing_of_now() {
        let mut tail = Tail::default();
        let before = Instant::now();
        tail.reach(5, before);
        tail.know(Source::Sessions, before);
        tail.started = before
            .checked_sub(TAIL_PATIENCE)
            .expect("the machine runs for longer");
        assert!(!tail.is_current());
        tail.know(Source::Log, Instant::now());
        assert!(!tail.is_current(), "sessions may have ended");
        tail.know(Source::Sessions, Instant::now());
        assert!(tail.is_current());
    }

    #[tokio::test]
    async fn a_position_is_waited_for() {
        let tail = Tail::default();
        assert!(!tail.wait_for(7, Duration::ZERO).await);
        tail.reach(7, Instant::now());
        tail.reach(6, Instant::now());
        assert!(tail.wait_for(7, Duration::ZERO).await);
    }
}
