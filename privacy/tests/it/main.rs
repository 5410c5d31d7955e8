//! The detector as its callers see it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking too")]

mod anonymize;
mod cases;
mod corpus;
mod custom;
mod fuzz;
mod json;
mod names;
mod robustness;
mod samples;
mod seeds;

use vault_privacy::{Detector, DetectorConfig};

fn detector() -> Detector {
    Detector::new(DetectorConfig::default()).unwrap()
}

/// The text that a detection names, counted in code points.
fn cut(text: &str, start: usize, end: usize) -> String {
    text.chars().skip(start).take(end - start).collect()
}
