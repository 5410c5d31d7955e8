//! Questions about approvals by a second person.

mod body;
pub(crate) mod get;
pub(crate) mod list;
