//! The appender's task: batch after batch, each in one round trip.

use std::{sync::Arc, time::Instant};

use chrono::{DateTime, SubsecRound, Utc};
use sqlx::{Connection, PgConnection, error::DatabaseError, postgres::PgArguments};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    AppenderConfig, Pending,
    arrays::{Arrays, CALL, Verdict},
    collect::Collector,
    outcome::{Outcome, outcomes},
    recover,
};
use crate::{advisory_lock::AdvisoryLock, append::Append, error::AppendError, hash::BatchMacKey, head::Head};

/// How the append function is planned: once, as probes of indexes. Planning it anew costs as much as a small batch, and
/// a plan that is made while tables are empty would scan them for as long as it is kept.
const PLANNER: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

pub(super) async fn run(config: AppenderConfig, waiting: mpsc::Receiver<Pending>, stop: CancellationToken) {
    let mut collector = Collector::new(waiting);
    let stamper = Stamper {
        last: DateTime::UNIX_EPOCH,
    };
    let mut committer = Committer {
        config: Arc::new(config),
        connection: None,
        stamper,
    };
    let mut ready = None;
    let mut judged: Option<Judged> = None;
    let mut stopping = false;
    loop {
        if stop.is_cancelled() && !stopping {
            stopping = true;
            collector.close();
        }
        let batch = if let Some(batch) = ready.take() {
            batch
        } else {
            let collected = tokio::select! {
                () = stop.cancelled(), if !stopping => continue,
                collected = collector.next_batch() => collected,
            };
            let Some(appends) = collected else { return };
            committer.stamper.batch(appends, &committer.config)
        };
        let done;
        (done, ready) = committer.commit(batch, judged.take(), &mut collector).await;
        if ready.is_some() {
            judged = Some(done);
        } else {
            done.answer(&committer.config.head);
        }
    }
}

/// Appends whose outcomes are known, and whose callers wait to hear them.
struct Judged {
    pending: Vec<Pending>,
    outcomes: Vec<Outcome>,
}

impl Judged {
    fn answer(self, head: &Head) {
        let committed = self.outcomes.iter().filter_map(|outcome| outcome.as_ref().ok());
        if let Some(position) = committed.map(|done| done.last_position).max() {
            head.advance(position);
        }
        for (pending, outcome) in self.pending.into_iter().zip(self.outcomes) {
            // a caller that went away does not want its answer
            let _ = pending.reply.send(outcome);
        }
    }
}

/// Appends that are committed together, and the call that does it.
struct Batch {
    pending: Vec<Pending>,
    call: Result<Call, Fault>,
}

/// One call of the append function, with its time.
pub(super) struct Call {
    recorded_at: DateTime<Utc>,
    arguments: PgArguments,
}

impl Call {
    fn new(appends: &[&Append], recorded_at: DateTime<Utc>, mac_key: &BatchMacKey) -> Result<Self, Fault> {
        match Arrays::new(appends).arguments(recorded_at, mac_key) {
            Ok(arguments) => Ok(Self {
                recorded_at,
                arguments,
            }),
            // what cannot be encoded is too large for the protocol
            Err(_) => Err(Fault::Rejected {
                sqlstate: "54000".to_owned(),
            }),
        }
    }
}

/// Gives the time to record, to the microsecond and never before what it gave or learned before.
struct Stamper {
    last: DateTime<Utc>,
}

impl Stamper {
    fn stamp(&mut self, config: &AppenderConfig) -> DateTime<Utc> {
        self.last = config.clock.now().trunc_subsecs(6).max(self.last);
        self.last
    }

    fn batch(&mut self, pending: Vec<Pending>, config: &AppenderConfig) -> Batch {
        let call = Call::new(&appends(&pending), self.stamp(config), &config.mac_key);
        Batch { pending, call }
    }
}

fn appends(pending: &[Pending]) -> Vec<&Append> {
    pending.iter().map(|pending| &pending.append).collect()
}

pub(super) struct Committer {
    pub(super) config: Arc<AppenderConfig>,
    pub(super) connection: Option<PgConnection>,
    stamper: Stamper,
}

/// Why a whole batch was not judged.
pub(super) enum Fault {
    /// Postgres refuses the batch: one of its appends is at fault.
    Rejected { sqlstate: String },
    /// Whether it was committed is unknown.
    Lost(sqlx::Error),
}

