//! The rows of archived ranges that stay in the table: they are read as well, so they must be those of the bundles.

use crate::{
    error::LoadError,
    log::{COLUMNS, Log, StoredEvent},
};

impl Log {
    /// The first position at which the table has another event than this archived page.
    pub(crate) async fn differing_row(&self, page: &[StoredEvent]) -> Result<Option<u64>, LoadError> {
        let (Some(first), Some(last)) = (page.first(), page.last()) else {
            return Ok(None);
        };
        if !self.archive().holds(first.position) {
            return Ok(None);
        }
        let rows: Vec<StoredEvent> = sqlx::query_as(&format!(
            "SELECT {COLUMNS} FROM events WHERE position BETWEEN $1 AND $2 ORDER BY position"
        ))
        .bind(first.position.cast_signed())
        .bind(last.position.cast_signed())
        .fetch_all(self.pool())
        .await?;
        let mut archived = page.iter();
        let differs = |row: &&StoredEvent| archived.find(|event| event.position == row.position) != Some(row);
        Ok(rows.iter().find(differs).map(|row| row.position))
    }
}
