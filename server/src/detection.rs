//! The detector, as the configuration wants it.

use std::sync::Arc;

use anyhow::Context;
use vault_ner_onnx::{Limits, OnnxModel};
use vault_privacy::{Detector, DetectorConfig, Names};

use crate::config::DetectionConfig;

/// Makes the detector, and reads the model that it asks.
///
/// # Errors
/// When the model cannot be used.
pub(crate) fn detector(config: &DetectionConfig) -> anyhow::Result<Detector> {
    let rules = DetectorConfig {
        names: if config.names { Names::On } else { Names::Off },
        ..DetectorConfig::default()
    };
    let detector = Detector::new(rules).context("the detector cannot be built")?;
    let Some(folder) = &config.model else {
        return Ok(detector);
    };
    let limits = Limits {
        max_bytes: config.model_bytes as usize,
        max_ms: config.model_timeout_ms.into(),
        ..Limits::default()
    };
    let model = OnnxModel::load(folder, limits);
    let model = model.with_context(|| format!("detection.model: {} is not usable", folder.display()))?;
    Ok(detector.with_model(Arc::new(model)))
}
