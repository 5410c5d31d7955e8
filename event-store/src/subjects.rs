//! Subjects: who is meant by a name, what there is to remove of them, and erasures that are not finished.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_domain::{EpochId, KeyedHash, SubjectId, TenantId, field};

use crate::{
    append::{Claim, SubjectRecordRow},
    database::{Database, TenantTransaction},
};

/// How many records are removed at once.
const RECORDS_AT_ONCE: i64 = 500;
/// How many unfinished erasures are read at once.
const ERASURES_AT_ONCE: i64 = 100;

/// An erasure that something is left to be done for.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UnfinishedErasure {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The subject.
    pub subject_id: Uuid,
    /// The epoch whose key wrapped the subject's keys.
    pub epoch_id: Uuid,
    /// When it was erased.
    pub erased_at: DateTime<Utc>,
}

impl UnfinishedErasure {
    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        TenantId::from_uuid(self.tenant_id)
    }

    /// The subject.
    #[must_use]
    pub const fn subject(&self) -> SubjectId {
        SubjectId::from_uuid(self.subject_id)
    }
}

/// How much a subject's records are, in one dataset.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SubjectDataset {
    /// The dataset.
    pub dataset_id: Uuid,
    /// How many records.
    pub records: i64,
    /// The size of their data.
    pub size_bytes: i64,
    /// In how many of them something was found.
    pub records_with_pii: i64,
    /// Findings by type.
    pub counts: serde_json::Value,
}

const BY_DATASET: &str = "SELECT dataset_id, count(*) AS records, sum(size_bytes)::bigint AS size_bytes, \
     count(*) FILTER (WHERE pii_counts <> '{}') AS records_with_pii, \
     coalesce((SELECT json_object_agg(f.key, f.total) FROM (\
       SELECT e.key, sum(e.value::bigint)::bigint AS total FROM subject_records c, jsonb_each_text(c.pii_counts) e \
       WHERE c.tenant_id = $1 AND c.subject_id = $2 AND c.dataset_id = s.dataset_id GROUP BY e.key) f), '{}') AS counts \
     FROM subject_records s WHERE tenant_id = $1 AND subject_id = $2 GROUP BY dataset_id ORDER BY dataset_id";

/// Reads and removes what belongs to subjects.
#[derive(Clone)]
pub struct Subjects {
    database: Database,
}

impl Subjects {
    /// Reads and removes through these pools.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The claim of a subject's name, unique in the tenant.
    #[must_use]
    pub const fn claim(tenant: TenantId, subject: SubjectId, name: KeyedHash) -> Claim {
        Claim {
            claim_type: field::SUBJECT_NAME,
            scope: tenant.as_uuid(),
            key: name,
            holder: subject.as_uuid(),
        }
    }

