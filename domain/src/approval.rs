//! Approvals by a second person: one stream for all of a tenant's, so that a node that decides reads one stream.
//!
//! Whoever must not wait breaks the glass: it works at once, and a second person reviews it afterwards.

mod decide;
mod event;
mod view;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use decide::{ApprovalCommand, ApprovalRefusal};
pub use event::{
    ApprovalEvent, ApprovalGiven, ApprovalRefused, ApprovalRequested, ApprovalTarget, ApprovalWithdrawn,
    Finding, GlassBroken, GlassReviewed, Wish,
};
pub use view::ApprovalView;

use crate::{
    Action, Actor, ApprovalId, Sealed, UserId,
    aggregate::{Aggregate, Context},
};

/// The most approvals of a tenant that are not over.
pub const MAX_APPROVALS: usize = 1_000;
/// The most of them that one user asked for.
pub const MAX_APPROVALS_OF_ONE: usize = 20;
/// The most broken glasses of one user that nobody has reviewed.
pub const MAX_UNREVIEWED_OF_ONE: usize = 3;
/// The longest that an approval holds.
pub const MAX_APPROVAL_MINUTES: u32 = 24 * 60;
/// The longest that a broken glass holds.
pub const MAX_BROKEN_MINUTES: u32 = 60;
/// How long a request waits for somebody to decide.
pub const REQUEST_HOURS: i64 = 24;
/// How many approvals that are over are shown still; the log knows them all.
pub const MAX_ENDED: usize = 200;

/// The aggregate of one tenant's approvals. Its stream has the id of the tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvals {
    approvals: Vec<Approval>,
}

/// One approval, from its request to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// What is asked for.
    pub wish: Wish,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// What became of it.
    pub course: Course,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// Nobody has decided yet.
    Asked {
        /// Until when somebody may.
        until: DateTime<Utc>,
        /// How long it shall hold, in seconds.
        lasts_s: u32,
    },
    /// A second person approved.
    Given(ApprovalGiven),
    /// A second person refused.
    Refused(ApprovalRefused),
    /// Whoever asked does not want it any more.
    Withdrawn(ApprovalWithdrawn),
    /// Nobody was waited for, and nobody has looked at it yet.
    Broken {
        /// Until when it holds.
        until: DateTime<Utc>,
    },
    /// Nobody was waited for, and somebody has looked at it.
    Reviewed {
        /// Until when it holds.
        until: DateTime<Utc>,
        /// What they found.
        review: GlassReviewed,
    },
}

/// What an approval is at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalState {
    /// Somebody may decide on it.
    Open,
    /// Its requester may do what was asked for.
    InForce,
    /// It was refused or taken back, or should not have been done.
    Refused,
    /// Whoever asked does without.
    Withdrawn,
    /// Its time is over.
    Expired,
}

impl ApprovalState {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InForce => "in_force",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
}

impl Approval {
    /// What it is at a time.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> ApprovalState {
        match &self.course {
            _ if self.is_open(now) => ApprovalState::Open,
            _ if self.is_in_force(now) => ApprovalState::InForce,
            Course::Refused(_) => ApprovalState::Refused,
            Course::Reviewed { review, .. } if review.finding == Finding::Unjustified => {
                ApprovalState::Refused
            }
            Course::Withdrawn(_) => ApprovalState::Withdrawn,
            Course::Asked { .. } | Course::Given(_) | Course::Broken { .. } | Course::Reviewed { .. } => {
                ApprovalState::Expired
            }
        }
    }

    /// Until when it holds or may still be decided, as far as there is such a time.
    #[must_use]
    pub const fn until(&self) -> Option<DateTime<Utc>> {
        match &self.course {
            Course::Asked { until, .. } | Course::Broken { until } | Course::Reviewed { until, .. } => {
                Some(*until)
            }
            Course::Given(given) => Some(given.expires_at),
            Course::Refused(_) | Course::Withdrawn(_) => None,
        }
    }

    /// Whether somebody may still decide on it.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        matches!(self.course, Course::Asked { until, .. } if now < until)
    }

    /// Whether its requester may do now what was asked for.
    #[must_use]
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        match &self.course {
            Course::Given(given) => now < given.expires_at,
            Course::Broken { until } => now < *until,
            Course::Reviewed { until, review } => review.finding == Finding::Justified && now < *until,
            Course::Asked { .. } | Course::Refused(_) | Course::Withdrawn(_) => false,
        }
    }

    /// Whether nobody was waited for, and nobody has looked at it yet.
    #[must_use]
    pub const fn is_unreviewed(&self) -> bool {
        matches!(self.course, Course::Broken { .. })
    }

    /// Whether nothing can become of it any more.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        !self.is_open(now) && !self.is_in_force(now) && !self.is_unreviewed()
    }

    /// What a second person says of it.
    #[must_use]
    pub const fn note(&self) -> Option<&Sealed> {
        match &self.course {
            Course::Given(given) => given.note.as_ref(),
            Course::Refused(refused) => refused.note.as_ref(),
            Course::Reviewed { review, .. } => Some(&review.note),
            Course::Asked { .. } | Course::Withdrawn(_) | Course::Broken { .. } => None,
        }
    }

    fn is_of(&self, user: Option<UserId>) -> bool {
        self.wish.requester.user() == user
    }
}

