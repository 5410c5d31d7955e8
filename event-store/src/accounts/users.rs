//! Who can log in, and with what.

use uuid::Uuid;
use vault_domain::KeyedHash;

use super::Accounts;
use crate::append::CredentialRow;

/// What Postgres refuses an append with that would leave a tenant without an administrator who can log in.
pub const NO_ADMINISTRATOR: &str = "23V02";

/// A user, as lists show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UserRow {
    /// What it proves itself with.
    #[sqlx(flatten)]
    pub credential: CredentialRow,
    /// Whether codes are asked for.
    pub has_second_factor: bool,
}

impl Accounts {
    /// The credentials of whoever logs in with an email of this keyed hash.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn find_by_email(&self, email: KeyedHash) -> Result<Option<CredentialRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM credentials WHERE email_hash = $1")
            .bind(email.as_bytes().as_slice())
            .fetch_optional(&self.database.writer)
            .await
    }

    /// The credentials of a user.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn find_by_id(&self, tenant: Uuid, user: Uuid) -> Result<Option<CredentialRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM credentials WHERE tenant_id = $1 AND user_id = $2")
            .bind(tenant)
            .bind(user)
            .fetch_optional(&self.database.writer)
            .await
    }

    /// The credentials of whoever has an invitation with this hash, whether or not it is good.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn find_by_invitation(&self, hash: &[u8]) -> Result<Option<CredentialRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM credentials WHERE invitation_hash = $1")
            .bind(hash)
            .fetch_optional(&self.database.writer)
            .await
    }

    /// One user of a tenant.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn user(&self, tenant: Uuid, user: Uuid) -> Result<Option<UserRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT c.*, EXISTS (SELECT FROM second_factors f WHERE f.tenant_id = c.tenant_id \
             AND f.user_id = c.user_id AND f.confirmed_at IS NOT NULL) AS has_second_factor \
             FROM credentials c WHERE c.tenant_id = $1 AND c.user_id = $2",
        )
        .bind(tenant)
        .bind(user)
        .fetch_optional(&self.database.writer)
        .await
    }

    /// The users of a tenant after one of them, at most `limit`.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn users(&self, tenant: Uuid, after: Uuid, limit: i64) -> Result<Vec<UserRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT c.*, EXISTS (SELECT FROM second_factors f WHERE f.tenant_id = c.tenant_id \
             AND f.user_id = c.user_id AND f.confirmed_at IS NOT NULL) AS has_second_factor \
             FROM credentials c WHERE c.tenant_id = $1 AND c.user_id > $2 ORDER BY c.user_id LIMIT $3",
        )
        .bind(tenant)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.database.writer)
        .await
    }
}
