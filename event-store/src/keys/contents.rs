//! Keys whose contents are sealed anew, how far that is, and the rows that are left.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vault_domain::{DatasetId, KeyId, TenantId};

use super::KeyRows;

/// How an append is refused that destroys a key which something needs.
pub const KEY_NEEDED: &str = "23V03";
/// The most old keys that are read at once.
const KEYS_AT_ONCE: i64 = 100;

/// A key whose contents are sealed anew.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ContentsRewrap {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The key.
    pub key_id: Uuid,
    /// Whose key it is.
    pub dataset_id: Uuid,
    /// `running`, `paused` or `finished`.
    pub state: String,
    /// Up to which address the rows are done.
    pub after_address: Vec<u8>,
    /// How many contents, and chunks of large ones, were sealed anew.
    pub contents: i64,
    /// What these take, sealed, in bytes.
    pub size_bytes: i64,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When nothing was left.
    pub finished_at: Option<DateTime<Utc>>,
}

impl ContentsRewrap {
    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        TenantId::from_uuid(self.tenant_id)
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        KeyId::from_uuid(self.key_id)
    }

    /// Whose key it is.
    #[must_use]
    pub const fn dataset(&self) -> DatasetId {
        DatasetId::from_uuid(self.dataset_id)
    }

    /// Whether somebody is to go on with it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state == "running"
    }

    /// Whether nothing is left that the key sealed.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.state == "finished"
    }
}

/// What becomes of a sealing anew that is not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RewrapOrder {
    /// Somebody goes on with it.
    GoOn,
    /// Nobody does.
    Pause,
}

/// A small content as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SealedContent {
    /// Its address.
    pub address: Vec<u8>,
    /// The envelope.
    pub ciphertext: Vec<u8>,
}

const COLUMNS: &str = "tenant_id, key_id, dataset_id, state, after_address, contents, size_bytes, started_at, \
     finished_at";

