//! What is written down of API keys without anybody asking: when they were used, and that they have expired.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use vault_access::ApiKeyUse;
use vault_commands::{Vault, api_key};

use crate::parts::Parts;

/// How often.
const PERIOD: Duration = Duration::from_secs(5);
/// How many expired keys are taken down together.
const EXPIRE_AT_ONCE: i64 = 100;
/// How long changes are remembered for nodes that ask.
const CHANGES_KEPT: TimeDelta = TimeDelta::hours(1);
/// The most changes that are forgotten at once.
const FORGET_AT_ONCE: u32 = 10_000;

/// Starts the task.
pub(crate) fn start(parts: &Parts) {
    let (vault, stop) = (Arc::clone(&parts.vault), parts.stopping());
    parts.spawn(async move {
        loop {
            let pause = stop.run_until_cancelled(tokio::time::sleep(PERIOD));
            let closes = pause.await.is_none();
            write_uses(&vault).await;
            if closes {
                return;
            }
            if let Err(error) = api_key::expire(&vault, EXPIRE_AT_ONCE).await {
                tracing::warn!(error = %error, "expired API keys are not taken down");
            }
            let forgotten = vault.clock.now() - CHANGES_KEPT;
            if let Err(error) = vault.accounts.forget_changes(forgotten, FORGET_AT_ONCE).await {
                tracing::warn!(error = %error, "changes of credentials are not forgotten");
            }
        }
    });
}

/// What cannot be written is lost: the next use tells as much.
async fn write_uses(vault: &Vault) {
    let uses = vault.tokens.take_api_key_uses();
    if uses.is_empty() {
        return;
    }
    let of = |id: fn(&ApiKeyUse) -> Uuid| uses.iter().map(id).collect::<Vec<_>>();
    let (tenants, keys) = (of(|used| used.tenant.as_uuid()), of(|used| used.id.as_uuid()));
    let times: Vec<DateTime<Utc>> = uses.iter().map(|used| used.at).collect();
    if let Err(error) = vault.accounts.write_api_key_uses(&tenants, &keys, &times).await {
        tracing::warn!(error = %error, "uses of API keys are not written down");
    }
}
