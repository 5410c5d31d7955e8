//! The endpoints of users, for those who manage them. Answers with an invitation are kept by no cache, and are given once.

mod body;
pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod reset;
pub(crate) mod update;
