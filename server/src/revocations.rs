//! What changed on other nodes about who gets in: ended sessions and changed API keys are refused here, too, within a
//! second.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use uuid::Uuid;
use vault_access::{ACCESS_TOKEN_LIFETIME_S, Authenticator};
use vault_domain::{ApiKeyId, SessionId, UserId};
use vault_event_store::{Accounts, CredentialChange, Database, DatabaseError};
use vault_queries::Source;

use crate::parts::Parts;

/// How often it is asked what changed.
const PERIOD: Duration = Duration::from_millis(250);
/// How long API keys are used whose changes are not known, and how long the database may take to tell of changes.
const PATIENCE: Duration = Duration::from_secs(1);
/// How far another node's clock may be behind, and how long its statement may take to commit.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);

/// Starts the tasks that ask. A node that has just started asks for all sessions whose tokens may still be about; it
/// knows no API keys.
pub(crate) fn start(parts: &Parts) {
    let (accounts, authenticator) = (parts.vault.accounts.clone(), Arc::clone(&parts.authenticator));
    let rows = Arc::clone(&parts.queries.rows);
    let database = parts.database().clone();
    let (clock, stop) = (Arc::clone(&parts.clock), parts.stopping());
    parts.spawn(async move {
        let lifetime = TimeDelta::seconds(i64::from(ACCESS_TOKEN_LIFETIME_S));
        let mut seen = clock.now() - lifetime;
        loop {
            let asked_at = std::time::Instant::now();
            // a database that vanished never answers
            let asked = tokio::time::timeout(PATIENCE, follow(&accounts, &authenticator, seen));
            match asked.await {
                Ok(Ok(last)) => {
                    seen = last;
                    rows.tail().know(Source::Sessions, asked_at);
                }
                Ok(Err(error)) => tracing::debug!(error = %error, "ended sessions cannot be read"),
                Err(late) => {
                    tracing::debug!(error = %late, "ended sessions cannot be read");
                    database.watch_afresh();
                }
            }
            let pause = stop.run_until_cancelled(tokio::time::sleep(PERIOD));
            if pause.await.is_none() {
                return;
            }
        }
    });
    let changes = Changes {
        accounts: parts.vault.accounts.clone(),
        authenticator: Arc::clone(&parts.authenticator),
        database: parts.database().clone(),
        seen: None,
    };
    let stop = parts.stopping();
    parts.spawn(async move {
        let _ = stop.run_until_cancelled(changes.run()).await;
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

/// Follows what changes about API keys and their users.
struct Changes {
    accounts: Accounts,
    database: Database,
    authenticator: Arc<Authenticator>,
    /// The time of the last change that was seen, by the database's clock.
    seen: Option<DateTime<Utc>>,
}

impl Changes {
    async fn run(mut self) {
        let mut current = Instant::now();
        loop {
            let asked = tokio::time::timeout(PATIENCE, self.catch_up()).await;
            if asked.is_err() {
                self.database.watch_afresh();
            }
            if matches!(asked, Ok(Ok(()))) {
                current = Instant::now();
            } else if current.elapsed() >= PATIENCE {
                tracing::warn!("no API key is known while changes of API keys cannot be read");
                self.authenticator.forget_all_api_keys();
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    async fn catch_up(&mut self) -> Result<(), DatabaseError> {
        let seen = match self.seen {
            Some(seen) => seen,
            None => self.accounts.database_time().await?,
        };
        let changes = self.accounts.changed_since(seen - OVERLAP).await?;
        self.seen = changes.iter().map(|change| change.changed_at).chain([seen]).max();
        let subjects = |change: &CredentialChange| change.subject_id;
        let ids: Vec<Uuid> = changes.iter().map(subjects).collect();
        let keys: Vec<ApiKeyId> = ids.iter().copied().map(ApiKeyId::from_uuid).collect();
        let users: Vec<UserId> = ids.iter().copied().map(UserId::from_uuid).collect();
        self.authenticator.forget_api_keys(&keys, &users);
        Ok(())
    }
}
