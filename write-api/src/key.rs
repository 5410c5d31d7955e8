//! Endpoints that change keys.

pub(crate) mod destroy;
pub(crate) mod rewrap;
pub(crate) mod rotate;
