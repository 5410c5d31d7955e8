//! The facts of a user, in their stored form. No event holds a password, an invitation, or a hash of one.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Role, SealedText, aggregate::events};

events! {
    /// A fact of one user.
    UserEvent {
        /// The user can log in.
        Registered(UserRegistered) = "user.registered" v 1,
        /// The user may do other things.
        RolesChanged(UserRolesChanged) = "user.roles_changed" v 1,
        /// The user can log in no more.
        Disabled(UserDisabled) = "user.disabled" v 1,
        /// The user can log in again.
        Enabled(UserEnabled) = "user.enabled" v 1,
        /// The user has no password until one is chosen with an invitation.
        Invited(UserInvited) = "user.invited" v 1,
        /// The user has another password.
        PasswordChanged(UserPasswordChanged) = "user.password_changed" v 1,
    }
}

/// A user can log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserRegistered {
    /// The address to log in with.
    pub email: SealedText,
    /// What the user may do.
    pub roles: Vec<Role>,
}

/// A user may do other things. Whoever lost a role is logged out everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserRolesChanged {
    /// What the user may do from now on.
    pub roles: Vec<Role>,
}

/// A user can log in no more: sessions are over, and API keys are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserDisabled {}

/// A user can log in again, and its API keys are good again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserEnabled {}

/// A user was given an invitation to choose a password with. One from before is good no more, and sessions are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserInvited {
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// A user has another password. Sessions are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPasswordChanged {
    /// What the user proved itself with.
    pub with: PasswordProof,
}

/// What a user who chooses a password proves itself with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PasswordProof {
    /// The password before.
    Password,
    /// An invitation.
    Invitation,
}
