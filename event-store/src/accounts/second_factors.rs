//! Users' second factors.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Accounts;

/// The second factor of a user, beside its stream.
#[derive(Clone, sqlx::FromRow)]
pub struct SecondFactorRow {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// The sealed secret, unless it was removed.
    pub secret: Option<Vec<u8>>,
    /// When the user has shown a code of it.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The last step of which a code was taken.
    pub last_step: i64,
    /// SHA-256 of the recovery codes that are left.
    pub recovery_codes: Vec<Vec<u8>>,
}

impl std::fmt::Debug for SecondFactorRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactorRow")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl Accounts {
    /// The second factor of a user, confirmed or not.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn second_factor(
        &self,
        tenant: Uuid,
        user: Uuid,
    ) -> Result<Option<SecondFactorRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT * FROM second_factors WHERE tenant_id = $1 AND user_id = $2 AND secret IS NOT NULL",
        )
        .bind(tenant)
        .bind(user)
        .fetch_optional(&self.database.writer)
        .await
    }

    /// Takes a step's code, once: `false` when one of it or of a later step was taken before, on whichever node.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn take_step(&self, tenant: Uuid, user: Uuid, step: i64) -> Result<bool, sqlx::Error> {
        let taken = sqlx::query(
            "UPDATE second_factors SET last_step = $3 WHERE tenant_id = $1 AND user_id = $2 AND last_step < $3",
        )
        .bind(tenant)
        .bind(user)
        .bind(step)
        .execute(&self.database.writer)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Writes down that a second factor was given in a session.
    ///
    /// # Errors
    /// When writing fails.
    pub async fn raise_session(&self, session: Uuid, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        sqlx::query("UPDATE refresh_tokens SET mfa_at = $2 WHERE session_id = $1")
            .bind(session)
            .bind(now)
            .execute(&self.database.writer)
            .await?;
        Ok(())
    }
}
