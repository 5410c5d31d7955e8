//! `/policies`: what they are, and what they say.

pub(crate) mod evaluate;
pub(crate) mod list;
pub(crate) mod schema;
