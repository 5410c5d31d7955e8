//! The facts of an API key, in their stored form. No event holds its secret, or a hash of it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Action, Sealed, UserId, aggregate::events};

events! {
    /// A fact of one API key.
    ApiKeyEvent {
        /// A program may call with it.
        Created(ApiKeyCreated) = "api_key.created" v 1,
        /// It has another secret.
        Rotated(ApiKeyRotated) = "api_key.rotated" v 1,
        /// Nobody may call with it any more.
        Revoked(ApiKeyRevoked) = "api_key.revoked" v 1,
        /// Its time is over.
        Expired(ApiKeyExpired) = "api_key.expired" v 1,
    }
}

/// A program may call with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyCreated {
    /// The user in whose name it calls.
    pub user_id: UserId,
    /// What the user calls it.
    pub name: Sealed,
    /// What it may do, of what the user may.
    pub scopes: Vec<Action>,
    /// When its time is over.
    pub expires_at: DateTime<Utc>,
    /// How many requests it may send in a second, if fewer than its user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_s: Option<u32>,
}

/// It has another secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyRotated {
    /// Until when the secret before is good as well.
    pub previous_until: DateTime<Utc>,
}

/// Nobody may call with it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyRevoked {
    /// Who wanted it.
    pub reason: ApiKeyRevocation,
}

/// Why an API key was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApiKeyRevocation {
    /// Its user wanted it.
    ByOwner,
    /// Somebody who manages the tenant's users wanted it.
    ByAdministrator,
    /// An operator of the vault wanted it.
    ByOperator,
}

/// Its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyExpired {}
