//! Use cases of datasets.

mod change;
mod create;
mod input;
mod seal;
mod view;

pub use change::{Change, change, is_there};
pub use create::create;
pub(crate) use create::{encode, key_row, record_created};
pub use input::{DatasetInput, DatasetPatch, MAX_JSON_BYTES, Patch};
pub use view::DatasetView;
pub(crate) use view::attributes;
