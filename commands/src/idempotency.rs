//! Repeating a request under the same key gives the same answer and does nothing twice.

use chrono::TimeDelta;
use vault_access::{Credential, Principal};
use vault_domain::KeyedHash;
use vault_event_store::{IdempotencyRow, StoredEvent};

use crate::{error::CommandError, vault::Vault};

/// How long an answer is remembered.
const REMEMBERED: TimeDelta = TimeDelta::hours(24);
const KEY_LABEL: &str = "idempotency.key";
const BODY_LABEL: &str = "idempotency.body";

/// Under which key a client may repeat a request, and what it must send then.
#[derive(Clone)]
pub struct IdempotencyRequest {
    /// Method and route template.
    pub route: String,
    /// The client's key.
    pub key: Vec<u8>,
    /// SHA-256 of the path and the body, or of one chunk of it.
    pub digest: [u8; 32],
    /// The number of the chunk of a streamed request; 0 otherwise.
    pub chunk: u64,
}

impl std::fmt::Debug for IdempotencyRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdempotencyRequest")
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

/// A request with its key hashed, ready to be looked up and to be written down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Repeatable {
    key: KeyedHash,
    body: KeyedHash,
}

impl Repeatable {
    pub(crate) async fn new(
        vault: &Vault,
        principal: &Principal,
        request: &IdempotencyRequest,
    ) -> Result<Self, CommandError> {
        let hasher = vault.keys.tenant_lookup(principal.tenant).await?;
        let caller = match principal.credential {
            Credential::Session(_) => principal.user.as_uuid(),
            Credential::ApiKey { id, .. } => id.as_uuid(),
        };
        let chunk = request.chunk.to_be_bytes();
        let parts: [&[u8]; 4] = [caller.as_bytes(), request.route.as_bytes(), &request.key, &chunk];
        Ok(Self {
            key: hasher.hash_parts(KEY_LABEL, &parts),
            body: hasher.hash(BODY_LABEL, &request.digest),
        })
    }

    /// The row that remembers the answer.
    pub(crate) fn row(&self, vault: &Vault, status: u16) -> IdempotencyRow {
        IdempotencyRow {
            key: self.key,
            body: self.body,
            status,
            expires_at: vault.clock.now() + REMEMBERED,
        }
    }

    /// The events that the request made when it was first answered; `None` when it was not.
    pub(crate) async fn events_before(
        &self,
        vault: &Vault,
        principal: &Principal,
    ) -> Result<Option<Vec<StoredEvent>>, CommandError> {
        let Some(answered) = vault
            .idempotency
            .find(principal.tenant, self.key, vault.clock.now())
            .await?
        else {
            return Ok(None);
        };
        if answered.body != self.body {
            return Err(CommandError::IdempotencyKeyReused);
        }
        match answered.event {
            Some(first) => Ok(Some(vault.idempotency.events_of(principal.tenant, first).await?)),
            None => Ok(Some(Vec::new())),
        }
    }
}

/// The request with its key hashed, if it has one, and the events that it made before, if it was answered.
pub(crate) async fn look_up(
    vault: &Vault,
    principal: &Principal,
    request: Option<&IdempotencyRequest>,
) -> Result<(Option<Repeatable>, Option<Vec<StoredEvent>>), CommandError> {
    let Some(request) = request else {
        return Ok((None, None));
    };
    let repeatable = Repeatable::new(vault, principal, request).await?;
    let before = repeatable.events_before(vault, principal).await?;
    Ok((Some(repeatable), before))
}
