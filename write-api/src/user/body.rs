//! What is shown of users.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_commands::user::{Created, FreshInvitation, UserView};

/// A user of the tenant.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserBody {
    /// Its id.
    id: Uuid,
    /// What it logs in with.
    #[schema(format = "email")]
    email: String,
    /// What it may do.
    #[schema(example = json!(["data_scientist"]))]
    roles: Vec<String>,
    /// `active`, `invited` (it has to choose a password first) or `disabled`.
    #[schema(example = "active")]
    status: &'static str,
    /// Whether codes of a second factor are asked for.
    mfa: bool,
    /// When it was registered.
    created_at: DateTime<Utc>,
    /// Since when it cannot log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<DateTime<Utc>>,
    /// Until when it can choose a password with its invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation_expires_at: Option<DateTime<Utc>>,
}

/// A user, with an invitation if it was given one.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitedUserBody {
    /// What `POST /auth/invitation` takes, once; shown this once. Give it to the user, and to nobody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "vin_...")]
    invitation: Option<String>,
    /// The user.
    #[serde(flatten)]
    user: UserBody,
}

impl From<UserView> for UserBody {
    fn from(view: UserView) -> Self {
        let (status, invitation_expires_at) = (view.status(), view.invitation_until());
        let credential = view.row.credential;
        Self {
            id: credential.user_id,
            email: view.email,
            roles: credential.roles,
            status,
            mfa: view.row.has_second_factor,
            created_at: credential.created_at,
            disabled_at: credential.disabled_at,
            invitation_expires_at,
        }
    }
}

impl From<FreshInvitation> for InvitedUserBody {
    fn from(fresh: FreshInvitation) -> Self {
        Self {
            invitation: Some(fresh.invitation.expose().to_string()),
            user: fresh.view.into(),
        }
    }
}

impl From<Created> for InvitedUserBody {
    fn from(created: Created) -> Self {
        match created {
            Created::Invited(fresh) => fresh.into(),
            Created::WithPassword(view) => Self {
                invitation: None,
                user: view.into(),
            },
        }
    }
}
