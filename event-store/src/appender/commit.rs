//! The appender's task: batch after batch, each in one round trip.

use chrono::{DateTime, SubsecRound, Utc};
use sqlx::{Connection, PgConnection};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{AppenderConfig, Pending, arrays::{Arrays, Verdict}, collect::Collector, recover};
use crate::{
    append::{Append, Appended},
    error::{AppendError, TakenClaim},
};

pub(super) type Outcome = Result<Appended, AppendError>;

/// The advisory lock that orders all appends of a log.
pub(super) const LOG_LOCK: &str = "SELECT pg_advisory_xact_lock(7165721011)";

pub(super) async fn run(config: AppenderConfig, waiting: mpsc::Receiver<Pending>, stop: CancellationToken) {
    let mut collector = Collector::new(waiting);
    let mut committer = Committer { config, connection: None, last_stamp: DateTime::UNIX_EPOCH };
    let mut stopping = false;
    loop {
        let batch = tokio::select! {
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                collector.close();
                continue;
            }
            batch = collector.next_batch() => batch,
        };
        let Some(batch) = batch else { return };
        committer.commit(batch).await;
    }
}

pub(super) struct Committer {
    pub(super) config: AppenderConfig,
    pub(super) connection: Option<PgConnection>,
    last_stamp: DateTime<Utc>,
}

/// Why a whole batch was not judged.
pub(super) enum Fault {
    /// Postgres refuses the batch: one of its appends is at fault.
    Rejected { sqlstate: String },
    /// Whether it was committed is unknown.
    Lost(sqlx::Error),
}

impl Committer {
    async fn commit(&mut self, batch: Vec<Pending>) {
        let appends: Vec<&Append> = batch.iter().map(|pending| &pending.append).collect();
        let outcomes = match self.try_commit(&appends).await {
            Ok(outcomes) => outcomes,
            Err(Fault::Rejected { sqlstate }) => self.commit_singly(&appends, sqlstate).await,
            Err(Fault::Lost(error)) => recover::commit_after_loss(self, &appends, &error).await,
        };
        let committed = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).map(|done| done.last_position);
        if let Some(position) = committed.max() {
            self.config.head.advance(position);
        }
        metrics::histogram!("log_batch_appends").record(f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
        for (pending, outcome) in batch.into_iter().zip(outcomes) {
            // a caller that went away does not want its answer
            let _ = pending.reply.send(outcome);
        }
    }

    /// Finds the append at fault: every other one of the batch goes through.
    async fn commit_singly(&mut self, appends: &[&Append], sqlstate: String) -> Vec<Outcome> {
        if appends.len() == 1 {
            tracing::error!(sqlstate, "the log refuses an append");
            return vec![Err(AppendError::Rejected { sqlstate })];
        }
        let mut outcomes = Vec::with_capacity(appends.len());
        for append in appends {
            outcomes.push(match self.try_commit(&[append]).await {
                Ok(mut outcome) => outcome.pop().unwrap_or(Err(AppendError::Unavailable)),
                Err(Fault::Rejected { sqlstate }) => {
                    tracing::error!(sqlstate, "the log refuses an append");
                    Err(AppendError::Rejected { sqlstate })
                }
                Err(Fault::Lost(error)) => recover::commit_after_loss(self, &[append], &error)
                    .await
                    .pop()
                    .unwrap_or(Err(AppendError::Unavailable)),
            });
        }
        outcomes
    }

