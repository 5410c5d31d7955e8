//! The read model `records`: one row a record, without its content.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;
use vault_domain::{
    Aggregate, DatasetId, RecordId, SubjectId, TenantId, UserId, field,
    record_batch::{AddedRecord, RecordBatch, RecordBatchEvent, RecordFindings},
    subject::{Subject, SubjectEvent},
};
use vault_event_store::StoredEvent;

use crate::{error::ProjectionError, opener::Opener, projector::Projection, subjects::subject_of};

/// Builds `records`.
pub struct RecordsProjection {
    opener: Opener,
}

impl RecordsProjection {
    /// Opens sealed metadata with this opener.
    #[must_use]
    pub const fn new(opener: Opener) -> Self {
        Self { opener }
    }

    async fn metadata(
        &self,
        tenant: TenantId,
        dataset: DatasetId,
        record: &AddedRecord,
    ) -> Result<Option<Value>, ProjectionError> {
        // a subject's stays sealed: what stood here in clear would outlive it in dead rows, logs and copies
        if record.subject_id.is_some() {
            return Ok(None);
        }
        let (name, sealed) = match (&record.clean_metadata, &record.metadata) {
            (Some(clean), _) => (field::RECORD_CLEAN_METADATA, clean),
            (None, Some(whole)) => (field::RECORD_METADATA, whole),
            (None, None) => return Ok(None),
        };
        let text = self
            .opener
            .record_text(tenant, dataset, record.record_id, name, sealed.envelope())
            .await?;
        Ok(Some(serde_json::from_str(&text)?))
    }
}

#[async_trait]
impl Projection for RecordsProjection {
    fn name(&self) -> &'static str {
        "records"
    }

    async fn apply(
        &self,
        events: &[StoredEvent],
        connection: &mut PgConnection,
    ) -> Result<(), ProjectionError> {
        let mut rows = Rows::default();
        let mut earlier = Vec::new();
        let mut erased = Vec::new();
        for event in events {
            if event.aggregate_type == Subject::TYPE
                && let SubjectEvent::Erased(_) = event.decode()?
            {
                erased.push((event.tenant_id.as_uuid(), subject_of(event)?.as_uuid()));
            }
            if event.aggregate_type != RecordBatch::TYPE {
                continue;
            }
            match event.decode()? {
                RecordBatchEvent::Added(added) => {
                    let created_by = event.decode_metadata()?.actor.user().map(UserId::as_uuid);
                    for record in &added.records {
                        let metadata = self.metadata(event.tenant_id, added.dataset_id, record).await?;
                        rows.push(event, added.dataset_id, record, metadata, created_by);
                    }
                }
                RecordBatchEvent::PiiDetected(detected) => {
                    for findings in detected.records {
                        if let Some(findings) = rows.found(findings) {
                            earlier.push((detected.dataset_id, findings));
                        }
                    }
                }
            }
        }
        rows.insert(connection).await?;
        update_findings(&earlier, connection).await?;
        empty_erased(&erased, connection).await
    }
}

/// The rows of a batch, column by column.
#[derive(Default)]
struct Rows {
    index: HashMap<RecordId, usize>,
    tenant: Vec<Uuid>,
    dataset: Vec<Uuid>,
    record: Vec<Uuid>,
    content: Vec<[u8; 32]>,
    size_bytes: Vec<i64>,
    external_id_hash: Vec<Option<Vec<u8>>>,
    external_id: Vec<Option<Vec<u8>>>,
    metadata: Vec<Option<Value>>,
    metadata_sealed: Vec<Option<Vec<u8>>>,
    pii_counts: Vec<Value>,
    created_by: Vec<Option<Uuid>>,
    created_at: Vec<DateTime<Utc>>,
    position: Vec<i64>,
    subject: Vec<Option<Uuid>>,
}

