//! The state of a rate limiter in memory that cannot grow without bound.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

use governor::{
    nanos::Nanos,
    state::{StateStore, keyed::ShrinkableKeyedStateStore},
};

/// Enough that two cores seldom meet in one.
const SHARDS: usize = 64;
/// How many old keys are looked at when one has to make room.
const SAMPLE: usize = 8;

type Shard<K> = HashMap<K, Nanos>;

/// Keys with the time at which each has its full allowance again.
#[derive(Debug)]
pub(super) struct BoundedStore<K> {
    shards: Vec<Mutex<Shard<K>>>,
    hasher: RandomState,
    max_keys_per_shard: usize,
}

impl<K: Hash + Eq + Clone> BoundedStore<K> {
    pub(super) fn new(max_keys: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            max_keys_per_shard: max_keys.div_ceil(SHARDS).max(1),
        }
    }

    fn shard(&self, key: &K) -> Option<MutexGuard<'_, Shard<K>>> {
        let hash = self.hasher.hash_one(key);
        let index = usize::try_from(hash % SHARDS as u64).unwrap_or(0);
        self.shards.get(index).map(lock)
    }

    fn make_room(&self, shard: &mut Shard<K>) {
        if shard.len() < self.max_keys_per_shard {
            return;
        }
        // Of a few, the one that is nearest to its full allowance loses least by being forgotten.
        let oldest = shard.iter().take(SAMPLE).min_by_key(|(_, full_at)| **full_at);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            shard.remove(&key);
        }
    }
}

/// A panic elsewhere leaves the counts usable.
fn lock<K>(shard: &Mutex<Shard<K>>) -> MutexGuard<'_, Shard<K>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Hash + Eq + Clone> StateStore for BoundedStore<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let Some(mut shard) = self.shard(key) else {
            return decide(None).map(|(outcome, _)| outcome);
        };
        if let Some(full_at) = shard.get_mut(key) {
            let (outcome, next) = decide(Some(*full_at))?;
            *full_at = next;
            return Ok(outcome);
        }
        let (outcome, next) = decide(None)?;
        self.make_room(&mut shard);
        shard.insert(key.clone(), next);
        Ok(outcome)
    }
}

impl<K: Hash + Eq + Clone> ShrinkableKeyedStateStore<K> for BoundedStore<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        for shard in &self.shards {
            lock(shard).retain(|_, full_at| *full_at > drop_below);
        }
    }

    fn shrink_to_fit(&self) {
        for shard in &self.shards {
            lock(shard).shrink_to_fit();
        }
    }

    fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
