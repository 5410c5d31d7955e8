//! A cache of opened keys: bounded in age and number, one load for all who wait, and forgotten means dropped.
//!
//! General caches drop evicted values when it suits them; here an evicted key is wiped as soon as its last user lets
//! go. A load that was under way when its key was forgotten serves those who wait for it, and is not kept.

use std::{
    collections::HashMap,
    hash::Hash,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::OnceCell, time::Instant};

use super::error::KeyError;

type Cell<V> = Arc<OnceCell<Result<V, KeyError>>>;

struct Slot<V> {
    cell: Cell<V>,
    born: Instant,
    last_use: AtomicU64,
    /// How often it was asked for since it was loaded; counted where a value is renewed.
    uses: AtomicU64,
    last_renewal: Mutex<Option<Instant>>,
}

impl<V> Slot<V> {
    fn new(cell: Cell<V>, last_use: u64) -> Self {
        Self {
            cell,
            born: Instant::now(),
            last_use: AtomicU64::new(last_use),
            uses: AtomicU64::new(0),
            last_renewal: Mutex::default(),
        }
    }
}

/// When a value is to be loaded anew, though it may still be used.
#[derive(Clone, Copy)]
pub(super) struct Freshness {
    pub(super) age: Duration,
    pub(super) uses: u64,
    /// How long after a try the next one may come.
    pub(super) pause: Duration,
}

/// A value that is to be loaded anew.
pub(super) struct Aged<V>(Cell<V>);

pub(super) struct KeyCache<K, V> {
    slots: RwLock<HashMap<K, Slot<V>>>,
    max_age: Duration,
    max_keys: NonZeroUsize,
    uses: AtomicU64,
}

impl<K: Copy + Eq + Hash, V: Clone> KeyCache<K, V> {
    pub(super) fn new(max_age: Duration, max_keys: NonZeroUsize) -> Self {
        Self {
            slots: RwLock::default(),
            max_age,
            max_keys,
            uses: AtomicU64::new(0),
        }
    }

    /// The cached value, or what `load` gives. Failures reach all who wait, and are not kept.
    pub(super) async fn get(
        &self,
        key: K,
        load: impl Future<Output = Result<V, KeyError>>,
    ) -> Result<V, KeyError> {
        let cell = self.find(&key).unwrap_or_else(|| self.insert(key));
        let result = cell.get_or_init(|| load).await.clone();
        if result.is_err() {
            self.remove(&key, &cell);
        }
        result
    }

    /// The cached value, if it is older or was used more often than `fresh` allows, and nobody was given it lately.
    ///
    /// Who gets it should load it anew, and say so by [`Self::renew`] or [`Self::drop_aged`].
    pub(super) fn aged(&self, key: &K, fresh: Freshness) -> Option<Aged<V>> {
        let now = Instant::now();
        let slots = self.read();
        let slot = slots.get(key).filter(|slot| self.is_fresh(slot, now))?;
        let uses = slot.uses.fetch_add(1, Ordering::Relaxed) + 1;
        if now.duration_since(slot.born) < fresh.age && uses <= fresh.uses {
            return None;
        }
        let mut last_try = slot.last_renewal.lock().unwrap_or_else(PoisonError::into_inner);
        if last_try.is_some_and(|tried| now.duration_since(tried) < fresh.pause) {
            return None;
        }
        // nothing to renew while it is being loaded
        slot.cell.get()?.as_ref().ok()?;
        *last_try = Some(now);
        Some(Aged(Arc::clone(&slot.cell)))
    }

    /// Puts a newly loaded value in the place of an aged one, unless that was forgotten meanwhile.
    pub(super) fn renew(&self, key: K, aged: &Aged<V>, value: V) {
        let mut slots = self.write();
        if let Some(slot) = slots.get_mut(&key)
            && Arc::ptr_eq(&slot.cell, &aged.0)
        {
            *slot = Slot::new(Arc::new(OnceCell::new_with(Some(Ok(value)))), self.next_use());
        }
    }

    /// Drops an aged value that must not be used any more.
    pub(super) fn drop_aged(&self, key: &K, aged: &Aged<V>) {
        self.remove(key, &aged.0);
    }

    /// Drops all that `keep` does not name; it sees no value where one is being loaded.
    pub(super) fn retain(&self, keep: impl Fn(&K, Option<&V>) -> bool) {
        let value = |slot: &Slot<V>| slot.cell.get().cloned().and_then(Result::ok);
        self.write().retain(|key, slot| keep(key, value(slot).as_ref()));
    }

    /// Drops what is too old, without waiting for somebody to ask for it.
    pub(super) fn sweep(&self) {
        let now = Instant::now();
        self.write().retain(|_, slot| self.is_fresh(slot, now));
    }

    fn find(&self, key: &K) -> Option<Cell<V>> {
        self.fresh_cell(&self.read(), key, Instant::now())
    }

    fn insert(&self, key: K) -> Cell<V> {
        let now = Instant::now();
        let mut slots = self.write();
        if let Some(cell) = self.fresh_cell(&slots, &key, now) {
            return cell;
        }
        slots.remove(&key);
        self.make_room(&mut slots, now);
        let cell = Cell::default();
        slots.insert(key, Slot::new(Arc::clone(&cell), self.next_use()));
        cell
    }

    fn fresh_cell(&self, slots: &HashMap<K, Slot<V>>, key: &K, now: Instant) -> Option<Cell<V>> {
        let slot = slots.get(key).filter(|slot| self.is_fresh(slot, now))?;
        slot.last_use.store(self.next_use(), Ordering::Relaxed);
        Some(Arc::clone(&slot.cell))
    }

    fn make_room(&self, slots: &mut HashMap<K, Slot<V>>, now: Instant) {
        if slots.len() < self.max_keys.get() {
            return;
        }
        slots.retain(|_, slot| self.is_fresh(slot, now));
        while slots.len() >= self.max_keys.get() {
            // A scan, but only beside a load, which costs a round trip.
            let oldest = slots
                .iter()
                .min_by_key(|(_, slot)| slot.last_use.load(Ordering::Relaxed));
            let Some(key) = oldest.map(|(key, _)| *key) else {
                return;
            };
            slots.remove(&key);
        }
    }

    fn remove(&self, key: &K, cell: &Cell<V>) {
        let mut slots = self.write();
        if slots.get(key).is_some_and(|slot| Arc::ptr_eq(&slot.cell, cell)) {
            slots.remove(key);
        }
    }

    fn is_fresh(&self, slot: &Slot<V>, now: Instant) -> bool {
        now.duration_since(slot.born) < self.max_age
    }

    fn next_use(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed)
    }

    // No code that can panic runs under the lock but `keep`, which changes nothing: the map is whole.
    fn read(&self) -> RwLockReadGuard<'_, HashMap<K, Slot<V>>> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<K, Slot<V>>> {
        self.slots.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
