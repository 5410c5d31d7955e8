//! Commands of rights to a dataset that are given for a time.

pub(crate) mod give;
pub(crate) mod revoke;
