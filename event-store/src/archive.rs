//! The archive: closed, verified ranges of old events, as compressed bundles in an object store. What the log's table no
//! longer holds is read from there.
//!
//! A bundle holds every event of its range, also those whose rows stay. Ranges follow one another from position 1.

mod archiver;
mod blocks;
mod bundle;
mod check;
mod error;
mod line;
mod plan;
mod reader;
mod registration;
mod remaining;
mod removal;
mod state;
mod tenant;
mod writing;

pub use archiver::Archiver;
pub use bundle::{MAX_BUNDLE_BYTES, MAX_BUNDLE_EVENTS};
pub use check::{BundleFinding, CheckedArchive, check_archive};
pub use error::{ArchiveError, BundleError, BundleFault};
pub use plan::{ArchivePlan, Archived, Closing};
pub use state::ArchiveState;

pub(crate) use reader::Archive;
pub(crate) use tenant::{collect_archived, last_up_to, position_at, stream_events};
