//! Use cases of API keys: a program calls with one in the name of the user who made it.
//!
//! The log says what happens to a key. Its row, which holds the hash of its secret, commits with the events.

mod certificate;
mod create;
mod expire;
mod input;
mod list;
mod revoke;
mod rotate;
mod source;

use vault_access::ApiKeySecret;
use vault_crypto::{Label, Scope, SealContext};
use vault_domain::{Aggregate, ApiKeyId, TenantId, UserId, api_key::ApiKey, field};
use vault_event_store::{ApiKeyRow, StreamId};

pub use certificate::{CERTIFICATE_HINT, map_certificate};
pub use create::create;
pub use expire::expire;
pub use input::{
    DEFAULT_API_KEY_DAYS, DEFAULT_OVERLAP_S, MAX_API_KEY_DAYS, MAX_API_KEYS, MAX_OVERLAP_S, NewApiKey,
};
pub use list::{ApiKeyView, list, list_of};
pub use revoke::{revoke, revoke_as_operator, revoke_of};
pub use rotate::rotate;
pub use source::StoredApiKeys;

use crate::{error::CommandError, vault::Vault};

/// A key, with the secret that is shown this once.
#[derive(Debug)]
pub struct FreshApiKey {
    /// What is known of the key.
    pub view: ApiKeyView,
    /// Its secret.
    pub secret: ApiKeySecret,
}

const fn stream(id: ApiKeyId) -> StreamId {
    StreamId {
        aggregate_type: ApiKey::TYPE,
        aggregate_id: id.as_uuid(),
    }
}

const fn name_context(tenant: TenantId, user: UserId, id: ApiKeyId) -> SealContext {
    SealContext {
        tenant,
        scope: Scope::User(user),
        label: Label::FieldOf(field::API_KEY_NAME, id.as_uuid()),
    }
}

fn fresh_secret() -> Result<ApiKeySecret, CommandError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| CommandError::Internal(Box::new(error)))?;
    Ok(ApiKeySecret::from_random(random))
}

/// The row of a key of this user, whatever has become of it.
async fn own_row(
    vault: &Vault,
    tenant: TenantId,
    user: UserId,
    id: ApiKeyId,
) -> Result<ApiKeyRow, CommandError> {
    let row = vault.accounts.api_key(tenant.as_uuid(), id.as_uuid()).await;
    row.map_err(CommandError::accounts)?
        .filter(|row| row.user_id == user.as_uuid())
        .ok_or(CommandError::ApiKeyNotFound)
}