impl Rows {
    fn push(
        &mut self,
        event: &StoredEvent,
        dataset: DatasetId,
        record: &AddedRecord,
        metadata: Option<Value>,
        created_by: Option<Uuid>,
    ) {
        let external_id = record.external_id.as_ref();
        // the whole metadata, where they do not stand in clear
        let sealed = match record.subject_id {
            Some(_) => record.metadata.as_ref(),
            None => record.clean_metadata.as_ref().and(record.metadata.as_ref()),
        };
        // a subject's is hashed with its own key in the log; it is found by its claim
        let hash = external_id.filter(|_| record.subject_id.is_none());
        self.index.insert(record.record_id, self.record.len());
        self.tenant.push(event.tenant_id.as_uuid());
        self.dataset.push(dataset.as_uuid());
        self.record.push(record.record_id.as_uuid());
        self.content.push(*record.content.as_bytes());
        self.size_bytes.push(record.size_bytes.cast_signed());
        self.external_id_hash
            .push(hash.map(|id| id.hash.as_bytes().to_vec()));
        self.external_id
            .push(external_id.map(|id| id.sealed.envelope().to_vec()));
        self.metadata.push(metadata);
        self.metadata_sealed
            .push(sealed.map(|sealed| sealed.envelope().to_vec()));
        self.pii_counts.push(json!({}));
        self.created_by.push(created_by);
        self.created_at.push(event.recorded_at);
        self.position.push(event.position.cast_signed());
        self.subject.push(record.subject_id.map(SubjectId::as_uuid));
    }

    /// Takes findings for a record of this batch, or gives them back.
    fn found(&mut self, findings: RecordFindings) -> Option<RecordFindings> {
        match self.index.get(&findings.record_id) {
            Some(&index) => {
                self.pii_counts[index] = json!(findings.counts);
                None
            }
            None => Some(findings),
        }
    }

    async fn insert(&self, connection: &mut PgConnection) -> Result<(), ProjectionError> {
        if self.record.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO records (tenant_id, dataset_id, record_id, content, size_bytes, external_id_hash, \
             external_id, metadata, metadata_sealed, pii_counts, created_by, created_at, position, subject_id) \
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bigint[], $6::bytea[], \
             $7::bytea[], $8::jsonb[], $9::bytea[], $10::jsonb[], $11::uuid[], $12::timestamptz[], $13::bigint[], \
             $14::uuid[])",
        )
        .bind(&self.tenant)
        .bind(&self.dataset)
        .bind(&self.record)
        .bind(&self.content)
        .bind(&self.size_bytes)
        .bind(&self.external_id_hash)
        .bind(&self.external_id)
        .bind(&self.metadata)
        .bind(&self.metadata_sealed)
        .bind(&self.pii_counts)
        .bind(&self.created_by)
        .bind(&self.created_at)
        .bind(&self.position)
        .bind(&self.subject)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Findings in records of earlier batches: the batch's boundary fell between the two events.
async fn update_findings(
    findings: &[(DatasetId, RecordFindings)],
    connection: &mut PgConnection,
) -> Result<(), ProjectionError> {
    if findings.is_empty() {
        return Ok(());
    }
    let datasets: Vec<Uuid> = findings.iter().map(|(dataset, _)| dataset.as_uuid()).collect();
    let records: Vec<Uuid> = findings
        .iter()
        .map(|(_, found)| found.record_id.as_uuid())
        .collect();
    let counts: Vec<Value> = findings.iter().map(|(_, found)| json!(found.counts)).collect();
    sqlx::query(
        "UPDATE records r SET pii_counts = f.counts \
         FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[]) AS f(dataset_id, record_id, counts) \
         WHERE r.dataset_id = f.dataset_id AND r.record_id = f.record_id",
    )
    .bind(datasets)
    .bind(records)
    .bind(counts)
    .execute(connection)
    .await?;
    Ok(())
}

/// What is left of an erased subject's records: that they were there.
async fn empty_erased(erased: &[(Uuid, Uuid)], connection: &mut PgConnection) -> Result<(), ProjectionError> {
    if erased.is_empty() {
        return Ok(());
    }
    let (tenants, subjects): (Vec<Uuid>, Vec<Uuid>) = erased.iter().copied().unzip();
    sqlx::query(
        "UPDATE records r SET content = '', size_bytes = 0, external_id = NULL, metadata_sealed = NULL, \
         pii_counts = '{}' FROM unnest($1::uuid[], $2::uuid[]) AS e(tenant_id, subject_id) \
         WHERE r.tenant_id = e.tenant_id AND r.subject_id = e.subject_id",
    )
    .bind(tenants)
    .bind(subjects)
    .execute(connection)
    .await?;
    Ok(())
}
