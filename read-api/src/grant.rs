//! Rights to a dataset that were given.

pub(crate) mod list;
