//! `/datasets/{id}/records` and `/datasets/{id}/versions/{v}/records`: adding records.

pub(crate) mod add;
pub(crate) mod batch;
mod body;
mod lines;
mod ndjson;
