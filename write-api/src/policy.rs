//! Commands of a tenant's own policies.

mod body;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod replace;
