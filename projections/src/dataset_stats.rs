//! The read model `dataset_stats`: how much a dataset holds, and what was found in it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use vault_domain::{
    Aggregate, DatasetId, EntityType, TenantId,
    record_batch::{RecordBatch, RecordBatchEvent},
    subject::{PurgedDataset, Subject, SubjectEvent},
};
use vault_event_store::StoredEvent;

use crate::{error::ProjectionError, projector::Projection};

/// Builds `dataset_stats`.
pub struct DatasetStatsProjection;

#[derive(Default)]
struct Delta {
    records: i64,
    size_bytes: i64,
    with_pii: i64,
    counts: BTreeMap<EntityType, i64>,
    last_added_at: Option<DateTime<Utc>>,
}

impl Delta {
    fn take_away(&mut self, dataset: &PurgedDataset) {
        self.records -= dataset.records.cast_signed();
        self.size_bytes -= dataset.size_bytes.cast_signed();
        self.with_pii -= dataset.records_with_pii.cast_signed();
        for (entity_type, count) in &dataset.counts {
            *self.counts.entry(*entity_type).or_default() -= count.cast_signed();
        }
    }
}

#[async_trait]
impl Projection for DatasetStatsProjection {
    fn name(&self) -> &'static str {
        "dataset_stats"
    }

    async fn apply(
        &self,
        events: &[StoredEvent],
        connection: &mut PgConnection,
    ) -> Result<(), ProjectionError> {
        let mut deltas: BTreeMap<(TenantId, DatasetId), Delta> = BTreeMap::new();
        for event in events {
            if event.aggregate_type == Subject::TYPE
                && let SubjectEvent::Purged(purged) = event.decode()?
            {
                for dataset in &purged.datasets {
                    let key = (event.tenant_id, dataset.dataset_id);
                    deltas.entry(key).or_default().take_away(dataset);
                }
            }
            if event.aggregate_type != RecordBatch::TYPE {
                continue;
            }
            match event.decode()? {
                RecordBatchEvent::Added(added) => {
                    let delta = deltas.entry((event.tenant_id, added.dataset_id)).or_default();
                    for record in &added.records {
                        delta.records += 1;
                        delta.size_bytes = delta.size_bytes.saturating_add(record.size_bytes.cast_signed());
                    }
                    delta.last_added_at = Some(event.recorded_at);
                }
                RecordBatchEvent::PiiDetected(detected) => {
                    let delta = deltas.entry((event.tenant_id, detected.dataset_id)).or_default();
                    for findings in &detected.records {
                        delta.with_pii += 1;
                        for (entity_type, count) in &findings.counts {
                            *delta.counts.entry(*entity_type).or_default() += i64::from(*count);
                        }
                    }
                }
            }
        }
        for ((tenant, dataset), delta) in deltas {
            add(tenant, dataset, delta, connection).await?;
        }
        Ok(())
    }
}

async fn add(
    tenant: TenantId,
    dataset: DatasetId,
    mut delta: Delta,
    connection: &mut PgConnection,
) -> Result<(), ProjectionError> {
    let known: Option<Json<BTreeMap<EntityType, i64>>> =
        sqlx::query_scalar("SELECT pii_counts FROM dataset_stats WHERE tenant_id = $1 AND dataset_id = $2")
            .bind(tenant.as_uuid())
            .bind(dataset.as_uuid())
            .fetch_optional(&mut *connection)
            .await?;
    for (entity_type, count) in known.map(|Json(counts)| counts).unwrap_or_default() {
        *delta.counts.entry(entity_type).or_default() += count;
    }
    delta.counts.retain(|_, count| *count > 0);
    sqlx::query(
        "INSERT INTO dataset_stats AS s (tenant_id, dataset_id, record_count, size_bytes, records_with_pii, \
         pii_counts, last_added_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (tenant_id, dataset_id) DO UPDATE SET record_count = s.record_count + $3, \
         size_bytes = s.size_bytes + $4, records_with_pii = s.records_with_pii + $5, pii_counts = $6, \
         last_added_at = coalesce($7, s.last_added_at)",
    )
    .bind(tenant.as_uuid())
    .bind(dataset.as_uuid())
    .bind(delta.records)
    .bind(delta.size_bytes)
    .bind(delta.with_pii)
    .bind(Json(&delta.counts))
    .bind(delta.last_added_at)
    .execute(connection)
    .await?;
    Ok(())
}
