//! How many texts are looked at at once.

use std::{
    num::NonZeroUsize,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

/// Seats at a model: each holds a core, and the memory of one window.
#[derive(Debug)]
pub(crate) struct Seats {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A seat that is given back when it is dropped.
pub(crate) struct Seat<'s>(&'s Seats);

impl Seats {
    pub(crate) const fn new(count: NonZeroUsize) -> Self {
        Self {
            free: Mutex::new(count.get()),
            freed: Condvar::new(),
        }
    }

    /// Waits for a free seat, but no longer than this.
    pub(crate) fn take(&self, patience: Duration) -> Option<Seat<'_>> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.freed.wait_timeout_while(free, patience, |free| *free == 0);
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *free == 0 {
            return None;
        }
        *free -= 1;
        Some(Seat(self))
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_given_to_one_at_a_time() {
        let seats = Seats::new(NonZeroUsize::MIN);
        let first = seats.take(Duration::ZERO);
        assert!(first.is_some() && seats.take(Duration::from_millis(1)).is_none());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| seats.take(Duration::from_mins(1)).is_some());
            drop(first);
            assert!(waiting.join().unwrap());
        });
        assert!(seats.take(Duration::ZERO).is_some());
    }
}
