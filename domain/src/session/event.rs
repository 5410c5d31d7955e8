//! The facts of a session, in their stored form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{UserId, aggregate::events};

events! {
    /// A fact of one session.
    SessionEvent {
        /// A user logged in.
        Started(SessionStarted) = "session.started" v 2 from [1: SessionStartedV1],
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
    /// What the user gave beside the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<SecondFactor>,
}

/// How it was written before there were second factors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionStartedV1 {
    user_id: UserId,
}

impl From<SessionStartedV1> for SessionStarted {
    fn from(was: SessionStartedV1) -> Self {
        Self {
            user_id: was.user_id,
            second_factor: None,
        }
    }
}

/// What a user gave beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// A code of an authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode,
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
    /// The user began more sessions than one may have, and this was not used for the longest time.
    TooMany,
}
