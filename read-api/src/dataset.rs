//! `/datasets`: questions about them.

mod body;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod stats;
