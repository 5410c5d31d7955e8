//! Whose rules have changed, and which datasets.

use uuid::Uuid;
use vault_domain::{DatasetId, TenantId};

use crate::database::Database;

/// The most changes that are read at once.
const CHANGES_AT_ONCE: i64 = 1_000;

/// A change of what tenants decide by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleChange {
    /// Where the log tells of it.
    pub position: u64,
    /// The tenant.
    pub tenant: TenantId,
    /// What has changed.
    pub kind: RuleChangeKind,
}

/// What has changed of what a tenant decides by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleChangeKind {
    /// Its policies.
    Policies,
    /// What second persons have approved.
    Approvals,
    /// The grants of a dataset.
    Grants(DatasetId),
    /// A dataset.
    Dataset(DatasetId),
}

#[derive(sqlx::FromRow)]
struct ChangeRow {
    position: i64,
    tenant_id: Uuid,
    aggregate_type: String,
    aggregate_id: String,
}

impl ChangeRow {
    fn read(&self) -> Result<RuleChange, sqlx::Error> {
        let malformed = |_| sqlx::Error::Decode("an aggregate id is no UUID".into());
        let dataset = || self.aggregate_id.parse().map_err(malformed);
        let kind = match self.aggregate_type.as_str() {
            "grants" => RuleChangeKind::Grants(dataset()?),
            "approvals" => RuleChangeKind::Approvals,
            "dataset" => RuleChangeKind::Dataset(dataset()?),
            _ => RuleChangeKind::Policies,
        };
        Ok(RuleChange {
            position: self.position.unsigned_abs(),
            tenant: TenantId::from_uuid(self.tenant_id),
            kind,
        })
    }
}

/// Reads in the log what has changed of what tenants decide by. Cheap to clone.
#[derive(Clone)]
pub struct RuleChanges {
    database: Database,
}

impl RuleChanges {
    /// Reads through these pools.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The changes after a position, in order; not all at once, if they are many.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn after(&self, position: u64) -> Result<Vec<RuleChange>, sqlx::Error> {
        // the literals, so that the index for them is used
        let rows: Vec<ChangeRow> = sqlx::query_as(
            "SELECT position, tenant_id, aggregate_type, aggregate_id FROM events \
             WHERE aggregate_type IN ('policies', 'grants', 'approvals', 'dataset') AND position > $1 ORDER BY position LIMIT $2",
        )
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .bind(CHANGES_AT_ONCE)
        .fetch_all(&self.database.watching())
        .await?;
        rows.iter().map(ChangeRow::read).collect()
    }
}
