//! After a broken connection: what was committed is looked up before anyone is answered.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{
    commit::{Committer, Fault, rejected},
    outcome::Outcome,
};
use crate::{
    advisory_lock::AdvisoryLock,
    append::{Append, Appended},
    error::AppendError,
};

/// How often the way back is tried before callers are told that the log is away.
const MAX_ATTEMPTS: u32 = 8;
/// The first pause between attempts; each is twice as long as the one before.
const FIRST_PAUSE_MS: u64 = 25;

/// Commits what a broken connection may or may not have committed: every append ends as stored once, or is answered
/// with the reason why not.
pub(super) async fn commit_after_loss(
    committer: &mut Committer,
    appends: &[&Append],
    error: &sqlx::Error,
) -> Vec<Outcome> {
    tracing::warn!(error = %error, appends = appends.len(), "the log's connection broke, its outcome is looked up");
    metrics::counter!("log_connections_lost_total").increment(1);
    for attempt in 0..MAX_ATTEMPTS {
        committer.connection = None;
        match attempt_again(committer, appends).await {
            Ok(outcomes) => return outcomes,
            Err(error) => {
                tracing::warn!(error = %error, attempt, "the log cannot be reached");
                tokio::time::sleep(Duration::from_millis(FIRST_PAUSE_MS << attempt)).await;
            }
        }
    }
    appends.iter().map(|_| Err(AppendError::Unavailable)).collect()
}

async fn attempt_again(committer: &mut Committer, appends: &[&Append]) -> Result<Vec<Outcome>, sqlx::Error> {
    let stored = lookup(committer.connected().await?, appends).await?;
    let is_missing = |append: &&Append| !stored.contains_key(&append.first_event_id().as_uuid());
    let missing: Vec<&Append> = appends.iter().copied().filter(is_missing).collect();
    let mut repeated = repeat(committer, &missing).await?.into_iter();
    let outcome = |append: &&Append| match stored.get(&append.first_event_id().as_uuid()) {
        Some(appended) => Ok(*appended),
        None => repeated.next().unwrap_or(Err(AppendError::Unavailable)),
    };
    Ok(appends.iter().map(outcome).collect())
}

/// Commits what the log does not hold, together if Postgres takes it so, and one after the other if it does not.
async fn repeat(committer: &mut Committer, missing: &[&Append]) -> Result<Vec<Outcome>, sqlx::Error> {
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let outcomes = match committer.try_commit(missing).await {
        Ok(outcomes) => outcomes,
        Err(Fault::Lost(error)) => return Err(error),
        Err(Fault::Rejected { .. }) => {
            let mut outcomes = Vec::with_capacity(missing.len());
            for append in missing {
                match committer.try_commit(&[append]).await {
                    Ok(outcome) => outcomes.extend(outcome),
                    Err(Fault::Rejected { sqlstate }) => outcomes.push(Err(rejected(sqlstate))),
                    Err(Fault::Lost(error)) => return Err(error),
                }
            }
            outcomes
        }
    };
    // the lost call may have been committed between the look-up and the repeat
    let late = lookup(committer.connected().await?, missing).await?;
    let found = |(append, outcome): (&&Append, Outcome)| match late.get(&append.first_event_id().as_uuid()) {
        Some(appended) => Ok(*appended),
        None => outcome,
    };
    Ok(missing.iter().zip(outcomes).map(found).collect())
}

/// Which of these appends are in the log. Taking the log's lock first waits for a lost call that still runs.
async fn lookup(
    connection: &mut PgConnection,
    appends: &[&Append],
) -> Result<HashMap<Uuid, Appended>, sqlx::Error> {
    let firsts: Vec<Uuid> = appends
        .iter()
        .map(|append| append.first_event_id().as_uuid())
        .collect();
    let mut transaction = connection.begin().await?;
    AdvisoryLock::Log.wait(&mut transaction).await?;
    let rows: Vec<(Uuid, i64, DateTime<Utc>)> =
        sqlx::query_as("SELECT event_id, position, recorded_at FROM events WHERE event_id = ANY($1)")
            .bind(&firsts)
            .fetch_all(&mut *transaction)
            .await?;
    transaction.commit().await?;
    let counts: HashMap<Uuid, u64> = appends
        .iter()
        .map(|append| (append.first_event_id().as_uuid(), append.events.len() as u64))
        .collect();
    let appended = |(id, position, recorded_at): (Uuid, i64, DateTime<Utc>)| {
        let first_position = position.unsigned_abs();
        let last_position = first_position + counts.get(&id).copied().unwrap_or(1) - 1;
        (
            id,
            Appended {
                first_position,
                last_position,
                recorded_at,
            },
        )
    };
    Ok(rows.into_iter().map(appended).collect())
}
