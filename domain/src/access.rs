//! What the vault was used for: accesses are facts of the log like writes.
//!
//! The accesses of one kind by one caller within a moment are one stream of one event, so that they conflict with
//! nothing.

mod event;

use serde::{Deserialize, Serialize};

pub use event::{
    AccessDenied, AccessEvent, DatasetReads, Denial, DeniedResource, KeyTask, KeyUse, KeysUsed, LoginRefused,
    MAX_DENIED_PER_EVENT, MAX_KEYS_PER_EVENT, MAX_READS_PER_EVENT, RecordsRead,
};

use crate::aggregate::{Aggregate, Context};

/// The aggregate of accesses within a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    recorded: bool,
}

/// An order to write accesses down.
#[derive(Debug, Clone, PartialEq)]
pub enum AccessCommand {
    /// Write these down.
    Record(AccessEvent),
}

/// The reason why accesses are not written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessRefusal {
    /// They were written down before.
    #[error("the accesses were recorded before")]
    AlreadyRecorded,
    /// There is nothing to write down.
    #[error("there are no accesses to record")]
    Empty,
}

impl Aggregate for Access {
    const TYPE: &'static str = "access";
    const STATE_VERSION: u32 = 1;
    type Command = AccessCommand;
    type Event = AccessEvent;
    type Refusal = AccessRefusal;

    fn decide(&self, command: AccessCommand, _: &Context) -> Result<Vec<AccessEvent>, AccessRefusal> {
        let AccessCommand::Record(event) = command;
        if self.recorded {
            return Err(AccessRefusal::AlreadyRecorded);
        }
        if event.is_empty() {
            return Err(AccessRefusal::Empty);
        }
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &AccessEvent) {
        match event {
            AccessEvent::Read(_)
            | AccessEvent::Denied(_)
            | AccessEvent::LoginRefused(_)
            | AccessEvent::KeysUsed(_) => self.recorded = true,
        }
    }
}
