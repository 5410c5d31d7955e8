//! The one migration that was corrected after it had landed, for databases that have the earlier text of it.
//!
//! The first migration tried to make roles that were there already, which only a superuser may: it failed for a schema
//! owner who is none, so no later migration could mend it. Both texts leave the same schema.

use sqlx::{PgPool, migrate::MigrateError};

use super::MIGRATOR;

const VERSION: i64 = 20_261_122_000_001;
/// SHA-384 of the earlier text, as sqlx keeps it.
const EARLIER: &str =
    "887109b4e1f14e89d374a58268c89f15a421fbe37c9252bacd59dffce6ed08dcc239d8adac682a400206b7e5f4144007";

/// Lets a database that has the earlier text go on with the corrected one.
pub(super) async fn carry_over(pool: &PgPool) -> Result<(), MigrateError> {
    let mut upward = MIGRATOR
        .iter()
        .filter(|migration| !migration.migration_type.is_down_migration());
    let Some(corrected) = upward.find(|migration| migration.version == VERSION) else {
        return Ok(());
    };
    let is_new: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NULL")
        .fetch_one(pool)
        .await?;
    if is_new {
        return Ok(());
    }
    sqlx::query(
        "UPDATE _sqlx_migrations SET checksum = $1 WHERE version = $2 AND checksum = decode($3, 'hex')",
    )
    .bind(&*corrected.checksum)
    .bind(VERSION)
    .bind(EARLIER)
    .execute(pool)
    .await?;
    Ok(())
}