impl Committer {
    /// Commits a batch, and returns it with the next one if that was made ready meanwhile. While Postgres works, the
    /// callers of the batch before are answered.
    async fn commit(
        &mut self,
        batch: Batch,
        mut before: Option<Judged>,
        collector: &mut Collector,
    ) -> (Judged, Option<Batch>) {
        let started = Instant::now();
        let Batch { pending, call } = batch;
        let appends = appends(&pending);
        let mut next = None;
        let judged = match call {
            Ok(call) => {
                let mut stamper = Stamper {
                    last: self.stamper.last,
                };
                let config = Arc::clone(&self.config);
                let judging = self.judge(&appends, call);
                tokio::pin!(judging);
                loop {
                    tokio::select! {
                        biased;
                        judged = &mut judging => break judged,
                        // not before the call was sent
                        () = std::future::ready(()), if before.is_some() => {
                            if let Some(before) = before.take() {
                                before.answer(&config.head);
                            }
                        }
                        large = collector.next_large_batch(), if next.is_none() => {
                            next = Some(stamper.batch(large, &config));
                        }
                    }
                }
            }
            Err(fault) => Err(fault),
        };
        if let Some(before) = before {
            before.answer(&self.config.head);
        }
        let outcomes = match judged {
            Ok(outcomes) => outcomes,
            Err(Fault::Rejected { sqlstate }) => self.commit_singly(&appends, sqlstate).await,
            Err(Fault::Lost(error)) => recover::commit_after_loss(self, &appends, &error).await,
        };
        collector.committed(pending.len(), started.elapsed());
        metrics::histogram!("log_batch_appends")
            .record(f64::from(u32::try_from(pending.len()).unwrap_or(u32::MAX)));
        (Judged { pending, outcomes }, next)
    }

    /// Finds the append at fault: every other one of the batch goes through.
    async fn commit_singly(&mut self, appends: &[&Append], sqlstate: String) -> Vec<Outcome> {
        if appends.len() == 1 {
            return vec![Err(rejected(sqlstate))];
        }
        let mut outcomes = Vec::with_capacity(appends.len());
        for append in appends {
            outcomes.push(match self.try_commit(&[append]).await {
                Ok(mut outcome) => outcome.pop().unwrap_or(Err(AppendError::Unavailable)),
                Err(Fault::Rejected { sqlstate }) => Err(rejected(sqlstate)),
                Err(Fault::Lost(error)) => recover::commit_after_loss(self, &[append], &error)
                    .await
                    .pop()
                    .unwrap_or(Err(AppendError::Unavailable)),
            });
        }
        outcomes
    }

    /// Commits appends, or learns why not.
    pub(super) async fn try_commit(&mut self, appends: &[&Append]) -> Result<Vec<Outcome>, Fault> {
        let call = Call::new(appends, self.stamper.stamp(&self.config), &self.config.mac_key)?;
        self.judge(appends, call).await
    }

    /// One round trip, unless another process stamped later events meanwhile.
    async fn judge(&mut self, appends: &[&Append], call: Call) -> Result<Vec<Outcome>, Fault> {
        let mut recorded_at = call.recorded_at;
        let mac_key = self.config.mac_key.clone();
        let connection = self.connected().await.map_err(Fault::Lost)?;
        let mut verdict = execute(connection, call).await.map_err(classify)?;
        if verdict.statuses.is_none() {
            let mut transaction = connection.begin().await.map_err(classify)?;
            AdvisoryLock::Log.wait(&mut transaction).await.map_err(classify)?;
            let last: Option<DateTime<Utc>> =
                sqlx::query_scalar("SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1")
                    .fetch_optional(&mut *transaction)
                    .await
                    .map_err(classify)?;
            recorded_at = last.map_or(recorded_at, |last| last.max(recorded_at));
            let again = Call::new(appends, recorded_at, &mac_key)?;
            verdict = execute(&mut transaction, again).await.map_err(classify)?;
            transaction.commit().await.map_err(classify)?;
        }
        let latest = recorded_at.max(verdict.head_recorded_at.unwrap_or(recorded_at));
        self.stamper.last = self.stamper.last.max(latest);
        Ok(outcomes(appends, &verdict, recorded_at))
    }

    pub(super) async fn connected(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => PgConnection::connect_with(&self.config.connect.clone().options(PLANNER)).await?,
        };
        Ok(self.connection.insert(connection))
    }
}

async fn execute(connection: &mut PgConnection, call: Call) -> Result<Verdict, sqlx::Error> {
    sqlx::query_as_with(CALL, call.arguments)
        .fetch_one(connection)
        .await
}

pub(super) fn rejected(sqlstate: String) -> AppendError {
    tracing::error!(sqlstate, "the log refuses an append");
    AppendError::Rejected { sqlstate }
}

/// Whether a fault is the batch's own, or the way to Postgres is broken.
pub(super) fn classify(error: sqlx::Error) -> Fault {
    match error.as_database_error().and_then(DatabaseError::code) {
        // integrity, data, syntax and rights: a repeat would meet them again
        Some(code) if matches!(code.get(..2), Some("22" | "23" | "42" | "54")) => Fault::Rejected {
            sqlstate: code.into_owned(),
        },
        _ => Fault::Lost(error),
    }
}
