//! Use cases of the persons whom records are about.

mod epoch;
mod erase;
mod finish;
mod hold;
mod name;
mod resolve;

pub use epoch::{EndedEpochs, end_closed_epochs, turn_epoch};
pub use erase::erase;
pub use finish::{Finished, finish_erasures};
pub use hold::{hold, lift_restriction, release_hold, restrict};
pub use name::SubjectName;
pub(crate) use resolve::{Resolved, Resolver, SubjectKeys, Unknown};
