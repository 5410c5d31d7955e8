//! `/audit`: the tenant's part of the log.

mod body;
pub(crate) mod events;
pub(crate) mod head;
pub(crate) mod proof;
pub(crate) mod stream;
pub(crate) mod tile;
