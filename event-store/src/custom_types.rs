//! Whose types have changed.

use uuid::Uuid;
use vault_domain::TenantId;

use crate::database::Database;

/// The most changes that are read at once.
const CHANGES_AT_ONCE: i64 = 1_000;

/// Reads in the log whose types have changed. Cheap to clone.
#[derive(Clone)]
pub struct CustomTypeChanges {
    database: Database,
}

impl CustomTypeChanges {
    /// Reads through these pools.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The positions after one at which tenants changed their types, in order; not all at once, if they were many.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn after(&self, position: u64) -> Result<Vec<(u64, TenantId)>, sqlx::Error> {
        // the literal, so that the index for it is used
        let rows: Vec<(i64, Uuid)> = sqlx::query_as(
            "SELECT position, tenant_id FROM events \
             WHERE aggregate_type = 'custom_types' AND position > $1 ORDER BY position LIMIT $2",
        )
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .bind(CHANGES_AT_ONCE)
        .fetch_all(&self.database.watching())
        .await?;
        let change = |(position, tenant): (i64, Uuid)| (position.unsigned_abs(), TenantId::from_uuid(tenant));
        Ok(rows.into_iter().map(change).collect())
    }
}
