//! What the append function checks, read outside of an append: to refuse early, never to decide.

use vault_domain::TenantId;

use crate::{append::Guard, database::Database};

/// How a guard stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuardReading {
    /// Appends that need it go through.
    Open,
    /// Appends that need it are refused.
    Closed,
    /// There is none for this tenant.
    Missing,
}

/// Reads guards.
#[derive(Clone)]
pub struct Guards {
    database: Database,
}

impl Guards {
    /// Reads through these pools.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// How a guard stands at this moment.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn read(&self, tenant: TenantId, guard: Guard) -> Result<GuardReading, sqlx::Error> {
        let mut transaction = self.database.begin_tenant(tenant).await?;
        let is_open: Option<bool> = sqlx::query_scalar(
            "SELECT is_open FROM guards WHERE tenant_id = $1 AND guard_type = $2 AND guard_id = $3",
        )
        .bind(tenant.as_uuid())
        .bind(guard.guard_type)
        .bind(guard.id)
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(match is_open {
            Some(true) => GuardReading::Open,
            Some(false) => GuardReading::Closed,
            None => GuardReading::Missing,
        })
    }
}
