#![doc = include_str!("../README.md")]

mod content;
mod error;
mod inventory;
mod location;
mod reader;
mod record_content;
mod rewrap;

pub use content::{CHUNK_SIZE_BYTES, ContentPlace, ContentStore, MAX_CONTENT_BYTES, Put, PutOutcome};
pub use error::ContentError;
pub use inventory::{Found, StoredContent};
pub use location::{Location, LocationError};
pub use reader::ContentReader;
pub use record_content::{MAX_ROW_CONTENT_BYTES, MalformedContent, frame, unframe};
pub use rewrap::Rewrapped;
