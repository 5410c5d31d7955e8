//! The task that seals: of all processes one at a time, within a second of each commit.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use vault_domain::Clock;

use super::{
    LogKeys,
    checkpoint::TreeHead,
    seal::{Seal, SealError, SealRefusal, Sealed, Step},
};
use crate::{database::Database, hash::BatchMacKey, head::Head, log::Log};

/// The shortest pause between two signed heads.
const PAUSE: Duration = Duration::from_millis(500);
/// How long nothing may be heard of the log before it is looked at unasked.
const PATIENCE: Duration = Duration::from_secs(1);

/// Adds what is committed to the tree, and signs it.
pub struct Sealer {
    /// Where log and tree stand.
    database: Database,
    /// What wakes it.
    head: Head,
    /// The key of the batch MAC.
    mac_key: BatchMacKey,
    /// The keys that sign.
    keys: LogKeys,
    /// Tells when a head was signed.
    clock: Arc<dyn Clock>,
    /// How far it knows the log to be sealed.
    known: Mutex<Option<Sealed>>,
}

impl Sealer {
    /// Seals the log of a database, as soon as `head` moves on.
    #[must_use]
    pub fn new(
        database: Database,
        head: Head,
        mac_key: BatchMacKey,
        keys: LogKeys,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            database,
            head,
            mac_key,
            keys,
            clock,
            known: Mutex::default(),
        }
    }

    /// Runs until `stop` is cancelled. When the log is not what the appenders wrote, it says so and signs no more.
    pub async fn run(self, stop: CancellationToken) {
        let mut head = self.head.subscribe();
        loop {
            head.mark_unchanged();
            let turn = async {
                self.seal().await;
                tokio::time::sleep(PAUSE).await;
                // a missed wake-up costs patience, never an event
                let _ = tokio::time::timeout(PATIENCE, head.changed()).await;
            };
            if stop.run_until_cancelled(turn).await.is_none() {
                return;
            }
        }
    }

    /// Seals what waits, and writes down why not if the log is at fault.
    async fn seal(&self) {
        match self.seal_now().await {
            Ok(_) => {}
            Err(SealError::Refused(refusal)) => self.refuse(refusal).await,
            Err(error) => {
                tracing::warn!(error = %error, cause = ?std::error::Error::source(&error), "sealing is held up");
            }
        }
    }

    /// Seals everything that is committed, unless another process is at it. Returns the head, if this process seals.
    ///
    /// # Errors
    /// [`SealError::Refused`] when the log is not what the appenders wrote; the others when a part is away.
    pub async fn seal_now(&self) -> Result<Option<TreeHead>, SealError> {
        let log = Log::new(self.database.clone());
        loop {
            let seal = Seal {
                pool: &self.database.writer,
                log: &log,
                keys: &self.keys,
                mac_key: &self.mac_key,
                known: *self.known.lock().unwrap_or_else(PoisonError::into_inner),
            };
            match seal.step(self.clock.now()).await? {
                Step::NotLeader => return Ok(None),
                Step::Sealed { sealed, more } => {
                    *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(sealed);
                    record(sealed.head);
                    if !more {
                        return Ok(Some(sealed.head));
                    }
                }
            }
        }
    }

    /// Writes down why nothing more is signed.
    async fn refuse(&self, refusal: SealRefusal) {
        tracing::error!(position = refusal.position(), reason = %refusal, "the log is not sealed any further");
        metrics::gauge!("log_seal_refused").set(1.0);
        let written = sqlx::query(
            "INSERT INTO log_seal_refusals (position, reason, refused_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(refusal.position().cast_signed())
        .bind(refusal.to_string())
        .bind(self.clock.now())
        .execute(&self.database.writer)
        .await;
        if let Err(error) = written {
            tracing::warn!(error = %error, "why sealing stands still could not be written down");
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge need not tell sizes beyond 2^52 exactly"
)]
fn record(head: TreeHead) {
    metrics::gauge!("log_sealed_position").set(head.size as f64);
    metrics::gauge!("log_seal_refused").set(0.0);
}
