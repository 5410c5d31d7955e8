//! Endpoints of the persons whom records are about.

mod body;
pub(crate) mod erase;
pub(crate) mod hold;
pub(crate) mod restrict;
