//! Which waiting appends go into one batch.

use std::{
    collections::{HashSet, VecDeque},
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{MAX_BATCH_APPENDS, MAX_BATCH_BYTES, Pending};
use crate::append::{Append, Claim, Guard, StreamId};

/// So many bytes are worth being made ready while another batch is under way.
const LARGE_BATCH_BYTES: usize = 256 * 1024;
/// So many appends are, too.
const LARGE_BATCH_APPENDS: usize = 16;
/// The longest that a batch waits to be filled.
const MAX_PATIENCE: Duration = Duration::from_millis(1);
/// A batch waits to be filled for at most this part of the time that the one before took.
const PATIENCE_PART: u32 = 8;

/// Takes appends from the queue in order, and ends a batch before one that would depend on another of the batch.
pub(super) struct Collector {
    waiting: mpsc::Receiver<Pending>,
    held: VecDeque<Pending>,
    held_bytes: usize,
    /// How many appends were given out and are not yet committed.
    under_way: usize,
    /// A batch is full with so many appends.
    full: usize,
    patience: Duration,
}

impl Collector {
    pub(super) fn new(waiting: mpsc::Receiver<Pending>) -> Self {
        Self {
            waiting,
            held: VecDeque::new(),
            held_bytes: 0,
            under_way: 0,
            full: 1,
            patience: Duration::ZERO,
        }
    }

    /// No more appends are taken in; those that wait already are still given out.
    pub(super) fn close(&mut self) {
        self.waiting.close();
    }

    /// A batch was committed and its callers are about to be answered. Most callers come back at once, so as many
    /// appends will wait or be under way soon as do now. Half of them make a full batch, if they are not too few: while
    /// Postgres commits the one half, the other half is answered, comes back and is made ready.
    pub(super) fn committed(&mut self, appends: usize, took: Duration) {
        self.full = full_batch(self.held.len() + self.waiting.len() + self.under_way);
        self.under_way -= appends;
        self.patience = (took / PATIENCE_PART).min(MAX_PATIENCE);
    }

    /// The next batch, as soon as there is anything in it and it is likely to be full; `None` when nothing will ever
    /// come. May be dropped while it waits, without losing an append.
    pub(super) async fn next_batch(&mut self) -> Option<Vec<Pending>> {
        if self.held.is_empty() {
            let first = self.waiting.recv().await?;
            self.hold(first);
        }
        let until = Instant::now() + self.patience;
        loop {
            self.drain();
            if self.held.len() >= self.full || self.is_large() || Instant::now() >= until {
                return Some(self.take_batch());
            }
            // a timer is coarser than what is waited for, and until then the answered callers have work to do
            tokio::task::yield_now().await;
        }
    }

    /// A full batch that is worth being made ready while another is under way; waits until there is one, or for ever.
    /// May be dropped while it waits, without losing an append.
    pub(super) async fn next_large_batch(&mut self) -> Vec<Pending> {
        loop {
            self.drain();
            if self.is_large() {
                return self.take_batch();
            }
            match self.waiting.recv().await {
                Some(next) => self.hold(next),
                None => std::future::pending().await,
            }
        }
    }

    fn is_large(&self) -> bool {
        self.held_bytes >= LARGE_BATCH_BYTES || self.held.len() >= self.full.max(LARGE_BATCH_APPENDS)
    }

    fn hold(&mut self, pending: Pending) {
        self.held_bytes += pending.append.size_bytes();
        self.held.push_back(pending);
    }

    fn drain(&mut self) {
        while self.held.len() < MAX_BATCH_APPENDS && self.held_bytes < MAX_BATCH_BYTES {
            let Ok(next) = self.waiting.try_recv() else { return };
            self.hold(next);
        }
    }

    fn take_batch(&mut self) -> Vec<Pending> {
        let mut batch = Batch::default();
        let full = self.full.max(full_batch(self.held.len()));
        while let Some(next) = self.held.pop_front() {
            if batch.appends.len() == full || !batch.accepts(&next.append) {
                self.held.push_front(next);
                break;
            }
            self.held_bytes -= next.append.size_bytes();
            batch.push(next);
        }
        self.under_way += batch.appends.len();
        batch.appends
    }
}

/// How many of so many appends go together.
fn full_batch(appends: usize) -> usize {
    let half = appends.div_ceil(2);
    if half < LARGE_BATCH_APPENDS { appends } else { half }.clamp(1, MAX_BATCH_APPENDS)
}

#[derive(Default)]
struct Batch {
    appends: Vec<Pending>,
    bytes: usize,
    streams: HashSet<StreamId>,
    needed: HashSet<Guard>,
    set: HashSet<Guard>,
    claims: HashSet<ClaimKey>,
    idempotency: HashSet<vault_domain::KeyedHash>,
}

/// Tenant, type, scope and name.
type ClaimKey = (uuid::Uuid, &'static str, uuid::Uuid, vault_domain::KeyedHash);

impl Batch {
    fn accepts(&self, append: &Append) -> bool {
        self.appends.is_empty() || (self.has_room(append) && !self.depends_on(append))
    }

    fn has_room(&self, append: &Append) -> bool {
        self.appends.len() < MAX_BATCH_APPENDS && self.bytes + append.size_bytes() <= MAX_BATCH_BYTES
    }

    fn depends_on(&self, append: &Append) -> bool {
        self.streams.contains(&append.stream)
            || append.needs_open.iter().any(|guard| self.set.contains(guard))
            || append
                .sets
                .iter()
                .any(|(guard, _)| self.set.contains(guard) || self.needed.contains(guard))
            || claims(append).any(|claim| self.claims.contains(&claim))
            || append
                .rows
                .idempotency
                .as_ref()
                .is_some_and(|row| self.idempotency.contains(&row.key))
    }

    fn push(&mut self, pending: Pending) {
        let append = &pending.append;
        self.bytes += append.size_bytes();
        self.streams.insert(append.stream);
        self.needed.extend(append.needs_open.iter().copied());
        self.set.extend(append.sets.iter().map(|(guard, _)| *guard));
        self.claims.extend(claims(append));
        self.idempotency
            .extend(append.rows.idempotency.as_ref().map(|row| row.key));
        self.appends.push(pending);
    }
}

fn claims(append: &Append) -> impl Iterator<Item = ClaimKey> + '_ {
    let tenant = append.tenant.as_uuid();
    let key = move |claim: &Claim| (tenant, claim.claim_type, claim.scope, claim.key);
    append.takes.iter().chain(&append.releases).map(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_appends_go_together_and_many_by_halves_up_to_the_most_of_a_batch() {
        for (appends, full) in [
            (0, 1),
            (1, 1),
            (30, 30),
            (31, 16),
            (64, 32),
            (65, 33),
            (100_000, 1_000),
        ] {
            assert_eq!(full_batch(appends), full, "{appends}");
        }
    }
}
