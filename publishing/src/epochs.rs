//! Which epoch of the log a position belongs to: a log that was put back to an earlier point goes on in a new one.

use vault_event_store::tree::{Tree, TreeError};

/// The epochs of a log, in order; a log has at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epochs(Vec<Epoch>);

/// An epoch of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Epoch {
    /// Its number, from 1.
    pub number: i32,
    /// The name that the log has in it.
    pub source: String,
    /// It begins after this position.
    pub after: u64,
}

impl Epochs {
    /// Reads them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(tree: &Tree) -> Result<Self, TreeError> {
        let epochs = tree.origins().await?.into_iter().map(|origin| Epoch {
            number: origin.number,
            source: origin.name,
            after: origin.continues.map_or(0, |continued| continued.agreed.size),
        });
        let epochs: Vec<_> = epochs.collect();
        if epochs.is_empty() {
            return Err(TreeError::Damaged);
        }
        Ok(Self(epochs))
    }

    /// The one that the log is in.
    pub(crate) fn current(&self) -> &Epoch {
        &self.0[self.0.len() - 1]
    }

    /// The one that wrote what now stands at a position.
    pub(crate) fn of(&self, position: u64) -> &Epoch {
        let last = self.0.iter().rev().find(|epoch| epoch.after < position);
        last.unwrap_or(&self.0[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_belongs_to_the_last_epoch_that_began_before_it() {
        let epoch = |number, after| Epoch {
            number,
            source: format!("log/{number}"),
            after,
        };
        // the second restore went further back than the first one
        let epochs = Epochs(vec![epoch(1, 0), epoch(2, 10), epoch(3, 7)]);
        let numbers: Vec<i32> = [1, 7, 8, 10, 11, 99].map(|at| epochs.of(at).number).into();
        assert_eq!(numbers, [1, 1, 3, 3, 3, 3]);
        let epochs = Epochs(vec![epoch(1, 0), epoch(2, 10), epoch(3, 12)]);
        let numbers: Vec<i32> = [10, 11, 12, 13].map(|at| epochs.of(at).number).into();
        assert_eq!(numbers, [1, 2, 2, 3]);
        assert_eq!(epochs.current().number, 3);
    }
}
