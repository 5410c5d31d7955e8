//! Questions about datasets.

mod place;

use std::sync::Arc;

use serde_json::Value;
use vault_access::{Permit, act};
use vault_domain::{DatasetId, TenantId};
use vault_projections::read::{
    DatasetFilter, DatasetRow, DatasetSort, DatasetStatsRow, count_stats, find_dataset, find_stats,
    list_datasets,
};

pub use place::{open_place, seal_place};

use crate::{Queries, error::QueryError, moment::Moment};

/// One dataset, as it was at a moment.
///
/// # Errors
/// `DatasetNotFound`, or a fault.
#[tracing::instrument(name = "queries.dataset.get", skip_all)]
pub async fn get(
    queries: &Queries,
    permit: &Permit<act::DatasetRead>,
    moment: Moment,
) -> Result<Arc<DatasetRow>, QueryError> {
    queries.dataset_at(permit, moment).await
}

/// Whether the tenant has a dataset: needed to deny something of it, whoever asks.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.dataset.is_there", skip_all)]
pub async fn is_there(queries: &Queries, tenant: TenantId, id: DatasetId) -> Result<bool, QueryError> {
    let mut transaction = queries.database.begin_tenant(tenant).await?;
    let row = find_dataset(&mut transaction, id).await?;
    transaction.commit().await?;
    Ok(row.is_some())
}

/// The tenant's datasets, at most `limit`.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.dataset.list", skip_all)]
pub async fn list(
    queries: &Queries,
    permit: &Permit<act::DatasetList>,
    filter: &DatasetFilter,
    sort: DatasetSort,
    limit: i64,
) -> Result<Vec<DatasetRow>, QueryError> {
    let mut transaction = queries.database.begin_tenant(permit.principal().tenant).await?;
    let rows = list_datasets(&mut transaction, filter, sort, limit).await?;
    transaction.commit().await?;
    Ok(rows)
}

/// How much a dataset holds, or held at a moment.
///
/// # Errors
/// `DatasetNotFound`, or a fault.
#[tracing::instrument(name = "queries.dataset.stats", skip_all)]
pub async fn stats(
    queries: &Queries,
    permit: &Permit<act::DatasetRead>,
    moment: Moment,
) -> Result<DatasetStatsRow, QueryError> {
    queries.require_then(permit, moment).await?;
    let mut transaction = queries.database.begin_tenant(permit.principal().tenant).await?;
    queries.record_care(&mut transaction, permit, moment).await?;
    let stats = match moment {
        Moment::Now => find_stats(&mut transaction, permit.target()).await?,
        Moment::After(position) => Some(count_stats(&mut transaction, permit.target(), position).await?),
    };
    transaction.commit().await?;
    Ok(stats.unwrap_or_else(empty))
}

fn empty() -> DatasetStatsRow {
    DatasetStatsRow {
        record_count: 0,
        size_bytes: 0,
        records_with_pii: 0,
        pii_counts: Value::Object(serde_json::Map::new()),
        last_added_at: None,
    }
}