    /// Who is meant by these names, by their keyed hashes; a name that nobody has is absent.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn named(
        &self,
        tenant: TenantId,
        names: &[KeyedHash],
    ) -> Result<HashMap<KeyedHash, SubjectId>, sqlx::Error> {
        let mut transaction = self.database.begin_tenant(tenant).await?;
        let found = Self::named_in(&mut transaction, tenant, names).await?;
        transaction.commit().await?;
        Ok(found)
    }

    /// As [`Self::named`], within a transaction.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn named_in(
        transaction: &mut TenantTransaction,
        tenant: TenantId,
        names: &[KeyedHash],
    ) -> Result<HashMap<KeyedHash, SubjectId>, sqlx::Error> {
        let wanted: Vec<&[u8]> = names.iter().map(|name| name.as_bytes().as_slice()).collect();
        let rows: Vec<(Vec<u8>, Uuid)> = sqlx::query_as(
            "SELECT key_hash, holder_id FROM claims \
             WHERE tenant_id = $1 AND claim_type = $2 AND scope_id = $1 AND key_hash = ANY($3)",
        )
        .bind(tenant.as_uuid())
        .bind(field::SUBJECT_NAME)
        .bind(wanted)
        .fetch_all(&mut **transaction)
        .await?;
        let row = |(hash, holder): (Vec<u8>, Uuid)| {
            let hash = KeyedHash::from_bytes(hash.try_into().ok()?);
            Some((hash, SubjectId::from_uuid(holder)))
        };
        Ok(rows.into_iter().filter_map(row).collect())
    }

    /// How much a subject's records are, by dataset.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn datasets(
        &self,
        tenant: TenantId,
        subject: SubjectId,
    ) -> Result<Vec<SubjectDataset>, sqlx::Error> {
        let mut transaction = self.database.begin_tenant(tenant).await?;
        let rows = sqlx::query_as(BY_DATASET)
            .bind(tenant.as_uuid())
            .bind(subject.as_uuid())
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// Removes the contents of some of a subject's records, and the claims of their external ids, after the record
    /// `after`; the last of them, or nothing when there are no more.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn remove_contents(
        &self,
        tenant: TenantId,
        subject: SubjectId,
        after: Uuid,
    ) -> Result<Option<Uuid>, sqlx::Error> {
        let mut transaction = self.database.writer.begin().await?;
        let page: Vec<SubjectRecordRow> = sqlx::query_as(
            "SELECT subject_id, record_id, dataset_id, address, size_bytes, pii_counts, external_id_hash \
             FROM subject_records WHERE tenant_id = $1 AND subject_id = $2 AND record_id > $3 \
             ORDER BY record_id LIMIT $4",
        )
        .bind(tenant.as_uuid())
        .bind(subject.as_uuid())
        .bind(after)
        .bind(RECORDS_AT_ONCE)
        .fetch_all(&mut *transaction)
        .await?;
        let datasets: Vec<Uuid> = page.iter().map(|row| row.dataset_id).collect();
        let addresses: Vec<&[u8]> = page.iter().map(|row| row.address.as_slice()).collect();
        let names: Vec<Option<&[u8]>> = page.iter().map(|row| row.external_id_hash.as_deref()).collect();
        let records: Vec<Uuid> = page.iter().map(|row| row.record_id).collect();
        sqlx::query(
            "DELETE FROM record_contents c USING unnest($2::uuid[], $3::bytea[]) AS r(dataset_id, address) \
             WHERE c.tenant_id = $1 AND c.dataset_id = r.dataset_id AND c.address = r.address",
        )
        .bind(tenant.as_uuid())
        .bind(&datasets)
        .bind(addresses)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM claims c USING unnest($3::uuid[], $4::bytea[], $5::uuid[]) AS r(dataset_id, hash, record_id) \
             WHERE c.tenant_id = $1 AND c.claim_type = $2 AND c.scope_id = r.dataset_id AND c.key_hash = r.hash \
               AND c.holder_id = r.record_id",
        )
        .bind(tenant.as_uuid())
        .bind(field::RECORD_EXTERNAL_ID)
        .bind(&datasets)
        .bind(names)
        .bind(records)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(page.last().map(|row| row.record_id))
    }

    /// Erasures of which something is left to be removed, the oldest first, after one of them.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn unpurged(
        &self,
        after: Option<&UnfinishedErasure>,
    ) -> Result<Vec<UnfinishedErasure>, sqlx::Error> {
        sqlx::query_as(
            "SELECT tenant_id, subject_id, epoch_id, erased_at FROM erasures WHERE purged_at IS NULL \
               AND ($1::timestamptz IS NULL OR (erased_at, tenant_id, subject_id) > ($1, $2, $3)) \
             ORDER BY erased_at, tenant_id, subject_id LIMIT $4",
        )
        .bind(after.map(|erasure| erasure.erased_at))
        .bind(after.map(|erasure| erasure.tenant_id))
        .bind(after.map(|erasure| erasure.subject_id))
        .bind(ERASURES_AT_ONCE)
        .fetch_all(&self.database.writer)
        .await
    }

    /// Erasures of an epoch that has ended, of which the log does not say so; some of them.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn of_ended_epoch(&self, epoch: EpochId) -> Result<Vec<UnfinishedErasure>, sqlx::Error> {
        sqlx::query_as(
            "SELECT tenant_id, subject_id, epoch_id, erased_at FROM erasures \
             WHERE epoch_ended_at IS NULL AND epoch_id = $1 ORDER BY erased_at LIMIT $2",
        )
        .bind(epoch.as_uuid())
        .bind(ERASURES_AT_ONCE)
        .fetch_all(&self.database.writer)
        .await
    }

    /// When the first of the erasures was done whose keys a copy of the database can still open.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn oldest_reversible(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        sqlx::query_scalar("SELECT min(erased_at) FROM erasures WHERE epoch_ended_at IS NULL")
            .fetch_one(&self.database.writer)
            .await
    }

    /// Notes that what a subject's keys sealed was removed, which the log says, and forgets what there was to remove.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn finish_purge(
        &self,
        tenant: TenantId,
        subject: SubjectId,
        now: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        let mut transaction = self.database.writer.begin().await?;
        sqlx::query("DELETE FROM subject_records WHERE tenant_id = $1 AND subject_id = $2")
            .bind(tenant.as_uuid())
            .bind(subject.as_uuid())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "UPDATE erasures SET purged_at = coalesce(purged_at, $3) WHERE tenant_id = $1 AND subject_id = $2",
        )
        .bind(tenant.as_uuid())
        .bind(subject.as_uuid())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Notes that the key of a subject's epoch was destroyed, which the log says.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn finish_epoch(
        &self,
        tenant: TenantId,
        subject: SubjectId,
        now: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE erasures SET epoch_ended_at = coalesce(epoch_ended_at, $3) \
             WHERE tenant_id = $1 AND subject_id = $2",
        )
        .bind(tenant.as_uuid())
        .bind(subject.as_uuid())
        .bind(now)
        .execute(&self.database.writer)
        .await?;
        Ok(())
    }
}
