//! `/audit`: the tenant's part of the log.

mod body;
pub(crate) mod events;
pub(crate) mod stream;