impl Approvals {
    /// All that are not over, and the last ones that are, in the order in which they were asked for.
    #[must_use]
    pub fn all(&self) -> &[Approval] {
        &self.approvals
    }

    /// The approval with this id, if it is known still.
    #[must_use]
    pub fn get(&self, id: ApprovalId) -> Option<&Approval> {
        self.approvals.iter().find(|approval| approval.id == id)
    }

    /// The approval by which somebody may do this now.
    #[must_use]
    pub fn in_force(
        &self,
        actor: Actor,
        action: Action,
        target: ApprovalTarget,
        now: DateTime<Utc>,
    ) -> Option<ApprovalId> {
        let covers = |wish: &Wish| wish.requester == actor && wish.action == action && wish.target == target;
        let mut all = self.approvals.iter();
        all.find(|approval| covers(&approval.wish) && approval.is_in_force(now))
            .map(|approval| approval.id)
    }

    fn add(&mut self, approval: Approval) {
        let now = approval.requested_at;
        let ended = self.approvals.iter().filter(|older| older.is_over(now)).count();
        let mut surplus = ended.saturating_sub(MAX_ENDED);
        self.approvals.retain(|older| {
            let goes = surplus > 0 && older.is_over(now);
            surplus -= usize::from(goes);
            !goes
        });
        self.approvals.push(approval);
    }

    fn turn(&mut self, id: ApprovalId, course: Course) {
        if let Some(approval) = self.approvals.iter_mut().find(|approval| approval.id == id) {
            approval.course = course;
        }
    }
}

impl Aggregate for Approvals {
    const TYPE: &'static str = "approvals";
    const STATE_VERSION: u32 = 1;
    type Command = ApprovalCommand;
    type Event = ApprovalEvent;
    type Refusal = ApprovalRefusal;

    fn decide(&self, command: ApprovalCommand, ctx: &Context) -> Result<Vec<ApprovalEvent>, ApprovalRefusal> {
        self.answer(command, ctx.now).map(|event| vec![event])
    }

    fn evolve(&mut self, event: &ApprovalEvent) {
        match event {
            ApprovalEvent::Requested(requested) => self.add(Approval {
                id: requested.approval_id,
                wish: requested.wish.clone(),
                requested_at: requested.requested_at,
                course: Course::Asked {
                    until: requested.requested_at + TimeDelta::hours(REQUEST_HOURS),
                    lasts_s: requested.lasts_s,
                },
            }),
            ApprovalEvent::GlassBroken(broken) => self.add(Approval {
                id: broken.approval_id,
                wish: broken.wish.clone(),
                requested_at: broken.broken_at,
                course: Course::Broken {
                    until: broken.expires_at,
                },
            }),
            ApprovalEvent::Given(given) => self.turn(given.approval_id, Course::Given(given.clone())),
            ApprovalEvent::Refused(refused) => {
                self.turn(refused.approval_id, Course::Refused(refused.clone()));
            }
            ApprovalEvent::Withdrawn(withdrawn) => {
                self.turn(withdrawn.approval_id, Course::Withdrawn(withdrawn.clone()));
            }
            ApprovalEvent::Reviewed(review) => {
                let known = self.get(review.approval_id);
                if let Some(until) = known.and_then(Approval::until) {
                    let review = review.clone();
                    self.turn(review.approval_id, Course::Reviewed { until, review });
                }
            }
        }
    }
}
