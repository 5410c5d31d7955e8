//! The engine: wakes recognizers where their triggers stand, scores what they find, settles conflicts.

use std::{fmt, sync::Arc};

use aho_corasick::AhoCorasick;
use vault_domain::EntityType;

use crate::{
    confidence::Confidence,
    custom::{CustomLabel, CustomType, CustomTypeError, CustomTypeId},
    detection::{Detection, FieldDetection},
    json::{self, ScanError},
    names::{Names, Tagger, model::ModelError},
    offsets::bytes_to_code_points,
    recognizer::Recognizer,
    recognizers::{self, custom::Custom, phone::Region},
    span_model::SpanModel,
    test_values::flag_test_values,
};

mod context;
mod dispatch;
mod models;
mod names;
mod scan;

use context::ContextWords;
use dispatch::Dispatch;
pub(crate) use scan::{Part, Scratch};

/// The version of the detector's rules; raised whenever the same text may give other findings.
pub const DETECTOR_VERSION: u32 = 7;

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
    recognizers: Vec<Arc<dyn Recognizer>>,
    context: ContextWords,
    dispatch: Dispatch,
    min_confidence: Confidence,
    entity_types: Option<Vec<EntityType>>,
    custom_types: Vec<CustomLabel>,
    tagger: Option<Tagger>,
    model: Option<Arc<dyn SpanModel>>,
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
        let own = recognizers::all(&config.phone_regions, wanted)?;
        let mut recognizers: Vec<Arc<dyn Recognizer>> = own.into_iter().map(Arc::from).collect();
        recognizers.retain(|recognizer| recognizer.entity_types().iter().any(|kind| wanted(*kind)));
        let tagger = match config.names {
            Names::On if names::TYPES.iter().any(|kind| wanted(*kind)) => Some(Tagger::built_in()?),
            Names::On | Names::Off => None,
        };
        let own = Self {
            dispatch: Dispatch::new(recognizers.iter().map(|recognizer| recognizer.triggers()))?,
            context: ContextWords::new(&recognizers, &[]),
            recognizers,
            tagger,
            model: None,
            min_confidence: config.min_confidence,
            entity_types: config.entity_types,
            custom_types: Vec::new(),
        };
        if config.custom_types.is_empty() {
            return Ok(own);
        }
        own.with_custom_types(&config.custom_types)
    }

    /// The same detector, asking a model of the deployment's own as well.
    #[must_use]
    pub fn with_model(mut self, model: Arc<dyn SpanModel>) -> Self {
        self.model = Some(model);
        self
    }

    /// Whether a model of the deployment's own is asked, which takes milliseconds and more for each text.
    #[must_use]
    pub const fn has_model(&self) -> bool {
        self.model.is_some()
    }

    /// The same detector, looking for these custom types in the place of those that it knew; the rest is shared, so that
    /// this takes milliseconds.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when a custom type is beyond a limit, or its pattern no regular expression.
    pub fn with_custom_types(&self, custom_types: &[CustomType]) -> Result<Self, ConfigError> {
        let is_custom = |kind: &EntityType| *kind == EntityType::Custom;
        let own = self
            .recognizers
            .iter()
            .filter(|known| !known.entity_types().iter().any(is_custom));
        let mut recognizers: Vec<Arc<dyn Recognizer>> = own.cloned().collect();
        let is_wanted = self
            .entity_types
            .as_ref()
            .is_none_or(|wanted| wanted.iter().any(is_custom));
        if let Some(custom) = Custom::new(custom_types)?.filter(|_| is_wanted) {
            recognizers.push(Arc::new(custom));
        }
        Ok(Self {
            dispatch: Dispatch::new(recognizers.iter().map(|recognizer| recognizer.triggers()))?,
            context: ContextWords::new(&recognizers, custom_types),
            recognizers,
            tagger: self.tagger,
            model: self.model.clone(),
            min_confidence: self.min_confidence,
            entity_types: self.entity_types.clone(),
            custom_types: custom_types.iter().map(CustomLabel::from).collect(),
        })
    }

    /// The custom types that it looks for; their ids are their places.
    #[must_use]
    pub fn custom_types(&self) -> &[CustomLabel] {
        &self.custom_types
    }

    /// What is told of a custom type.
    #[must_use]
    pub fn custom_type(&self, id: CustomTypeId) -> Option<&CustomLabel> {
        self.custom_types.get(usize::from(id.0))
    }

    /// How sure a finding must be to be reported, unless a scan asks otherwise.
    #[must_use]
    pub const fn min_confidence(&self) -> Confidence {
        self.min_confidence
    }

    /// Finds everything in a text; sorted by offset, without overlaps.
    ///
    /// # Errors
    ///
    /// [`ScanError::Model`] when the model of a deployment's own fails; without one there is no error.
    pub fn scan_text(&self, text: &str) -> Result<Vec<Detection>, ScanError> {
        self.scan_text_at(text, self.min_confidence)
    }

    /// The same, but for everything that is at least so sure, whatever the detector's own threshold is.
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_text`].
    pub fn scan_text_at(&self, text: &str, least: Confidence) -> Result<Vec<Detection>, ScanError> {
        let mut scratch = Scratch::new(least);
        self.scan_part(text, Part::Text, &mut scratch)?;
        let mut detections = scratch.detections();
        flag_test_values(text, &mut detections);
        bytes_to_code_points(text, &mut detections);
        Ok(detections)
    }

    /// Finds everything in the strings, object keys and numbers of a JSON text, in document order.
    ///
    /// The text is read as a stream: every member of an object with duplicate keys is visited.
    ///
    /// # Errors
    ///
    /// [`ScanError`] when the text is no JSON, or nested too deeply, or has a path that is too long, or when the model of a
    /// deployment's own fails.
    pub fn scan_json(&self, json: &str) -> Result<Vec<FieldDetection>, ScanError> {
        self.scan_json_at(json, self.min_confidence)
    }

    /// The same, but for everything that is at least so sure, whatever the detector's own threshold is.
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_json`].
    pub fn scan_json_at(&self, json: &str, least: Confidence) -> Result<Vec<FieldDetection>, ScanError> {
        let mut all = Vec::new();
        self.scan_json_each(json, least, &mut |found, _| all.push(found))?;
        Ok(all)
    }

    /// The same, finding by finding, each with the text that was found. After an error what was told counts for
    /// nothing.
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_json`].
    pub fn scan_json_each<'d>(
        &'d self,
        json: &str,
        least: Confidence,
        sink: &'d mut (dyn FnMut(FieldDetection, &str) + 'd),
    ) -> Result<(), ScanError> {
        json::scan_text(self, json, least, sink)
    }

    /// Finds everything in a JSON value that was parsed already; duplicate keys are lost by then.
    ///
    /// # Errors
    ///
    /// [`ScanError`] when the value is nested too deeply, or has a path that is too long, or when the model of a
    /// deployment's own fails.
    pub fn scan_value(&self, value: &serde_json::Value) -> Result<Vec<FieldDetection>, ScanError> {
        let mut all = Vec::new();
        json::scan_value(self, value, self.min_confidence, &mut |found, _| all.push(found))?;
        Ok(all)
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
