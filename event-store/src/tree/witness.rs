//! Asking witnesses for cosignatures (C2SP tlog-witness): what is sent, what an answer means, and what is kept of it. The
//! connection itself is the caller's.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection};

use super::{
    cosignature::WitnessKey,
    proof::ConsistencyProof,
    read::{SignedHead, Tree, TreeError},
};
use crate::advisory_lock::AdvisoryLock;

/// The most bytes of a witness's answer that are read.
pub const MAX_ANSWER_BYTES: usize = 16 * 1024;
/// How many cosignatures back a head is looked for that enough witnesses cosigned.
const COSIGNED_LATELY: i64 = 10_000;
/// How often a process that asks makes sure that it still may.
const HOLD_CHECK: Duration = Duration::from_secs(2);

/// The body of a request to `add-checkpoint`.
#[must_use]
pub fn add_checkpoint(proof: &ConsistencyProof, head: &SignedHead) -> String {
    let mut body = format!("old {}\n", proof.first_size);
    for hash in &proof.hashes {
        body.push_str(&BASE64_STANDARD.encode(hash));
        body.push('\n');
    }
    body.push('\n');
    body.push_str(&head.note);
    body
}

/// What a witness answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WitnessAnswer {
    /// It cosigned: its line.
    Cosigned(String),
    /// The last tree that it cosigned has another size than the request said.
    OtherSize(u64),
    /// It did not cosign.
    Refused(WitnessTrouble),
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WitnessTrouble {
    /// It cannot be reached, or does not answer in time.
    #[error("it cannot be reached")]
    Away,
    /// 404.
    #[error("it does not know this log: its operator must add the log's origin and key")]
    UnknownLog,
    /// 403.
    #[error("it does not know the log's key: its operator must add the present one")]
    UnknownKey,
    /// 422, or 409 with the size that was sent.
    #[error("it says that this is not the log that it cosigned before")]
    OtherLog,
    /// It has cosigned a larger tree than the log has.
    #[error("it cosigned {0} events, more than the log has: the log was cut off or put back")]
    Ahead(u64),
    /// 429.
    #[error("it asks for fewer requests")]
    Busy,
    /// 200 without a cosignature that is right.
    #[error("its answer holds no cosignature by its key")]
    NoCosignature,
    /// Anything else.
    #[error("it answered with status {0}")]
    Status(u16),
}

impl WitnessTrouble {
    /// Whether the log itself is in doubt, not the witness or the way to it.
    #[must_use]
    pub const fn is_alarm(self) -> bool {
        matches!(self, Self::OtherLog | Self::Ahead(_))
    }
}

impl WitnessAnswer {
    /// Reads an answer to the request to cosign `head`.
    #[must_use]
    pub fn read(witness: &WitnessKey, head: &SignedHead, status: u16, body: &str) -> Self {
        let refused = |trouble| Self::Refused(trouble);
        match status {
            200 => match witness.find(&head.note, body) {
                Some((line, _)) => Self::Cosigned(line),
                None => refused(WitnessTrouble::NoCosignature),
            },
            409 => match body.trim_end_matches('\n').parse() {
                Ok(size) => Self::OtherSize(size),
                Err(_) => refused(WitnessTrouble::OtherLog),
            },
            403 => refused(WitnessTrouble::UnknownKey),
            404 => refused(WitnessTrouble::UnknownLog),
            422 => refused(WitnessTrouble::OtherLog),
            429 => refused(WitnessTrouble::Busy),
            status => refused(WitnessTrouble::Status(status)),
        }
    }
}

/// How a witness stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessState {
    /// How many events the last head covers that it cosigned under the present origin.
    pub cosigned_size: u64,
    /// Why it does not cosign, if it does not.
    pub trouble: Option<String>,
    /// Whether what it says puts the log in doubt.
    pub alarm: bool,
    /// When it was asked last; none before the first time.
    pub asked_at: Option<DateTime<Utc>>,
}

