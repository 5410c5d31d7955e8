//! Sessions that were ended on other nodes: their access tokens are refused here, too, within a second.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use vault_access::{ACCESS_TOKEN_LIFETIME_S, Authenticator};
use vault_domain::SessionId;
use vault_event_store::{Accounts, DatabaseError};

use crate::parts::Parts;

/// How often it is asked which sessions were ended.
const PERIOD: Duration = Duration::from_millis(250);
/// How far another node's clock may be behind, and how long its statement may take to commit.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);

/// Starts the task that asks. A node that has just started asks for all whose tokens may still be about.
pub(crate) fn start(parts: &Parts) {
    let (accounts, authenticator) = (parts.vault.accounts.clone(), Arc::clone(&parts.authenticator));
    let (clock, stop) = (Arc::clone(&parts.clock), parts.stopping());
    parts.spawn(async move {
        let lifetime = TimeDelta::seconds(i64::from(ACCESS_TOKEN_LIFETIME_S));
        let mut seen = clock.now() - lifetime;
        loop {
            match follow(&accounts, &authenticator, seen).await {
                Ok(last) => seen = last,
                Err(error) => tracing::debug!(error = %error, "ended sessions cannot be read"),
            }
            let pause = stop.run_until_cancelled(tokio::time::sleep(PERIOD));
            if pause.await.is_none() {
                return;
            }
        }
    });
}

/// Refuses what was ended lately; gives the latest end.
async fn follow(
    accounts: &Accounts,
    authenticator: &Authenticator,
    seen: DateTime<Utc>,
) -> Result<DateTime<Utc>, DatabaseError> {
    let mut last = seen;
    for (session, ended_at) in accounts.ended_since(seen - OVERLAP).await? {
        authenticator.end_session(SessionId::from_uuid(session), ended_at);
        last = last.max(ended_at);
    }
    Ok(last)
}
