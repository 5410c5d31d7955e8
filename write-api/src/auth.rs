//! `/auth`: who calls.

pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod me;
pub(crate) mod password;
pub(crate) mod refresh;
pub(crate) mod sessions;
mod tokens;
pub(crate) mod totp;
