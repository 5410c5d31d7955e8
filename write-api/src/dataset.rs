//! `/datasets`: their changes.

pub(crate) mod body;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod lifecycle;
pub(crate) mod replace;
pub(crate) mod update;
