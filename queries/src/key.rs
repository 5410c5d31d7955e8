//! Questions about keys. None of them opens a key.

use uuid::Uuid;
use vault_access::{Permit, act};
use vault_projections::read::{KeyRow, list_keys};

use crate::{Queries, error::QueryError};

/// The tenant's keys after one of them, at most `limit`; of one dataset or user, if one is named.
///
/// # Errors
/// A fault.
#[tracing::instrument(name = "queries.key.list", skip_all)]
pub async fn list(
    queries: &Queries,
    permit: &Permit<act::KeyList>,
    scope_id: Option<Uuid>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<KeyRow>, QueryError> {
    let mut transaction = queries.database.begin_tenant(permit.principal().tenant).await?;
    let rows = list_keys(&mut transaction, scope_id, after, limit).await?;
    transaction.commit().await?;
    Ok(rows)
}
