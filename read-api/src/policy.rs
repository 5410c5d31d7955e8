//! `/policies`: what they are, and what they say.

mod body;
pub(crate) mod evaluate;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod schema;
