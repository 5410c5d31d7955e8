//! What root keys wrap, and what content keys seal.

use uuid::Uuid;
use vault_domain::TenantId;

use super::KeyRows;

/// The most wrapped keys that are read at once.
const WRAPPED_AT_ONCE: i64 = 500;

/// A key that a root key wrapped.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RootWrapped {
    /// The tenant; all zeros for what is no tenant's.
    pub tenant_id: Uuid,
    /// The key.
    pub key_id: Uuid,
    /// The KMS provider that wrapped it.
    pub kms_provider: String,
    /// The provider's name of its own key.
    pub kms_key: String,
    /// The wrapped bytes.
    pub wrapped: Vec<u8>,
}

/// How much hangs on a key.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct KeyInventory {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The key.
    pub key_id: Uuid,
    /// What kind of thing the key is for.
    pub scope_type: String,
    /// Which one.
    pub scope_id: Uuid,
    /// Which generation it is.
    pub generation: i32,
    /// Whether values in the log are sealed with it.
    pub seals_values: bool,
    /// How many small contents it sealed.
    pub contents: i64,
    /// What these take, sealed, in bytes.
    pub size_bytes: i64,
    /// How it is with sealing them anew, if somebody asked for it.
    pub rewrap: Option<String>,
}

impl KeyRows {
    /// Tenant keys that another root key than this wrapped, after one of them.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn tenant_keys_elsewhere(
        &self,
        kms_provider: &str,
        kms_key: &str,
        after: Option<(Uuid, Uuid)>,
    ) -> Result<Vec<RootWrapped>, sqlx::Error> {
        let (tenant, key) = after.unwrap_or_default();
        sqlx::query_as(
            "SELECT tenant_id, key_id, kms_provider, kms_key, wrapped FROM tenant_keys \
             WHERE (tenant_id, key_id) > ($1, $2) AND (kms_provider, kms_key) <> ($3, $4) \
             ORDER BY tenant_id, key_id LIMIT $5",
        )
        .bind(tenant)
        .bind(key)
        .bind(kms_provider)
        .bind(kms_key)
        .bind(WRAPPED_AT_ONCE)
        .fetch_all(&self.database.writer)
        .await
    }

    /// What is wrapped for no tenant and by another root key than this: the service key, and seeds of the log.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn system_keys_elsewhere(
        &self,
        kms_provider: &str,
        kms_key: &str,
    ) -> Result<Vec<RootWrapped>, sqlx::Error> {
        sqlx::query_as(
            "SELECT $3 AS tenant_id, * FROM (\
             SELECT key_id, kms_provider, kms_key, wrapped FROM service_keys UNION ALL \
             SELECT id, provider, kms_key, wrapped_seed FROM log_signing_keys WHERE provider IS NOT NULL) keys \
             WHERE (kms_provider, kms_key) <> ($1, $2)",
        )
        .bind(kms_provider)
        .bind(kms_key)
        .bind(Uuid::nil())
        .fetch_all(&self.database.writer)
        .await
    }

    /// Puts a new wrapping in the place of an old one; nothing if that is there no more.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn replace_wrapping(&self, old: &RootWrapped, new: &RootWrapped) -> Result<bool, sqlx::Error> {
        let statements: &[&str] = if old.tenant_id.is_nil() {
            &[
                "UPDATE service_keys SET kms_provider = $1, kms_key = $2, wrapped = $3 \
                 WHERE key_id = $4 AND wrapped = $5 AND $6 = $6",
                "UPDATE log_signing_keys SET provider = $1, kms_key = $2, wrapped_seed = $3 \
                 WHERE id = $4 AND wrapped_seed = $5 AND $6 = $6",
            ]
        } else {
            &[
                "UPDATE tenant_keys SET kms_provider = $1, kms_key = $2, wrapped = $3 \
               WHERE key_id = $4 AND wrapped = $5 AND tenant_id = $6",
            ]
        };
        let mut replaced = 0;
        for statement in statements {
            let done = sqlx::query(statement)
                .bind(&new.kms_provider)
                .bind(&new.kms_key)
                .bind(&new.wrapped)
                .bind(old.key_id)
                .bind(&old.wrapped)
                .bind(old.tenant_id)
                .execute(&self.database.writer)
                .await?;
            replaced += done.rows_affected();
        }
        Ok(replaced > 0)
    }

    /// How many tenant keys each root key wrapped: provider, name, number.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn root_keys(&self) -> Result<Vec<(String, String, i64)>, sqlx::Error> {
        sqlx::query_as(
            "SELECT kms_provider, kms_key, count(*) FROM (\
             SELECT kms_provider, kms_key FROM tenant_keys UNION ALL \
             SELECT kms_provider, kms_key FROM service_keys UNION ALL \
             SELECT provider, kms_key FROM log_signing_keys WHERE provider IS NOT NULL) wrapped \
             GROUP BY 1, 2 ORDER BY 1, 2",
        )
        .fetch_all(&self.database.writer)
        .await
    }

    /// The content keys of a tenant, and how many small contents each sealed. Reads every content's header.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn inventory(&self, tenant: TenantId) -> Result<Vec<KeyInventory>, sqlx::Error> {
        // the key's id stands in bytes 2 to 17 of the envelope (docs/security/CIPHERTEXT.md)
        sqlx::query_as(
            "SELECT k.tenant_id, k.key_id, k.scope_type, k.scope_id, k.generation, coalesce(c.contents, 0) AS contents, \
               coalesce(c.size_bytes, 0)::bigint AS size_bytes, r.state AS rewrap, \
               NOT EXISTS (SELECT FROM data_keys v WHERE v.tenant_id = k.tenant_id AND v.scope_type = k.scope_type \
                 AND v.scope_id = k.scope_id AND v.purpose = 'value' AND v.generation <= k.generation) AS seals_values \
             FROM data_keys k LEFT JOIN (\
               SELECT encode(substring(ciphertext FROM 3 FOR 16), 'hex')::uuid AS key_id, count(*) AS contents, \
                 sum(octet_length(ciphertext)) AS size_bytes \
               FROM record_contents WHERE tenant_id = $1 GROUP BY 1) c USING (key_id) \
             LEFT JOIN key_rewraps r ON r.tenant_id = k.tenant_id AND r.key_id = k.key_id \
             WHERE k.tenant_id = $1 AND k.purpose = 'content' ORDER BY k.scope_type, k.scope_id, k.generation",
        )
        .bind(tenant.as_uuid())
        .fetch_all(&self.database.writer)
        .await
    }
}
