//! The facts of a session, in their stored form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{UserId, aggregate::events};

events! {
    /// A fact of one session.
    SessionEvent {
        /// A user logged in.
        Started(SessionStarted) = "session.started" v 1,
        /// It ended before its time.
        Ended(SessionEnded) = "session.ended" v 1,
    }
}

/// A user logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionStarted {
    /// The user.
    pub user_id: UserId,
}

/// A session ended before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionEnded {
    /// The user.
    pub user_id: UserId,
    /// Why.
    pub reason: SessionEnd,
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The user logged out.
    Logout,
    /// The user ended it from another session.
    EndedElsewhere,
    /// A refresh token was used twice, so that one of two holders has stolen it.
    RefreshTokenReused,
}
