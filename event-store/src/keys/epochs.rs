//! Erasure epochs, and the subjects' keys that are wrapped with their keys.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_domain::{EpochId, KeyId};

use super::KeyRows;
use crate::{advisory_lock::AdvisoryLock, append::DataKeyRow};

/// How an append is refused whose keys are wrapped for an epoch that is closed.
pub const EPOCH_CLOSED: &str = "23V01";
/// How many keys are moved at once.
const KEYS_AT_ONCE: i64 = 500;

/// An erasure epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct EpochRow {
    /// The epoch.
    pub epoch_id: Uuid,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Since when nothing new is wrapped with its key.
    pub closed_at: Option<DateTime<Utc>>,
    /// Since when its key is to be destroyed.
    pub ended_at: Option<DateTime<Utc>>,
}

impl EpochRow {
    /// The epoch.
    #[must_use]
    pub const fn id(&self) -> EpochId {
        EpochId::from_uuid(self.epoch_id)
    }
}

/// A subject's key, and whose it is.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SubjectKeyRow {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The key.
    #[sqlx(flatten)]
    pub key: DataKeyRow,
}

const EPOCH_COLUMNS: &str = "epoch_id, started_at, closed_at, ended_at";

impl KeyRows {
    /// The epoch whose key wraps what is new, if one was ever begun.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn open_epoch(&self) -> Result<Option<EpochRow>, sqlx::Error> {
        sqlx::query_as(&format!(
            "SELECT {EPOCH_COLUMNS} FROM erasure_epochs WHERE closed_at IS NULL"
        ))
        .fetch_optional(&self.database.writer)
        .await
    }

    /// Closes the open epoch, if there is one, and lets `next` take its place, whose key is there already. When another
    /// process has changed the open epoch since it was read as `seen`, nothing is done.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn turn_epoch(
        &self,
        seen: Option<EpochId>,
        next: EpochId,
        now: DateTime<Utc>,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.database.writer.begin().await?;
        AdvisoryLock::Epochs.wait(&mut transaction).await?;
        let open: Option<Uuid> =
            sqlx::query_scalar("SELECT epoch_id FROM erasure_epochs WHERE closed_at IS NULL")
                .fetch_optional(&mut *transaction)
                .await?;
        if open != seen.map(EpochId::as_uuid) {
            return Ok(false);
        }
        sqlx::query("UPDATE erasure_epochs SET closed_at = $1 WHERE closed_at IS NULL")
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO erasure_epochs (epoch_id, started_at) VALUES ($1, $2)")
            .bind(next.as_uuid())
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Epochs that are closed, the oldest first; those that have ended are among them while an erasure waits to be told.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn closed_epochs(&self) -> Result<Vec<EpochRow>, sqlx::Error> {
        sqlx::query_as(&format!(
            "SELECT {EPOCH_COLUMNS} FROM erasure_epochs e WHERE closed_at IS NOT NULL AND (ended_at IS NULL \
             OR EXISTS (SELECT FROM erasures r WHERE r.epoch_id = e.epoch_id AND r.epoch_ended_at IS NULL)) \
             ORDER BY started_at, epoch_id"
        ))
        .fetch_all(&self.database.writer)
        .await
    }

    /// Keys of subjects that are wrapped with an epoch's key, some of them.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn keys_of_epoch(&self, epoch: EpochId) -> Result<Vec<SubjectKeyRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT tenant_id, key_id, scope_type, scope_id, purpose, generation, wrapped, epoch_id, created_at, \
             revoked_at FROM data_keys WHERE epoch_id = $1 ORDER BY tenant_id, key_id LIMIT $2",
        )
        .bind(epoch.as_uuid())
        .bind(KEYS_AT_ONCE)
        .fetch_all(&self.database.writer)
        .await
    }

    /// Puts keys that were wrapped for another epoch in the place of what they were, where they are unchanged and
    /// still there; how many that were.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn move_keys(
        &self,
        from: EpochId,
        to: EpochId,
        moved: &[(Uuid, KeyId, Vec<u8>)],
    ) -> Result<u64, sqlx::Error> {
        let tenants: Vec<Uuid> = moved.iter().map(|(tenant, _, _)| *tenant).collect();
        let keys: Vec<Uuid> = moved.iter().map(|(_, key, _)| key.as_uuid()).collect();
        let wrapped: Vec<&[u8]> = moved.iter().map(|(_, _, bytes)| bytes.as_slice()).collect();
        let done = sqlx::query(
            "UPDATE data_keys k SET wrapped = m.wrapped, epoch_id = $2 \
             FROM unnest($3::uuid[], $4::uuid[], $5::bytea[]) AS m(tenant_id, key_id, wrapped) \
             WHERE k.tenant_id = m.tenant_id AND k.key_id = m.key_id AND k.epoch_id = $1",
        )
        .bind(from.as_uuid())
        .bind(to.as_uuid())
        .bind(tenants)
        .bind(keys)
        .bind(wrapped)
        .execute(&self.database.writer)
        .await?;
        Ok(done.rows_affected())
    }

    /// Ends an epoch that is closed, unless something is wrapped with its key; whether it has ended.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn end_epoch(&self, epoch: EpochId, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
        let mut transaction = self.database.writer.begin().await?;
        AdvisoryLock::Epochs.wait(&mut transaction).await?;
        let ended = sqlx::query(
            "UPDATE erasure_epochs SET ended_at = coalesce(ended_at, $2) WHERE epoch_id = $1 \
             AND closed_at IS NOT NULL AND NOT EXISTS (SELECT FROM data_keys WHERE epoch_id = $1)",
        )
        .bind(epoch.as_uuid())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(ended.rows_affected() == 1)
    }
}
