//! Lists in pages.

mod cursor;
mod limit;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use cursor::{Cursor, InvalidCursor};
pub use limit::PageLimit;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of rows that were asked for with one more than the limit, which tells whether there is a next.
    #[must_use]
    pub fn of<R>(
        mut rows: Vec<R>,
        limit: usize,
        cursor_after: impl FnOnce(&R) -> Cursor,
        item: impl FnMut(R) -> T,
    ) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|last| cursor_after(last).to_string());
        Self {
            items: rows.into_iter().map(item).collect(),
            next_cursor,
        }
    }
}

/// Which page of a list: 20 items unless asked otherwise, at most 100.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The most items to answer with.
    #[serde(default)]
    #[param(value_type = u16, default = 20, minimum = 1, maximum = 100, required = false)]
    pub limit: PageLimit<20, 100>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(value_type = Option<String>, required = false)]
    pub cursor: Option<Cursor>,
}

/// Which page of records: 100 items unless asked otherwise, at most 1,000.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecordPageQuery {
    /// The most records to answer with.
    #[serde(default)]
    #[param(value_type = u16, default = 100, minimum = 1, maximum = 1000, required = false)]
    pub limit: PageLimit<100, 1000>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(value_type = Option<String>, required = false)]
    pub cursor: Option<Cursor>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn page(rows: u32, limit: usize) -> Page<u32> {
        let cursor = |row: &u32| Cursor::after("n:asc", row.to_string(), Uuid::nil());
        Page::of((0..rows).collect(), limit, cursor, |row| row)
    }

    #[test]
    fn a_page_has_a_cursor_only_if_there_is_a_next_page() {
        assert_eq!(page(0, 10).next_cursor, None);
        assert_eq!(page(10, 10).next_cursor, None);
        let full = page(11, 10);
        assert_eq!(full.items.len(), 10);
        let cursor: Cursor = full.next_cursor.expect("there is more").parse().expect("parses");
        assert_eq!(cursor.key_for("n:asc"), Ok(("9", Uuid::nil())));
        let last = serde_json::to_string(&page(1, 10)).expect("serializes");
        assert_eq!(last, r#"{"items":[0]}"#);
    }
}
