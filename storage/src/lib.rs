#![doc = include_str!("../README.md")]

mod content;
mod error;
mod local;
mod reader;
mod record_content;

pub use content::{CHUNK_SIZE_BYTES, ContentPlace, ContentStore, MAX_CONTENT_BYTES, PutOutcome};
pub use error::ContentError;
pub use local::local_disk;
pub use reader::ContentReader;
pub use record_content::{MAX_ROW_CONTENT_BYTES, MalformedContent, frame, unframe};