/// That this process is the one that asks witnesses.
pub struct WitnessLease(PgConnection);

impl WitnessLease {
    /// Ends when the process may be no longer the one.
    pub async fn hold(&mut self) {
        while self.0.ping().await.is_ok() {
            tokio::time::sleep(HOLD_CHECK).await;
        }
    }
}

impl Tree {
    /// The right to ask witnesses; none while another process has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lead_witnessing(&self) -> Result<Option<WitnessLease>, TreeError> {
        let mut connection = PgConnection::connect_with(&self.writer_options()).await?;
        let leads = AdvisoryLock::Witness.try_for_connection(&mut connection).await?;
        Ok(leads.then_some(WitnessLease(connection)))
    }

    /// Keeps a cosignature, which was verified.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_cosignature(
        &self,
        witness: &WitnessKey,
        head: &SignedHead,
        line: &str,
        now: DateTime<Utc>,
    ) -> Result<(), TreeError> {
        sqlx::query(
            "INSERT INTO log_cosignatures (size, origin, signer, line, stored_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING",
        )
        .bind(head.head.size.cast_signed())
        .bind(head.origin)
        .bind(witness.signature_name())
        .bind(line)
        .bind(now)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Writes down how a witness answered; `size` is that of the tree which it cosigned last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_witness(
        &self,
        witness: &WitnessKey,
        size: u64,
        trouble: Option<WitnessTrouble>,
        now: DateTime<Utc>,
    ) -> Result<(), TreeError> {
        sqlx::query(
            "INSERT INTO log_witnesses (signer, size, trouble, alarm, asked_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (signer) DO UPDATE SET size = excluded.size, trouble = excluded.trouble, \
             alarm = excluded.alarm, asked_at = excluded.asked_at",
        )
        .bind(witness.signature_name())
        .bind(i64::try_from(size).unwrap_or(i64::MAX))
        .bind(trouble.map(|trouble| trouble.to_string()))
        .bind(trouble.is_some_and(WitnessTrouble::is_alarm))
        .bind(now)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// The newest head that at least so many of these witnesses cosigned, of those that any cosigned lately.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cosigned_by(
        &self,
        witnesses: &[WitnessKey],
        count: usize,
    ) -> Result<Option<SignedHead>, TreeError> {
        let signers: Vec<String> = witnesses.iter().map(WitnessKey::signature_name).collect();
        let size: Option<i64> = sqlx::query_scalar(
            "SELECT size FROM (SELECT size, signer FROM log_cosignatures \
                 WHERE origin = (SELECT max(number) FROM log_origins) ORDER BY size DESC LIMIT $3) lately \
             WHERE signer = ANY ($1) GROUP BY size HAVING count(*) >= $2 ORDER BY size DESC LIMIT 1",
        )
        .bind(signers)
        .bind(i64::try_from(count).unwrap_or(i64::MAX))
        .bind(COSIGNED_LATELY)
        .fetch_optional(self.pool())
        .await?;
        match size {
            Some(size) => self.covering(size.unsigned_abs()).await,
            None => Ok(None),
        }
    }

    /// How a witness stands with the log's present origin.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn witness(&self, witness: &WitnessKey) -> Result<WitnessState, TreeError> {
        type Row = (Option<i64>, Option<String>, Option<bool>, Option<DateTime<Utc>>);
        let (size, trouble, alarm, asked_at): Row = sqlx::query_as(
            "SELECT (SELECT max(size) FROM log_cosignatures \
                     WHERE signer = $1 AND origin = (SELECT max(number) FROM log_origins)), w.trouble, w.alarm, \
             w.asked_at \
             FROM (SELECT 1) AS one LEFT JOIN log_witnesses w ON w.signer = $1",
        )
        .bind(witness.signature_name())
        .fetch_one(self.pool())
        .await?;
        Ok(WitnessState {
            cosigned_size: size.unwrap_or(0).unsigned_abs(),
            trouble,
            alarm: alarm.unwrap_or(false),
            asked_at,
        })
    }
}
