//! How many events a batch holds: as many as are applied in the time that a batch should take.

use std::time::Duration;

use vault_event_store::PageLimit;

/// How long a batch should take: short enough that what is in it is soon to be read, long enough that its commit costs
/// little beside it.
const TARGET: Duration = Duration::from_millis(50);
/// The fewest events of a batch.
const MIN_EVENTS: u32 = 16;
/// The most events of a batch.
const MAX_EVENTS: u32 = 4_000;
/// The most bytes of payloads in a batch; one event may be a sixteenth of it.
const MAX_BYTES: u32 = 4 * 1024 * 1024;

/// The size of the next batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchSize(u32);

impl Default for BatchSize {
    fn default() -> Self {
        Self(256)
    }
}

impl BatchSize {
    /// The most that the next batch holds.
    pub(crate) const fn limit(self) -> PageLimit {
        PageLimit {
            events: self.0,
            payload_bytes: MAX_BYTES,
        }
    }

    /// Learns from a batch. It grows when a full one was quick, and shrinks when one was slow, however many it held; by
    /// half or to the double at once, so that one odd batch says little.
    pub(crate) fn learn(&mut self, events: usize, took: Duration) {
        let events = u32::try_from(events).unwrap_or(MAX_EVENTS);
        if took > TARGET {
            self.0 = (events / 2).clamp(MIN_EVENTS, self.0.max(MIN_EVENTS));
        } else if took < TARGET / 2 && events >= self.0 {
            self.0 = (self.0 * 2).min(MAX_EVENTS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(3);
    const SLOW: Duration = Duration::from_millis(200);

    #[test]
    fn quick_full_batches_grow_to_the_limit() {
        let mut size = BatchSize::default();
        for _ in 0..20 {
            size.learn(size.0 as usize, QUICK);
        }
        assert_eq!(size.limit().events, MAX_EVENTS);
    }

    #[test]
    fn a_batch_that_was_not_full_says_nothing_of_larger_ones() {
        let mut size = BatchSize::default();
        for _ in 0..20 {
            size.learn(1, QUICK);
        }
        assert_eq!(size, BatchSize::default());
    }

    #[test]
    fn slow_batches_shrink_to_the_smallest_and_no_further() {
        let mut size = BatchSize(MAX_EVENTS);
        for _ in 0..20 {
            size.learn(size.0 as usize, SLOW);
        }
        assert_eq!(size.limit().events, MIN_EVENTS);
        size.learn(1, SLOW);
        assert_eq!(size.limit().events, MIN_EVENTS);
    }

    #[test]
    fn a_steady_cost_ends_within_the_target() {
        for cost_us in [5, 50, 700] {
            let mut size = BatchSize::default();
            let took = |size: BatchSize| Duration::from_micros(cost_us * u64::from(size.0));
            for _ in 0..30 {
                size.learn(size.0 as usize, took(size));
            }
            let last = took(size);
            assert!(last <= TARGET, "{cost_us} us: {last:?}");
            assert!(
                last >= TARGET / 4 || size.0 == MAX_EVENTS,
                "{cost_us} us: {last:?}"
            );
        }
    }
}
