//! The SQL that reads the read models, within a transaction that sees one tenant.

mod contents;
mod datasets;
mod keys;
mod records;
mod stats;
mod subjects;

pub use contents::{RecordPlaceRow, list_record_places};
pub use datasets::{
    DatasetFilter, DatasetRow, DatasetSort, DatasetSortField, DatasetSortKey, FoundDataset, SortOrder,
    find_dataset, find_dataset_as_of, list_datasets, serving_copy,
};
pub use keys::{KeyRow, list_keys};
pub use records::{RecordFilter, RecordKey, RecordRow, find_record, list_records};
pub use stats::{DatasetStatsRow, count_stats, find_stats};
pub use subjects::{SubjectRow, find_subject};
