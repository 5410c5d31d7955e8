//! Large contents that no record names: condemned first, removed from the object store after a grace.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::{Postgres, Transaction};
use uuid::Uuid;
use vault_domain::{KeyedHash, TenantId};

use crate::database::{Database, DatabaseError};

/// Where a large content is, in columns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LargeContent {
    /// The tenant.
    pub tenant: TenantId,
    /// Whose keys seal it: `dataset` or `subject`.
    pub scope_type: &'static str,
    /// Which dataset or subject.
    pub scope_id: Uuid,
    /// Its address.
    pub address: KeyedHash,
}

/// Condemns contents, and spares those that are wanted again.
#[derive(Clone)]
pub struct CondemnedContents {
    database: Database,
}

/// A content that is being removed; who wants to store it again waits.
#[derive(Debug)]
pub struct Removal(Transaction<'static, Postgres>);

impl CondemnedContents {
    /// Of this database.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Condemns a content, unless it is condemned already; since when it is.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn condemn(
        &self,
        content: &LargeContent,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, DatabaseError> {
        sqlx::query_scalar(
            "WITH new AS (INSERT INTO condemned_contents (tenant_id, scope_type, scope_id, address, condemned_at) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING condemned_at) \
             SELECT condemned_at FROM new UNION ALL SELECT condemned_at FROM condemned_contents \
             WHERE tenant_id = $1 AND scope_type = $2 AND scope_id = $3 AND address = $4 LIMIT 1",
        )
        .bind(content.tenant.as_uuid())
        .bind(content.scope_type)
        .bind(content.scope_id)
        .bind(content.address.as_bytes().as_slice())
        .bind(now)
        .fetch_optional(&self.database.writer)
        .await
        // spared between the two: that one is condemned anew another time
        .map(|since| since.unwrap_or(now))
    }

    /// The tenant's contents that are condemned, by the id of their dataset or subject and their address.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn of_tenant(&self, tenant: TenantId) -> Result<HashSet<(Uuid, KeyedHash)>, DatabaseError> {
        let rows: Vec<(Uuid, Vec<u8>)> =
            sqlx::query_as("SELECT scope_id, address FROM condemned_contents WHERE tenant_id = $1")
                .bind(tenant.as_uuid())
                .fetch_all(&self.database.writer)
                .await?;
        let row = |(scope, address): (Uuid, Vec<u8>)| {
            Some((scope, KeyedHash::from_bytes(address.try_into().ok()?)))
        };
        Ok(rows.into_iter().filter_map(row).collect())
    }

    /// A content is wanted: waits for its removal if that has begun, and prevents it otherwise.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn spare(&self, content: &LargeContent) -> Result<(), DatabaseError> {
        sqlx::query(
            "DELETE FROM condemned_contents \
             WHERE tenant_id = $1 AND scope_type = $2 AND scope_id = $3 AND address = $4",
        )
        .bind(content.tenant.as_uuid())
        .bind(content.scope_type)
        .bind(content.scope_id)
        .bind(content.address.as_bytes().as_slice())
        .execute(&self.database.writer)
        .await?;
        Ok(())
    }

    /// Begins to remove a content that was condemned by `deadline` and not spared; `None` if it is not to be removed.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn begin_removal(
        &self,
        content: &LargeContent,
        deadline: DateTime<Utc>,
    ) -> Result<Option<Removal>, DatabaseError> {
        let mut transaction = self.database.writer.begin().await?;
        let row = sqlx::query(
            "DELETE FROM condemned_contents WHERE tenant_id = $1 AND scope_type = $2 AND scope_id = $3 \
             AND address = $4 AND condemned_at <= $5",
        )
        .bind(content.tenant.as_uuid())
        .bind(content.scope_type)
        .bind(content.scope_id)
        .bind(content.address.as_bytes().as_slice())
        .bind(deadline)
        .execute(&mut *transaction)
        .await?;
        Ok((row.rows_affected() == 1).then_some(Removal(transaction)))
    }
}

impl Removal {
    /// The content is gone. A removal that is dropped instead leaves it condemned.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn done(self) -> Result<(), DatabaseError> {
        self.0.commit().await
    }
}
