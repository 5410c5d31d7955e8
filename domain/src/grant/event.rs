//! The facts of a dataset's grants, in their stored form. That a grant's time is over is no event: the clock says so.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Action, GrantId, Role, Sealed, UserId, aggregate::events};

events! {
    /// A fact of a dataset's grants.
    GrantEvent {
        /// Somebody was given rights.
        Given(GrantGiven) = "grant.given" v 1,
        /// They were taken back.
        Revoked(GrantRevoked) = "grant.revoked" v 1,
    }
}

/// To whom rights are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grantee {
    /// A user of the tenant.
    User(UserId),
    /// Everybody who has a role.
    Role(Role),
}

/// Somebody was given rights to the dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantGiven {
    /// The grant.
    pub grant_id: GrantId,
    /// To whom.
    pub to: Grantee,
    /// To do what.
    pub actions: Vec<Action>,
    /// Why.
    pub reason: Sealed,
    /// From when.
    pub given_at: DateTime<Utc>,
    /// Until when, if it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// Rights to the dataset were taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantRevoked {
    /// The grant.
    pub grant_id: GrantId,
}
