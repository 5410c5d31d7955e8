//! The engine: wakes recognizers where their triggers stand, scores what they find, settles conflicts.

use std::fmt;

use aho_corasick::AhoCorasick;
use vault_domain::EntityType;

use crate::{
    confidence::Confidence,
    custom::{CustomType, CustomTypeError, CustomTypeId},
    detection::{Detection, FieldDetection},
    json::{self, ScanError},
    names::{Names, Tagger, model::ModelError},
    offsets::bytes_to_code_points,
    recognizer::Recognizer,
    recognizers::{self, custom::Custom, phone::Region},
};

mod context;
mod dispatch;
mod names;
mod scan;

use context::ContextWords;
use dispatch::Dispatch;
pub(crate) use scan::Scratch;

/// The version of the detector's rules; raised whenever the same text may give other findings.
pub const DETECTOR_VERSION: u32 = 4;

/// What a detector looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorConfig {
    /// Regions whose phone numbers are found in their national form; international forms are found everywhere.
    pub phone_regions: Vec<Region>,
    /// Findings below this are not reported.
    pub min_confidence: Confidence,
    /// The types to report, or all.
    pub entity_types: Option<Vec<EntityType>>,
    /// Types beyond those that the detector knows itself.
    pub custom_types: Vec<CustomType>,
    /// Whether names of persons, addresses, locations and organizations are looked for.
    pub names: Names,
}

impl Default for DetectorConfig {
    fn default() -> Self {
        Self {
            phone_regions: Region::DEFAULTS.to_vec(),
            min_confidence: Confidence::from_percent(50),
            entity_types: None,
            custom_types: Vec::new(),
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
    /// A custom type is beyond a limit, or its pattern no regular expression.
    #[error(transparent)]
    CustomType(#[from] CustomTypeError),
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
    custom_names: Vec<String>,
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
        if let Some(custom) = Custom::new(&config.custom_types)? {
            recognizers.push(Box::new(custom));
        }
        recognizers.retain(|recognizer| recognizer.entity_types().iter().any(|kind| wanted(*kind)));
        let dispatch = Dispatch::new(recognizers.iter().map(|recognizer| recognizer.triggers()))?;
        let context = ContextWords::new(&recognizers, &config.custom_types);
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
            custom_names: config
                .custom_types
                .into_iter()
                .map(|custom| custom.name)
                .collect(),
        })
    }

    /// The name of a custom type.
    #[must_use]
    pub fn custom_name(&self, id: CustomTypeId) -> Option<&str> {
        self.custom_names.get(usize::from(id.0)).map(String::as_str)
    }

    /// How sure a finding must be to be reported, unless a scan asks otherwise.
    #[must_use]
    pub const fn min_confidence(&self) -> Confidence {
        self.min_confidence
    }

    /// Finds everything in a text; sorted by offset, without overlaps.
    #[must_use]
    pub fn scan_text(&self, text: &str) -> Vec<Detection> {
        self.scan_text_at(text, self.min_confidence)
    }

    /// The same, but for everything that is at least so sure, whatever the detector's own threshold is.
    #[must_use]
    pub fn scan_text_at(&self, text: &str, least: Confidence) -> Vec<Detection> {
        let mut scratch = Scratch::new(least);
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
        self.scan_json_at(json, self.min_confidence)
    }

    /// The same, but for everything that is at least so sure, whatever the detector's own threshold is.
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_json`].
    pub fn scan_json_at(&self, json: &str, least: Confidence) -> Result<Vec<FieldDetection>, ScanError> {
        json::scan_text(self, json, least)
    }

    /// Finds everything in a JSON value that was parsed already; duplicate keys are lost by then.
    ///
    /// # Errors
    ///
    /// [`ScanError`] when the value is nested too deeply, or has a path that is too long.
    pub fn scan_value(&self, value: &serde_json::Value) -> Result<Vec<FieldDetection>, ScanError> {
        json::scan_value(self, value, self.min_confidence)
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