    /// Commits a batch, or learns why not. One round trip, unless another process stamped later events meanwhile.
    pub(super) async fn try_commit(&mut self, appends: &[&Append]) -> Result<Vec<Outcome>, Fault> {
        let arrays = Arrays::new(appends);
        let mut stamp = self.stamp(self.last_stamp);
        let mut hashes = arrays.hashes(appends, stamp);
        let mac_key = self.config.mac_key.clone();
        let connection = self.connected().await.map_err(Fault::Lost)?;
        let query = arrays.query(stamp, &hashes, &mac_key);
        let mut verdict = query.fetch_one(&mut *connection).await.map_err(classify)?;
        if verdict.statuses.is_none() {
            let mut transaction = connection.begin().await.map_err(classify)?;
            sqlx::query(LOG_LOCK).execute(&mut *transaction).await.map_err(classify)?;
            let last: Option<DateTime<Utc>> =
                sqlx::query_scalar("SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1")
                    .fetch_optional(&mut *transaction)
                    .await
                    .map_err(classify)?;
            stamp = last.map_or(stamp, |last| last.max(stamp));
            hashes = arrays.hashes(appends, stamp);
            let query = arrays.query(stamp, &hashes, &mac_key);
            verdict = query.fetch_one(&mut *transaction).await.map_err(classify)?;
            transaction.commit().await.map_err(classify)?;
        }
        self.last_stamp = stamp.max(verdict.head_recorded_at.unwrap_or(stamp));
        Ok(outcomes(appends, &arrays, &verdict, stamp))
    }

    /// The time to record, to the microsecond and never before `not_before`.
    fn stamp(&self, not_before: DateTime<Utc>) -> DateTime<Utc> {
        self.config.clock.now().trunc_subsecs(6).max(not_before)
    }

    pub(super) async fn connected(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => PgConnection::connect_with(&self.config.connect).await?,
        };
        Ok(self.connection.insert(connection))
    }
}

/// Whether a fault is the batch's own, or the way to Postgres is broken.
pub(super) fn classify(error: sqlx::Error) -> Fault {
    match error.as_database_error().and_then(|db| db.code()) {
        // integrity, data, syntax and rights: a repeat would meet them again
        Some(code) if matches!(code.get(..2), Some("22" | "23" | "42" | "54")) => {
            Fault::Rejected { sqlstate: code.into_owned() }
        }
        _ => Fault::Lost(error),
    }
}

fn outcomes(appends: &[&Append], arrays: &Arrays<'_>, verdict: &Verdict, recorded_at: DateTime<Utc>) -> Vec<Outcome> {
    let statuses = verdict.statuses.as_deref().unwrap_or_default();
    let actual = verdict.actual_sequences.as_deref().unwrap_or_default();
    let mut head = verdict.head_position.unsigned_abs();
    let taken = taken_claims(arrays, verdict);
    let outcome = |(index, append): (usize, &&Append)| match statuses.get(index) {
        Some(0) => {
            let first_position = head + 1;
            head += append.events.len() as u64;
            Ok(Appended { first_position, last_position: head, recorded_at })
        }
        Some(1) => {
            let actual_sequence = actual.get(index).map_or(0, |sequence| sequence.unsigned_abs());
            Err(AppendError::Conflict { actual_sequence })
        }
        Some(2) => Err(AppendError::OtherTenant),
        Some(3) => Err(AppendError::guard(append.needs_open.first(), true)),
        Some(4) => Err(AppendError::guard(append.needs_open.first(), false)),
        Some(5) => Err(AppendError::ClaimsTaken(
            taken.iter().filter(|(of, _)| *of == index).map(|(_, claim)| *claim).collect(),
        )),
        Some(6) => Err(AppendError::AnsweredBefore),
        _ => Err(AppendError::Unavailable),
    };
    appends.iter().enumerate().map(outcome).collect()
}

fn taken_claims(arrays: &Arrays<'_>, verdict: &Verdict) -> Vec<(usize, TakenClaim)> {
    let numbers = verdict.taken_claims.as_deref().unwrap_or_default();
    let holders = verdict.taken_holders.as_deref().unwrap_or_default();
    let claim = |(number, holder): (&i32, &uuid::Uuid)| {
        let (append, index) = arrays.claim_index(*number)?;
        Some((append, TakenClaim { index, holder: *holder }))
    };
    numbers.iter().zip(holders).filter_map(claim).collect()
}
