#![doc = include_str!("../README.md")]

mod folder;
mod labels;
mod network;
mod seats;
mod spans;
mod windows;

mod model;

pub use folder::{LoadError, MAX_MODEL_BYTES, MAX_TEXT_FILE_BYTES};
pub use model::{Limits, OnnxModel};
pub use windows::MAX_WINDOW_TOKENS;
