//! Endpoints of the persons whom records are about.

mod body;
pub(crate) mod certificate;
pub(crate) mod export;
pub(crate) mod get;
