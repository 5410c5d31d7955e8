//! What may become of an approval.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::{
    Approval, ApprovalEvent, ApprovalGiven, ApprovalRefused, ApprovalRequested, ApprovalWithdrawn, Approvals,
    Course, Finding, GlassBroken, GlassReviewed, MAX_APPROVAL_MINUTES, MAX_APPROVALS, MAX_APPROVALS_OF_ONE,
    MAX_BROKEN_MINUTES, MAX_UNREVIEWED_OF_ONE, Wish,
};
use crate::{Actor, ApprovalId, Sealed, UserId};

/// An order to a tenant's approvals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApprovalCommand {
    /// Ask for a second person's approval.
    Request {
        /// The new approval.
        id: ApprovalId,
        /// What is asked for.
        wish: Wish,
        /// How long it shall hold.
        minutes: u32,
    },
    /// Approve.
    Give {
        /// What.
        id: ApprovalId,
        /// Who does.
        approver: UserId,
        /// What the approver says of it.
        note: Option<Sealed>,
    },
    /// Refuse, or take back.
    Refuse {
        /// What.
        id: ApprovalId,
        /// Who does.
        approver: UserId,
        /// What the approver says of it.
        note: Option<Sealed>,
    },
    /// Do without.
    Withdraw {
        /// What.
        id: ApprovalId,
        /// Who asked for it.
        requester: Actor,
    },
    /// Go ahead without waiting for a second person.
    BreakGlass {
        /// The new approval.
        id: ApprovalId,
        /// What is to be done.
        wish: Wish,
        /// How long it shall hold.
        minutes: u32,
    },
    /// Say what a look at it found.
    Review {
        /// What.
        id: ApprovalId,
        /// Who looked at it.
        reviewer: UserId,
        /// What they found.
        finding: Finding,
        /// What they say of it.
        note: Sealed,
    },
}

/// The reason why a tenant's approvals refuse a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefusal {
    /// There are as many as there may be.
    #[error("there are {MAX_APPROVALS} approvals already that are not over")]
    TooMany,
    /// The requester has as many as one may have.
    #[error("one user has at most {MAX_APPROVALS_OF_ONE} approvals that are not over")]
    TooManyOfOne,
    /// Others have not looked yet at what the requester did before.
    #[error("one user has at most {MAX_UNREVIEWED_OF_ONE} broken glasses that nobody has reviewed")]
    TooManyUnreviewed,
    /// It would hold for no time, or for too long.
    #[error("must be from 1 to {0}")]
    BadDuration(u32),
    /// There is no such approval.
    #[error("there is no such approval")]
    Unknown,
    /// It is over, or in another state.
    #[error("the approval is not in a state for this")]
    NotInState,
    /// Nobody decides on what they asked for themselves.
    #[error("nobody decides on what they asked for themselves")]
    Own,
}

impl Approvals {
    pub(super) fn answer(
        &self,
        command: ApprovalCommand,
        now: DateTime<Utc>,
    ) -> Result<ApprovalEvent, ApprovalRefusal> {
        let now = now.trunc_subsecs(6);
        match command {
            ApprovalCommand::Request { id, wish, minutes } => {
                self.check_new(&wish, minutes, MAX_APPROVAL_MINUTES, now)?;
                Ok(ApprovalEvent::Requested(ApprovalRequested {
                    approval_id: id,
                    wish,
                    requested_at: now,
                    lasts_s: minutes * 60,
                }))
            }
            ApprovalCommand::Give { id, approver, note } => self.give(id, approver, note, now),
            ApprovalCommand::Refuse { id, approver, note } => {
                let approval = self.of_another(id, approver)?;
                let given = matches!(approval.course, Course::Given(_)) && approval.is_in_force(now);
                require(approval.is_open(now) || given)?;
                Ok(ApprovalEvent::Refused(ApprovalRefused {
                    approval_id: id,
                    approver,
                    note,
                    refused_at: now,
                }))
            }
            ApprovalCommand::Withdraw { id, requester } => {
                let approval = self.get(id).filter(|known| known.wish.requester == requester);
                let approval = approval.ok_or(ApprovalRefusal::Unknown)?;
                require(!approval.is_over(now) && !is_broken(approval))?;
                Ok(ApprovalEvent::Withdrawn(ApprovalWithdrawn {
                    approval_id: id,
                    withdrawn_at: now,
                }))
            }
            ApprovalCommand::BreakGlass { id, wish, minutes } => {
                self.check_new(&wish, minutes, MAX_BROKEN_MINUTES, now)?;
                self.check_reviewed(&wish)?;
                Ok(ApprovalEvent::GlassBroken(GlassBroken {
                    approval_id: id,
                    wish,
                    broken_at: now,
                    expires_at: now + TimeDelta::minutes(minutes.into()),
                }))
            }
            ApprovalCommand::Review {
                id,
                reviewer,
                finding,
                note,
            } => {
                require(self.of_another(id, reviewer)?.is_unreviewed())?;
                Ok(ApprovalEvent::Reviewed(GlassReviewed {
                    approval_id: id,
                    reviewer,
                    finding,
                    note,
                    reviewed_at: now,
                }))
            }
        }
    }

    fn give(
        &self,
        id: ApprovalId,
        approver: UserId,
        note: Option<Sealed>,
        now: DateTime<Utc>,
    ) -> Result<ApprovalEvent, ApprovalRefusal> {
        let approval = self.of_another(id, approver)?;
        match approval.course {
            Course::Asked { until, lasts_s } if now < until => Ok(ApprovalEvent::Given(ApprovalGiven {
                approval_id: id,
                approver,
                note,
                given_at: now,
                expires_at: now + TimeDelta::seconds(lasts_s.into()),
            })),
            _ => Err(ApprovalRefusal::NotInState),
        }
    }

    /// An approval on which this user may decide.
    fn of_another(&self, id: ApprovalId, user: UserId) -> Result<&Approval, ApprovalRefusal> {
        let approval = self.get(id).ok_or(ApprovalRefusal::Unknown)?;
        if approval.is_of(Some(user)) {
            return Err(ApprovalRefusal::Own);
        }
        Ok(approval)
    }

    fn check_new(
        &self,
        wish: &Wish,
        minutes: u32,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<(), ApprovalRefusal> {
        if minutes == 0 || minutes > most {
            return Err(ApprovalRefusal::BadDuration(most));
        }
        let under_way = || self.all().iter().filter(|approval| !approval.is_over(now));
        let user = wish.requester.user();
        if under_way().filter(|approval| approval.is_of(user)).count() >= MAX_APPROVALS_OF_ONE {
            return Err(ApprovalRefusal::TooManyOfOne);
        }
        if under_way().count() >= MAX_APPROVALS {
            return Err(ApprovalRefusal::TooMany);
        }
        Ok(())
    }

    fn check_reviewed(&self, wish: &Wish) -> Result<(), ApprovalRefusal> {
        let user = wish.requester.user();
        let unreviewed = self.all().iter().filter(|approval| approval.is_unreviewed());
        if unreviewed.filter(|approval| approval.is_of(user)).count() >= MAX_UNREVIEWED_OF_ONE {
            return Err(ApprovalRefusal::TooManyUnreviewed);
        }
        Ok(())
    }
}

const fn is_broken(approval: &Approval) -> bool {
    matches!(approval.course, Course::Broken { .. } | Course::Reviewed { .. })
}

const fn require(holds: bool) -> Result<(), ApprovalRefusal> {
    if holds {
        Ok(())
    } else {
        Err(ApprovalRefusal::NotInState)
    }
}
