//! What is shown of API keys.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_commands::api_key::{ApiKeyView, FreshApiKey};

/// What is known of an API key; the key itself is shown when it is made, and never again.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeyBody {
    /// Its id.
    id: Uuid,
    /// In whose name it calls.
    user_id: Uuid,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The first characters of the key.
    #[schema(example = "vak_1f8b3a")]
    prefix: String,
    /// What it may do, of what its user may.
    #[schema(example = json!(["record:add"]))]
    scopes: Vec<String>,
    /// `active`, `expired` or `revoked`.
    status: &'static str,
    /// How many requests it may send in a second, if it has a limit of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit_per_s: Option<i32>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When its time is over.
    expires_at: DateTime<Utc>,
    /// When it got its present secret, if it was rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    rotated_at: Option<DateTime<Utc>>,
    /// Until when the secret before is good, if it was rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_until: Option<DateTime<Utc>>,
    /// When it was used last; may lag behind by some seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime<Utc>>,
}

/// A new API key, or one with a new secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct FreshApiKeyBody {
    /// The key itself, shown this once: for `Authorization: Bearer` or `X-API-Key`.
    #[schema(example = "vak_1f8b3a...")]
    key: String,
    /// What is known of it.
    #[serde(flatten)]
    known: ApiKeyBody,
}

impl ApiKeyBody {
    pub(super) fn at(view: ApiKeyView, now: DateTime<Utc>) -> Self {
        let status = view.status(now);
        let ApiKeyView { row, name } = view;
        Self {
            id: row.key_id,
            user_id: row.user_id,
            name,
            prefix: row.hint,
            scopes: row.scopes,
            status,
            rate_limit_per_s: row.requests_per_s,
            created_at: row.created_at,
            expires_at: row.expires_at,
            rotated_at: row.rotated_at,
            previous_until: row.previous_until,
            last_used_at: row.last_used_at,
        }
    }
}

impl FreshApiKeyBody {
    pub(super) fn at(fresh: FreshApiKey, now: DateTime<Utc>) -> Self {
        Self {
            key: fresh.secret.expose().to_string(),
            known: ApiKeyBody::at(fresh.view, now),
        }
    }
}
