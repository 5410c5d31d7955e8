//! `/datasets/{id}/records` and `/datasets/{id}/versions/draft/records`: reading records.

mod body;
pub(crate) mod get;
pub(crate) mod get_draft;
pub(crate) mod list;
pub(crate) mod list_draft;

pub(crate) use body::RecordBody;
