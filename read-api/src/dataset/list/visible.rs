//! The datasets of a list that no policy keeps the caller from: what a policy hides, no page shows, and no cursor tells of.

use vault_access::{Asker, Permit, act};
use vault_domain::{Action, DatasetId};
use vault_http::Problem;
use vault_projections::read::{DatasetFilter, DatasetRow, DatasetSort, DatasetSortKey};
use vault_queries::dataset;

use crate::{
    error::problem,
    state::{ReadState, away},
};

/// The most datasets that are looked at for one page: when most are hidden, it has fewer items than it may.
const MAX_LOOKED_AT: usize = 1_000;

/// The datasets of a page, and after which one the next begins.
pub(super) struct Visible {
    pub(super) rows: Vec<DatasetRow>,
    pub(super) next_after: Option<(DatasetSortKey, uuid::Uuid)>,
}

/// Who asks for which datasets.
pub(super) struct Search<'a> {
    pub(super) state: &'a ReadState,
    pub(super) asker: &'a Asker,
    pub(super) permit: &'a Permit<act::DatasetList>,
    pub(super) sort: DatasetSort,
    pub(super) limit: usize,
}

impl Search<'_> {
    /// Looks at datasets until the page is full.
    pub(super) async fn page(&self, mut filter: DatasetFilter) -> Result<Visible, Problem> {
        let mut page = Visible {
            rows: Vec::with_capacity(self.limit),
            next_after: None,
        };
        let mut looked_at = 0;
        loop {
            let rows = self.rows(&filter).await?;
            let are_last = rows.len() <= self.limit;
            for row in rows {
                looked_at += 1;
                if self.is_visible(&row).await? {
                    if page.rows.len() == self.limit {
                        page.next_after = page.rows.last().map(|last| self.key(last));
                        return Ok(page);
                    }
                    page.rows.push(row.clone());
                }
                filter.after = Some(self.key(&row));
            }
            if are_last {
                return Ok(page);
            }
            if looked_at >= MAX_LOOKED_AT {
                page.next_after = filter.after;
                return Ok(page);
            }
        }
    }

    async fn rows(&self, filter: &DatasetFilter) -> Result<Vec<DatasetRow>, Problem> {
        let one_more = i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1);
        dataset::list(&self.state.queries, self.permit, filter, self.sort, one_more)
            .await
            .map_err(problem)
    }

    /// Whether nothing forbids to read it. That nothing permits it is no matter: to list datasets is a right of its own.
    async fn is_visible(&self, row: &DatasetRow) -> Result<bool, Problem> {
        let id = DatasetId::from_uuid(row.dataset_id);
        let authorizer = &self.state.authorizer;
        let verdict = authorizer
            .verdict(self.asker, Action::DatasetRead, id.into())
            .await;
        let verdict = verdict.map_err(away)?;
        Ok(verdict.allows() || verdict.is_unmet())
    }

    fn key(&self, row: &DatasetRow) -> (DatasetSortKey, uuid::Uuid) {
        (row.sort_key(self.sort.field), row.dataset_id)
    }
}
