//! The facts of a user, in their stored form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Role, SealedText, aggregate::events};

events! {
    /// A fact of one user.
    UserEvent {
        /// The user can log in.
        Registered(UserRegistered) = "user.registered" v 1,
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
