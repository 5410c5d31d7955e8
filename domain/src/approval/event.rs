//! The facts of a tenant's approvals, in their stored form. That a time is over is no event: the clock says so.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Action, Actor, ApprovalId, DatasetId, Sealed, UserId, aggregate::events};

events! {
    /// A fact of a tenant's approvals.
    ApprovalEvent {
        /// Somebody asked for a second person's approval.
        Requested(ApprovalRequested) = "approval.requested" v 1,
        /// A second person approved.
        Given(ApprovalGiven) = "approval.given" v 1,
        /// A second person refused, or took an approval back.
        Refused(ApprovalRefused) = "approval.refused" v 1,
        /// Whoever asked does not want it any more.
        Withdrawn(ApprovalWithdrawn) = "approval.withdrawn" v 1,
        /// Somebody went ahead without waiting for a second person.
        GlassBroken(GlassBroken) = "approval.glass_broken" v 1,
        /// A second person looked at that afterwards.
        Reviewed(GlassReviewed) = "approval.reviewed" v 1,
    }
}

/// What something is approved to be done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalTarget {
    /// The tenant as a whole.
    Tenant,
    /// One dataset.
    Dataset(DatasetId),
}

/// What a review found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It was right not to wait.
    Justified,
    /// It was not.
    Unjustified,
}

/// Who wants to do what, to what, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Who asks; nobody else uses the approval, not even another credential of the same user.
    pub requester: Actor,
    /// To do what.
    pub action: Action,
    /// To what.
    pub target: ApprovalTarget,
    /// Why.
    pub reason: Sealed,
}

/// Somebody asked for a second person's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRequested {
    /// The approval.
    pub approval_id: ApprovalId,
    /// What is asked for.
    pub wish: Wish,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// How long it shall hold from when it is given, in seconds.
    pub lasts_s: u32,
}

/// A second person approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalGiven {
    /// The approval.
    pub approval_id: ApprovalId,
    /// Who approved.
    pub approver: UserId,
    /// What the approver says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed>,
    /// From when it holds.
    pub given_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// A second person refused, or took an approval back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRefused {
    /// The approval.
    pub approval_id: ApprovalId,
    /// Who refused.
    pub approver: UserId,
    /// What the approver says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed>,
    /// When.
    pub refused_at: DateTime<Utc>,
}

/// Whoever asked does not want it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalWithdrawn {
    /// The approval.
    pub approval_id: ApprovalId,
    /// When.
    pub withdrawn_at: DateTime<Utc>,
}

/// Somebody went ahead without waiting for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GlassBroken {
    /// The approval that they gave themselves.
    pub approval_id: ApprovalId,
    /// What they want to do.
    pub wish: Wish,
    /// From when it holds.
    pub broken_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// A second person looked at a glass that was broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GlassReviewed {
    /// The approval.
    pub approval_id: ApprovalId,
    /// Who looked at it.
    pub reviewer: UserId,
    /// What they found.
    pub finding: Finding,
    /// What they say of it.
    pub note: Sealed,
    /// When.
    pub reviewed_at: DateTime<Utc>,
}
