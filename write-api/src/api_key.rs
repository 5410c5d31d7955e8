//! The endpoints of API keys. Their answers with a secret are kept by no cache, and are given once.

pub(crate) mod body;
pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod of_user;
pub(crate) mod revoke;
pub(crate) mod rotate;
