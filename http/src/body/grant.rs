//! A grant on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_domain::{
    Action, Role, UserId,
    grant::{GrantView, Grantee},
};

/// Rights to a dataset that were given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct GrantBody {
    /// Its id.
    id: Uuid,
    /// The user to whom they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Uuid>,
    /// The role to whose bearers they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    /// What may be done.
    actions: Vec<&'static str>,
    /// Why.
    reason: String,
    /// Since when.
    given_at: DateTime<Utc>,
    /// Until when, if it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

impl From<GrantView> for GrantBody {
    fn from(view: GrantView) -> Self {
        let grant = view.grant;
        let (user_id, role) = match grant.to {
            Grantee::User(user) => (Some(UserId::as_uuid(user)), None),
            Grantee::Role(role) => (None, Some(Role::name(role))),
        };
        Self {
            id: grant.grant_id.as_uuid(),
            user_id,
            role,
            actions: grant.actions.into_iter().map(Action::name).collect(),
            reason: view.reason,
            given_at: grant.given_at,
            expires_at: grant.expires_at,
        }
    }
}
