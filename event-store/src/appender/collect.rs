//! Which waiting appends go into one batch.

use std::collections::HashSet;

use tokio::sync::mpsc;

use super::{MAX_BATCH_APPENDS, MAX_BATCH_BYTES, Pending};
use crate::append::{Append, Claim, Guard, StreamId};

/// Takes appends from the queue in order, and ends a batch before one that would depend on another of the batch.
pub(super) struct Collector {
    waiting: mpsc::Receiver<Pending>,
    held: Option<Pending>,
}

impl Collector {
    pub(super) const fn new(waiting: mpsc::Receiver<Pending>) -> Self {
        Self { waiting, held: None }
    }

    /// No more appends are taken in; those that wait already are still given out.
    pub(super) fn close(&mut self) {
        self.waiting.close();
    }

    /// The next batch, as soon as there is anything in it; `None` when nothing will ever come. May be dropped
    /// while it waits, without losing an append.
    pub(super) async fn next_batch(&mut self) -> Option<Vec<Pending>> {
        let first = match self.held.take() {
            Some(held) => held,
            None => self.waiting.recv().await?,
        };
        let mut batch = Batch::default();
        batch.push(first);
        while batch.has_room() {
            let Ok(next) = self.waiting.try_recv() else { break };
            if batch.accepts(&next.append) {
                batch.push(next);
            } else {
                self.held = Some(next);
                break;
            }
        }
        Some(batch.appends)
    }
}

#[derive(Default)]
struct Batch {
    appends: Vec<Pending>,
    bytes: usize,
    streams: HashSet<StreamId>,
    needed: HashSet<Guard>,
    set: HashSet<Guard>,
    claims: HashSet<(uuid::Uuid, &'static str, uuid::Uuid, vault_domain::KeyedHash)>,
    idempotency: HashSet<vault_domain::KeyedHash>,
}

impl Batch {
    fn has_room(&self) -> bool {
        self.appends.len() < MAX_BATCH_APPENDS && self.bytes < MAX_BATCH_BYTES
    }

    fn accepts(&self, append: &Append) -> bool {
        self.bytes + append.size_bytes() <= MAX_BATCH_BYTES
            && !self.streams.contains(&append.stream)
            && !append.needs_open.iter().any(|guard| self.set.contains(guard))
            && !append.sets.iter().any(|(guard, _)| self.set.contains(guard) || self.needed.contains(guard))
            && !claims(append).any(|claim| self.claims.contains(&claim))
            && !append.rows.idempotency.as_ref().is_some_and(|row| self.idempotency.contains(&row.key))
    }

    fn push(&mut self, pending: Pending) {
        let append = &pending.append;
        self.bytes += append.size_bytes();
        self.streams.insert(append.stream);
        self.needed.extend(append.needs_open.iter().copied());
        self.set.extend(append.sets.iter().map(|(guard, _)| *guard));
        self.claims.extend(claims(append));
        self.idempotency.extend(append.rows.idempotency.as_ref().map(|row| row.key));
        self.appends.push(pending);
    }
}

fn claims(
    append: &Append,
) -> impl Iterator<Item = (uuid::Uuid, &'static str, uuid::Uuid, vault_domain::KeyedHash)> + '_ {
    let tenant = append.tenant.as_uuid();
    let key = move |claim: &Claim| (tenant, claim.claim_type, claim.scope, claim.key);
    append.takes.iter().chain(&append.releases).map(key)
}