impl KeyRows {
    /// How far it is with a key's contents; `None` when nobody asked for it.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn rewrap_of(
        &self,
        tenant: TenantId,
        key: KeyId,
    ) -> Result<Option<ContentsRewrap>, sqlx::Error> {
        sqlx::query_as(&format!(
            "SELECT {COLUMNS} FROM key_rewraps WHERE tenant_id = $1 AND key_id = $2"
        ))
        .bind(tenant.as_uuid())
        .bind(key.as_uuid())
        .fetch_optional(&self.database.writer)
        .await
    }

    /// The key that is to be gone on with: the first that was begun.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn next_rewrap(&self) -> Result<Option<ContentsRewrap>, sqlx::Error> {
        sqlx::query_as(&format!(
            "SELECT {COLUMNS} FROM key_rewraps WHERE state = 'running' ORDER BY started_at, key_id LIMIT 1"
        ))
        .fetch_optional(&self.database.writer)
        .await
    }

    /// Goes on with a key's contents, or leaves them be; one that is finished stays so.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn set_rewrap(
        &self,
        tenant: TenantId,
        key: KeyId,
        order: RewrapOrder,
    ) -> Result<(), sqlx::Error> {
        let state = match order {
            RewrapOrder::GoOn => "running",
            RewrapOrder::Pause => "paused",
        };
        sqlx::query(
            "UPDATE key_rewraps SET state = $3 \
             WHERE tenant_id = $1 AND key_id = $2 AND state <> 'finished'",
        )
        .bind(tenant.as_uuid())
        .bind(key.as_uuid())
        .bind(state)
        .execute(&self.database.writer)
        .await?;
        Ok(())
    }

    /// Older content keys of datasets of which nobody has asked that their contents be sealed anew; some of them.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn old_content_keys(&self, tenant: Option<TenantId>) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
        sqlx::query_as(
            "SELECT k.tenant_id, k.key_id FROM data_keys k \
             WHERE k.purpose = 'content' AND k.scope_type = 'dataset' AND ($1::uuid IS NULL OR k.tenant_id = $1) \
               AND EXISTS (SELECT FROM data_keys newer WHERE newer.tenant_id = k.tenant_id \
                 AND newer.scope_type = k.scope_type AND newer.scope_id = k.scope_id \
                 AND newer.purpose = k.purpose AND newer.generation > k.generation) \
               AND NOT EXISTS (SELECT FROM key_rewraps r WHERE r.tenant_id = k.tenant_id AND r.key_id = k.key_id) \
             ORDER BY k.created_at, k.key_id LIMIT $2",
        )
        .bind(tenant.map(TenantId::as_uuid))
        .bind(KEYS_AT_ONCE)
        .fetch_all(&self.database.writer)
        .await
    }

    /// Rows that the key sealed, after those that are done, in the order of their addresses.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn contents_left(
        &self,
        rewrap: &ContentsRewrap,
        limit: i64,
    ) -> Result<Vec<SealedContent>, sqlx::Error> {
        // the key's id stands in bytes 2 to 17 of the envelope (docs/security/CIPHERTEXT.md)
        sqlx::query_as(
            "SELECT address, ciphertext FROM record_contents \
             WHERE tenant_id = $1 AND dataset_id = $2 AND address > $3 AND substring(ciphertext FROM 3 FOR 16) = $4 \
             ORDER BY address LIMIT $5",
        )
        .bind(rewrap.tenant_id)
        .bind(rewrap.dataset_id)
        .bind(&rewrap.after_address)
        .bind(rewrap.key_id.as_bytes().as_slice())
        .bind(limit)
        .fetch_all(&self.database.writer)
        .await
    }

    /// Puts rows that were sealed anew in the place of what was read, where that is still there, and takes down how far
    /// it is with that, in one transaction.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn replace_contents(
        &self,
        rewrap: &ContentsRewrap,
        old: &[SealedContent],
        new: &[Vec<u8>],
    ) -> Result<(), sqlx::Error> {
        let mut transaction = self.database.writer.begin().await?;
        let addresses: Vec<&[u8]> = old.iter().map(|row| row.address.as_slice()).collect();
        let before: Vec<&[u8]> = old.iter().map(|row| row.ciphertext.as_slice()).collect();
        let replaced = sqlx::query(
            "UPDATE record_contents c SET ciphertext = n.new \
             FROM unnest($3::bytea[], $4::bytea[], $5::bytea[]) AS n(address, old, new) \
             WHERE c.tenant_id = $1 AND c.dataset_id = $2 AND c.address = n.address AND c.ciphertext = n.old",
        )
        .bind(rewrap.tenant_id)
        .bind(rewrap.dataset_id)
        .bind(&addresses)
        .bind(before)
        .bind(new)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "UPDATE key_rewraps SET after_address = $3, contents = contents + $4, size_bytes = size_bytes + $5 \
             WHERE tenant_id = $1 AND key_id = $2",
        )
        .bind(rewrap.tenant_id)
        .bind(rewrap.key_id)
        .bind(addresses.last())
        .bind(i64::try_from(replaced.rows_affected()).unwrap_or(i64::MAX))
        .bind(size(new.iter().map(Vec::len).sum()))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Takes down that chunks of a large content were sealed anew.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn count_rewrapped(
        &self,
        rewrap: &ContentsRewrap,
        chunks: u32,
        size_bytes: usize,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE key_rewraps SET contents = contents + $3, size_bytes = size_bytes + $4 \
             WHERE tenant_id = $1 AND key_id = $2",
        )
        .bind(rewrap.tenant_id)
        .bind(rewrap.key_id)
        .bind(i64::from(chunks))
        .bind(size(size_bytes))
        .execute(&self.database.writer)
        .await?;
        Ok(())
    }

    /// Takes down that nothing is left that the key sealed, which the log says.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn finish_rewrap(
        &self,
        rewrap: &ContentsRewrap,
        now: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE key_rewraps SET state = 'finished', finished_at = coalesce(finished_at, $3) \
             WHERE tenant_id = $1 AND key_id = $2",
        )
        .bind(rewrap.tenant_id)
        .bind(rewrap.key_id)
        .bind(now)
        .execute(&self.database.writer)
        .await?;
        Ok(())
    }
}

fn size(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
