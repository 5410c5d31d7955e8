//! Rights to one dataset that are given to a user or a role, for a time: one stream for all of a dataset's, so that a
//! node that decides about the dataset reads one stream.

mod event;
mod view;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use event::{GrantEvent, GrantGiven, GrantRevoked, Grantee};
pub use view::GrantView;

use crate::{
    Action, GrantId,
    aggregate::{Aggregate, Context},
};

/// The most grants of a dataset that are in force at a time.
pub const MAX_GRANTS: usize = 1_000;
/// The longest that a grant is in force, if it ends at all.
pub const MAX_GRANT_DAYS: i64 = 366;
/// What can be given: the rights to a dataset, but not the right to give them.
pub const GRANTABLE: [Action; 5] = [
    Action::DatasetRead,
    Action::DatasetUpdate,
    Action::DatasetDelete,
    Action::RecordAdd,
    Action::RecordRead,
];

/// The aggregate of one dataset's grants. Its stream has the id of the dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    grants: Vec<GrantGiven>,
}

/// An order to a dataset's grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantCommand {
    /// Give rights.
    Give(GrantGiven),
    /// Take them back.
    Revoke(GrantId),
}

/// The reason why a dataset's grants refuse a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// There are as many as there may be.
    #[error("there are {MAX_GRANTS} grants in force already")]
    TooMany,
    /// Nothing is given.
    #[error("a grant gives at least one action")]
    NoActions,
    /// An action is no right to a dataset, or the right to give rights.
    #[error("{} cannot be given", .0.name())]
    NotGrantable(Action),
    /// It would end before it begins, or too late.
    #[error("a grant ends after now, and within {MAX_GRANT_DAYS} days")]
    BadExpiry,
    /// There is no such grant, or its time is over.
    #[error("there is no such grant in force")]
    Unknown,
}

impl GrantGiven {
    /// Whether it still holds at a time.
    #[must_use]
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

impl Grants {
    /// The grants that were not taken back, in the order in which they were given; the time of some may be over.
    #[must_use]
    pub fn given(&self) -> &[GrantGiven] {
        &self.grants
    }

    /// The grants that are in force.
    pub fn in_force(&self, now: DateTime<Utc>) -> impl Iterator<Item = &GrantGiven> {
        self.grants.iter().filter(move |grant| grant.is_in_force(now))
    }

    fn check(&self, grant: &GrantGiven, now: DateTime<Utc>) -> Result<(), GrantRefusal> {
        if grant.actions.is_empty() {
            return Err(GrantRefusal::NoActions);
        }
        if let Some(other) = grant.actions.iter().find(|action| !GRANTABLE.contains(action)) {
            return Err(GrantRefusal::NotGrantable(*other));
        }
        let latest = now + TimeDelta::days(MAX_GRANT_DAYS);
        if grant.expires_at.is_some_and(|end| end <= now || end > latest) {
            return Err(GrantRefusal::BadExpiry);
        }
        if self.in_force(now).count() >= MAX_GRANTS {
            return Err(GrantRefusal::TooMany);
        }
        Ok(())
    }
}

impl Aggregate for Grants {
    const TYPE: &'static str = "grants";
    const STATE_VERSION: u32 = 1;
    type Command = GrantCommand;
    type Event = GrantEvent;
    type Refusal = GrantRefusal;

    fn decide(&self, command: GrantCommand, ctx: &Context) -> Result<Vec<GrantEvent>, GrantRefusal> {
        match command {
            GrantCommand::Give(grant) => {
                self.check(&grant, ctx.now)?;
                Ok(vec![GrantEvent::Given(grant)])
            }
            GrantCommand::Revoke(grant_id) => {
                let mut known = self.in_force(ctx.now);
                known
                    .find(|grant| grant.grant_id == grant_id)
                    .ok_or(GrantRefusal::Unknown)?;
                Ok(vec![GrantEvent::Revoked(GrantRevoked { grant_id })])
            }
        }
    }

    fn evolve(&mut self, event: &GrantEvent) {
        match event {
            GrantEvent::Given(grant) => {
                // those that ended before this one was given are kept in the log alone
                self.grants.retain(|older| older.is_in_force(grant.given_at));
                self.grants.push(grant.clone());
            }
            GrantEvent::Revoked(revoked) => self.grants.retain(|grant| grant.grant_id != revoked.grant_id),
        }
    }
}
