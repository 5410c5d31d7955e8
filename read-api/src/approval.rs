//! Questions about approvals by a second person.

pub(crate) mod get;
pub(crate) mod list;
mod shown;
