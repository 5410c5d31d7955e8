//! Models of a user's own, for the commands that look at texts.

use std::{num::NonZeroUsize, path::Path, sync::Arc, thread::available_parallelism};

use anyhow::Context;
use vault_ner_onnx::{Limits, OnnxModel};
use vault_privacy::Detector;

use super::printable;

/// How much of a text or a line a model reads: more than any piece that is scanned at once.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// How long it may take for that, in milliseconds: a day. Whoever calls is there to end it.
const MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// The detector, asking the model in a folder as well if there is one.
pub(super) fn with_model(detector: Detector, folder: Option<&Path>) -> anyhow::Result<Detector> {
    let Some(folder) = folder else {
        return Ok(detector);
    };
    let limits = Limits {
        max_bytes: MAX_BYTES,
        max_ms: MAX_MS,
        parallel: available_parallelism().unwrap_or(NonZeroUsize::MIN),
    };
    let model = OnnxModel::load(folder, limits);
    let model =
        model.with_context(|| format!("cannot use the model in {}", printable(&folder.to_string_lossy())))?;
    Ok(detector.with_model(Arc::new(model)))
}
