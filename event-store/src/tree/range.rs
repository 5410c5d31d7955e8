//! Verifying a range of the log by itself: that its events are those that a signed head covers.

use super::{Entry, Frontier, HeadVerifier, Tree, TreeError, TreeHash, verify_consistency};
use crate::log::StoredEvent;

/// Why a range of events is not vouched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RangeDoubt {
    /// The event at this position does not have its hash.
    Event(u64),
    /// No head that is signed covers these events.
    Range,
}

impl Tree {
    /// Whether events that follow one another have their hashes, and the tree that they make with all before them is one
    /// that the newest signed head continues.
    pub(crate) async fn check_range(
        &self,
        keys: &HeadVerifier,
        events: &[StoredEvent],
    ) -> Result<Result<(), RangeDoubt>, TreeError> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(Ok(()));
        };
        let before = first.position - 1;
        let edge = self.tiles(&Frontier::unfinished(before)).await?;
        let Some(mut frontier) = Frontier::restore(before, edge) else {
            return Ok(Err(RangeDoubt::Range));
        };
        let mut full = Vec::new();
        for event in events {
            let Some(leaf) = leaf(event) else {
                return Ok(Err(RangeDoubt::Event(event.position)));
            };
            frontier.push(leaf, &mut full);
            full.clear();
        }
        let Some(signed) = self
            .latest()
            .await?
            .filter(|signed| signed.head.size >= last.position)
        else {
            return Ok(Err(RangeDoubt::Range));
        };
        let is_signed = keys
            .checkpoint(&signed.note)
            .is_ok_and(|head| head == signed.head);
        let proof = match self.consistency(frontier.size(), signed.head).await {
            Err(TreeError::Damaged) => return Ok(Err(RangeDoubt::Range)),
            proof => proof?,
        };
        let continues = verify_consistency(&proof, frontier.head(), signed.head).is_ok();
        Ok(if is_signed && continues {
            Ok(())
        } else {
            Err(RangeDoubt::Range)
        })
    }
}

/// The leaf that an event has by its content, if that is the content that it was stored with.
fn leaf(event: &StoredEvent) -> Option<TreeHash> {
    let event_hash = event.computed_hash();
    let entry = Entry {
        position: event.position,
        tenant_position: event.tenant_position,
        event_hash,
    };
    (event.event_hash == event_hash).then(|| entry.leaf_hash())
}
