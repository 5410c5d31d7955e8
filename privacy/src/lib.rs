#![doc = include_str!("../README.md")]

pub mod confidence;
pub mod custom;
pub mod evaluate;
pub mod names;
pub mod recognizer;
pub mod span_model;

mod detection;
mod detector;
mod fold;
mod prepass;
mod recognizers;
mod resolve;
mod words;

mod cells;
mod json;
mod offsets;
mod test_values;

mod anonymize;

pub use anonymize::{HashKey, Strategy, anonymize_text};
pub use cells::Cell;
pub use confidence::Confidence;
pub use custom::{CustomType, CustomTypeError, CustomTypeId, Validator};
pub use detection::{Detection, FieldDetection, FieldPart};
pub use detector::{ConfigError, DETECTOR_VERSION, Detector, DetectorConfig};
pub use json::{MAX_DEPTH, MAX_FINDINGS, MAX_PATH_BYTES, ScanError};
pub use names::Names;
pub use offsets::{OffsetUnit, to_unit};
pub use recognizers::phone::{Region, UnknownRegion};
pub use vault_domain::EntityType;
