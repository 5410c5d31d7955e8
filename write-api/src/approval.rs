//! Commands of approvals by a second person.

mod body;
pub(crate) mod break_glass;
pub(crate) mod decide;
pub(crate) mod request;
pub(crate) mod review;
pub(crate) mod withdraw;
