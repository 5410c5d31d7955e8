//! The engine: wakes recognizers where their triggers stand, scores what they find, settles conflicts.

use std::fmt;

use aho_corasick::AhoCorasick;
use vault_domain::EntityType;

use crate::{
    confidence::Confidence,
    detection::{Detection, FieldDetection},
    json::{self, ScanError},
    names::{Names, Tagger, model::ModelError},
    offsets::bytes_to_code_points,
    recognizer::Recognizer,
    recognizers::{self, phone::Region},
};

mod context;
mod dispatch;
mod names;
mod scan;

use context::ContextWords;
use dispatch::Dispatch;
pub(crate) use scan::Scratch;

/// The version of the detector's rules; raised whenever the same text may give other findings.
pub const DETECTOR_VERSION: u32 = 3;

/// What a detector looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorConfig {
    /// Regions whose phone numbers are found in their national form; international forms are found everywhere.
    pub phone_regions: Vec<Region>,
    /// Findings below this are not reported.
    pub min_confidence: Confidence,
    /// The types to report, or all.
    pub entity_types: Option<Vec<EntityType>>,
    /// Whether names of persons, addresses, locations and organizations are looked for.
    pub names: Names,
}

impl Default for DetectorConfig {
    fn default() -> Self {
        Self {
            phone_regions: Region::DEFAULTS.to_vec(),
            min_confidence: Confidence::from_percent(50),
            entity_types: None,
            names: Names::On,
        }
    }
}

/// A detector's own tables could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The search automaton of the literals or context words was refused.
    #[error("the detector's literals do not make a search automaton")]
    Literals(#[from] aho_corasick::BuildError),
    /// A phone numbering plan is no regular expression.
    #[error("a numbering plan is no regular expression")]
    NumberingPlan(#[from] regex::Error),
    /// The model of names is damaged.
    #[error(transparent)]
    Names(#[from] ModelError),
}

/// Finds personal data and secrets in texts; make one and share it between threads.
pub struct Detector {
    recognizers: Vec<Box<dyn Recognizer>>,
    context: ContextWords,
    dispatch: Dispatch,
    min_confidence: Confidence,
    entity_types: Option<Vec<EntityType>>,
    tagger: Option<Tagger>,
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detector")
            .field("recognizers", &self.recognizers.len())
            .field("min_confidence", &self.min_confidence)
            .field("entity_types", &self.entity_types)
            .finish_non_exhaustive()
    }
}

impl Detector {
    /// Builds a detector; this takes tenths of a second, most of it for the numbering plans.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when a search table cannot be built.
    pub fn new(config: DetectorConfig) -> Result<Self, ConfigError> {
        let wanted = |kind: EntityType| match &config.entity_types {
            Some(wanted) => wanted.contains(&kind),
            None => true,
        };
        let mut recognizers = recognizers::all(&config.phone_regions, wanted)?;
        recognizers.retain(|recognizer| recognizer.entity_types().iter().any(|kind| wanted(*kind)));
        let dispatch = Dispatch::new(recognizers.iter().map(|recognizer| recognizer.triggers()))?;
        let context = ContextWords::new(&recognizers);
        let tagger = match config.names {
            Names::On if names::TYPES.iter().any(|kind| wanted(*kind)) => Some(Tagger::built_in()?),
            Names::On | Names::Off => None,
        };
        Ok(Self {
            recognizers,
            context,
            tagger,
            dispatch,
            min_confidence: config.min_confidence,
            entity_types: config.entity_types,
        })
    }

    /// Finds everything in a text; sorted by offset, without overlaps.
    #[must_use]
    pub fn scan_text(&self, text: &str) -> Vec<Detection> {
        let mut scratch = Scratch::default();
        self.scan_field(text, None, &mut scratch);
        let mut detections = scratch.detections();
        bytes_to_code_points(text, &mut detections);
        detections
    }

    /// Finds everything in the strings, object keys and numbers of a JSON text, in document order.
    ///
    /// The text is read as a stream: every member of an object with duplicate keys is visited.
    ///
    /// # Errors
    ///
    /// [`ScanError`] when the text is no JSON, or nested too deeply, or has a path that is too long.
    pub fn scan_json(&self, json: &str) -> Result<Vec<FieldDetection>, ScanError> {
        json::scan_text(self, json)
    }

    /// Finds everything in a JSON value that was parsed already; duplicate keys are lost by then.
    ///
    /// # Errors
    ///
    /// [`ScanError`] when the value is nested too deeply, or has a path that is too long.
    pub fn scan_value(&self, value: &serde_json::Value) -> Result<Vec<FieldDetection>, ScanError> {
        json::scan_value(self, value)
    }
}

fn automaton<I, P>(patterns: I) -> Result<Option<AhoCorasick>, aho_corasick::BuildError>
where
    I: IntoIterator<Item = P>,
    P: AsRef<[u8]>,
{
    let patterns: Vec<P> = patterns.into_iter().collect();
    if patterns.is_empty() {
        return Ok(None);
    }
    AhoCorasick::builder()
        .match_kind(aho_corasick::MatchKind::LeftmostLongest)
        .ascii_case_insensitive(false)
        .build(patterns)
        .map(Some)
}
