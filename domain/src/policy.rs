//! The policies that a tenant adds to the shipped ones: one stream for all of a tenant's, so that their number needs no
//! rule across streams, and a node that decides reads one stream.

mod event;
mod view;

use serde::{Deserialize, Serialize};

pub use event::{PolicyCreated, PolicyDeleted, PolicyEvent, PolicyReplaced};
pub use view::{PolicyContent, PolicyView};

use crate::{
    PolicyId, Sealed,
    aggregate::{Aggregate, Context},
};

/// The most policies that a tenant has.
pub const MAX_POLICIES: usize = 1_000;
/// The most of them that are wide: each is asked at nearly every decision.
pub const MAX_WIDE_POLICIES: usize = 50;

/// The aggregate of one tenant's policies. Its stream has the id of the tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    policies: Vec<KeptPolicy>,
    /// The sequence of the last event.
    sequence: u64,
}

/// A policy that decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPolicy {
    /// The policy.
    #[serde(flatten)]
    pub policy: NewPolicy,
    /// The sequence at which it became what it is: its entity tag.
    pub sequence: u64,
}

/// A policy, as it is created or replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPolicy {
    /// Its id.
    pub id: PolicyId,
    /// Whether its scope names neither one user nor one dataset.
    pub wide: bool,
    /// Its name, its description and its text, sealed together.
    pub content: Sealed,
}

/// An order to a tenant's policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyCommand {
    /// Decide by one more.
    Create(NewPolicy),
    /// Decide by this one in the place of the one with its id.
    Replace(NewPolicy),
    /// Decide by it no more.
    Delete(PolicyId),
}

/// The reason why a tenant's policies refuse a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyRefusal {
    /// There are as many as there may be.
    #[error("there are {MAX_POLICIES} policies already")]
    TooMany,
    /// There are as many wide ones as there may be.
    #[error("there are {MAX_WIDE_POLICIES} policies already that name neither a user nor a dataset")]
    TooManyWide,
    /// There is no such policy.
    #[error("there is no such policy")]
    Unknown,
}

impl Policies {
    /// The policies, in the order in which they were created.
    #[must_use]
    pub fn policies(&self) -> &[KeptPolicy] {
        &self.policies
    }

    /// The policy with this id.
    #[must_use]
    pub fn get(&self, id: PolicyId) -> Option<&KeptPolicy> {
        self.policies.iter().find(|kept| kept.policy.id == id)
    }

    fn check_width(&self, new: &NewPolicy) -> Result<(), PolicyRefusal> {
        let others = self.policies.iter().filter(|kept| kept.policy.id != new.id);
        let wide = others.filter(|kept| kept.policy.wide).count();
        if new.wide && wide >= MAX_WIDE_POLICIES {
            return Err(PolicyRefusal::TooManyWide);
        }
        Ok(())
    }
}

impl Aggregate for Policies {
    const TYPE: &'static str = "policies";
    const STATE_VERSION: u32 = 1;
    type Command = PolicyCommand;
    type Event = PolicyEvent;
    type Refusal = PolicyRefusal;

    fn decide(&self, command: PolicyCommand, _: &Context) -> Result<Vec<PolicyEvent>, PolicyRefusal> {
        match command {
            PolicyCommand::Create(new) => {
                if self.policies.len() >= MAX_POLICIES {
                    return Err(PolicyRefusal::TooMany);
                }
                self.check_width(&new)?;
                Ok(vec![PolicyEvent::Created(new.into())])
            }
            PolicyCommand::Replace(new) => {
                self.get(new.id).ok_or(PolicyRefusal::Unknown)?;
                self.check_width(&new)?;
                Ok(vec![PolicyEvent::Replaced(new.into())])
            }
            PolicyCommand::Delete(policy_id) => {
                self.get(policy_id).ok_or(PolicyRefusal::Unknown)?;
                Ok(vec![PolicyEvent::Deleted(PolicyDeleted { policy_id })])
            }
        }
    }

    fn evolve(&mut self, event: &PolicyEvent) {
        self.sequence += 1;
        let sequence = self.sequence;
        match event {
            PolicyEvent::Created(created) => self.policies.push(KeptPolicy {
                policy: created.clone().into(),
                sequence,
            }),
            PolicyEvent::Replaced(replaced) => {
                let policy = NewPolicy::from(replaced.clone());
                if let Some(kept) = self.policies.iter_mut().find(|kept| kept.policy.id == policy.id) {
                    *kept = KeptPolicy { policy, sequence };
                }
            }
            PolicyEvent::Deleted(deleted) => {
                self.policies.retain(|kept| kept.policy.id != deleted.policy_id);
            }
        }
    }
}
