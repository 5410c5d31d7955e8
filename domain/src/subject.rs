//! A person whom records are about: registered by the first record that names them, and gone when they are erased.

mod command;
mod event;
mod refusal;

use serde::{Deserialize, Serialize};

pub use command::SubjectCommand;
pub use event::{
    HoldReleased, MAX_DATASETS_PER_EVENT, PurgedDataset, RestrictionLifted, SubjectEpochEnded, SubjectErased,
    SubjectEvent, SubjectHeld, SubjectPurged, SubjectRegistered, SubjectRestricted,
};
pub use refusal::SubjectRefusal;

use crate::{
    EpochId, KeyId, Sealed,
    aggregate::{Aggregate, Context},
};

/// The aggregate of one subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    stage: Stage,
}

/// Where a subject's life has come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    /// No record has named it.
    #[default]
    Unknown,
    /// Records may name it.
    Known {
        /// By what the client names it.
        name: Sealed,
        /// Why it must not be erased, if it must not.
        hold: Option<Sealed>,
        restricted: bool,
    },
    /// Its keys are no more.
    Erased(Erasure),
}

/// How far the erasure of a subject is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The epoch whose key wrapped its keys.
    pub epoch_id: EpochId,
    /// Its keys, which are no more.
    pub key_ids: Vec<KeyId>,
    /// Whether its rows and objects are removed.
    pub purged: bool,
    /// Whether the epoch's key is destroyed.
    pub epoch_ended: bool,
}

impl Subject {
    /// Whether a record has named it.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        !matches!(self.stage, Stage::Unknown)
    }

    /// By what the client names it, until it is erased.
    #[must_use]
    pub const fn name(&self) -> Option<&Sealed> {
        match &self.stage {
            Stage::Known { name, .. } => Some(name),
            Stage::Unknown | Stage::Erased(_) => None,
        }
    }

    /// Why it must not be erased, if it must not.
    #[must_use]
    pub const fn hold(&self) -> Option<&Sealed> {
        match &self.stage {
            Stage::Known { hold, .. } => hold.as_ref(),
            Stage::Unknown | Stage::Erased(_) => None,
        }
    }

    /// Whether its records are not to be read.
    #[must_use]
    pub const fn is_restricted(&self) -> bool {
        matches!(self.stage, Stage::Known { restricted: true, .. })
    }

    /// How far its erasure is, if it was erased.
    #[must_use]
    pub const fn erasure(&self) -> Option<&Erasure> {
        match &self.stage {
            Stage::Unknown | Stage::Known { .. } => None,
            Stage::Erased(erasure) => Some(erasure),
        }
    }

    fn decide_known(&self, command: SubjectCommand) -> Vec<SubjectEvent> {
        let (held, restricted) = (self.hold().is_some(), self.is_restricted());
        match command {
            SubjectCommand::Hold { reason } => vec![SubjectEvent::Held(SubjectHeld { reason })],
            SubjectCommand::ReleaseHold if held => vec![SubjectEvent::HoldReleased(HoldReleased {})],
            SubjectCommand::Restrict if !restricted => {
                vec![SubjectEvent::Restricted(SubjectRestricted {})]
            }
            SubjectCommand::LiftRestriction if restricted => {
                vec![SubjectEvent::RestrictionLifted(RestrictionLifted {})]
            }
            SubjectCommand::Erase { epoch_id, key_ids } => {
                vec![SubjectEvent::Erased(SubjectErased { epoch_id, key_ids })]
            }
            // what holds already, or is about an erasure that was not
            SubjectCommand::Register { .. }
            | SubjectCommand::ReleaseHold
            | SubjectCommand::Restrict
            | SubjectCommand::LiftRestriction
            | SubjectCommand::Purge { .. }
            | SubjectCommand::EndEpoch => vec![],
        }
    }
}

/// The events that tell of what was removed: each names as many datasets as fit.
fn purged(mut datasets: Vec<PurgedDataset>) -> Vec<SubjectEvent> {
    let mut events = Vec::new();
    while datasets.len() > MAX_DATASETS_PER_EVENT {
        let rest = datasets.split_off(MAX_DATASETS_PER_EVENT);
        events.push(SubjectEvent::Purged(SubjectPurged { datasets }));
        datasets = rest;
    }
    events.push(SubjectEvent::Purged(SubjectPurged { datasets }));
    events
}

impl Aggregate for Subject {
    const TYPE: &'static str = "subject";
    const STATE_VERSION: u32 = 1;
    type Command = SubjectCommand;
    type Event = SubjectEvent;
    type Refusal = SubjectRefusal;

    fn decide(&self, command: SubjectCommand, _: &Context) -> Result<Vec<SubjectEvent>, SubjectRefusal> {
        match (&self.stage, command) {
            (Stage::Unknown, SubjectCommand::Register { name }) => {
                Ok(vec![SubjectEvent::Registered(SubjectRegistered { name })])
            }
            (Stage::Unknown, _) => Err(SubjectRefusal::Unknown),
            (Stage::Known { hold: Some(_), .. }, SubjectCommand::Erase { .. }) => Err(SubjectRefusal::Held),
            (Stage::Known { .. }, command) => Ok(self.decide_known(command)),
            (Stage::Erased(erasure), SubjectCommand::Purge { datasets }) => {
                Ok(if erasure.purged { vec![] } else { purged(datasets) })
            }
            (Stage::Erased(erasure), SubjectCommand::EndEpoch) => Ok(if erasure.epoch_ended {
                vec![]
            } else {
                let epoch_id = erasure.epoch_id;
                vec![SubjectEvent::EpochEnded(SubjectEpochEnded { epoch_id })]
            }),
            (Stage::Erased(_), SubjectCommand::Erase { .. }) => Ok(vec![]),
            (Stage::Erased(_), _) => Err(SubjectRefusal::Erased),
        }
    }

    fn evolve(&mut self, event: &SubjectEvent) {
        match (&mut self.stage, event) {
            (stage, SubjectEvent::Registered(registered)) => {
                *stage = Stage::Known {
                    name: registered.name.clone(),
                    hold: None,
                    restricted: false,
                };
            }
            (stage, SubjectEvent::Erased(erased)) => {
                *stage = Stage::Erased(Erasure {
                    epoch_id: erased.epoch_id,
                    key_ids: erased.key_ids.clone(),
                    purged: false,
                    epoch_ended: false,
                });
            }
            (Stage::Known { hold, .. }, SubjectEvent::Held(held)) => *hold = Some(held.reason.clone()),
            (Stage::Known { hold, .. }, SubjectEvent::HoldReleased(_)) => *hold = None,
            (Stage::Known { restricted, .. }, SubjectEvent::Restricted(_)) => *restricted = true,
            (Stage::Known { restricted, .. }, SubjectEvent::RestrictionLifted(_)) => *restricted = false,
            (Stage::Erased(erasure), SubjectEvent::Purged(_)) => erasure.purged = true,
            (Stage::Erased(erasure), SubjectEvent::EpochEnded(_)) => erasure.epoch_ended = true,
            (
                Stage::Unknown | Stage::Known { .. } | Stage::Erased(_),
                SubjectEvent::Held(_)
                | SubjectEvent::HoldReleased(_)
                | SubjectEvent::Restricted(_)
                | SubjectEvent::RestrictionLifted(_)
                | SubjectEvent::Purged(_)
                | SubjectEvent::EpochEnded(_),
            ) => {}
        }
    }
}
