//! One text through the engine.

use super::{
    Detector,
    context::{Seen, Surroundings, field_words, is_field_word},
    models::ModelFinder,
    names::NameFinder,
};
use crate::{
    confidence::{Confidence, Context, Validity},
    detection::Detection,
    fold::Folded,
    prepass::{Stop, read_run},
    recognizer::{Anchor, Candidate, Candidates, ContextNeed, NumberRun},
    resolve::{Scored, resolve},
    span_model::ModelFailure,
};
use aho_corasick::Input;

/// The shortest text that can hold any finding: `a@b.cd` has six bytes.
const MIN_TEXT_BYTES: usize = 6;
/// The shortest text that can hold a finding because of its field's name: an age.
const MIN_FIELD_TEXT_BYTES: usize = 1;
/// The shortest text that can hold a finding that starts with a literal, `www.a.bc`.
const MIN_LITERAL_TEXT_BYTES: usize = 8;

/// Which part of a document a text is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'f> {
    /// A text by itself, or in a field without a name.
    Text,
    /// What stands in the field with this name.
    Field(&'f str),
    /// The name of a field.
    Key,
}

impl<'f> Part<'f> {
    /// What stands in a field that may have a name.
    pub(crate) fn of(field: Option<&'f str>) -> Self {
        field.map_or(Self::Text, Self::Field)
    }

    const fn field(self) -> Option<&'f str> {
        match self {
            Self::Field(name) => Some(name),
            Self::Text | Self::Key => None,
        }
    }
}

/// Buffers that a caller keeps from one text to the next, and how sure a finding must be for it.
pub(crate) struct Scratch {
    least: Confidence,
    found: Vec<Scored>,
    candidates: Candidates,
    run: NumberRun,
    /// For each recognizer, up to which byte it has looked already.
    examined: Vec<usize>,
    field: String,
    seen: Seen,
    names: NameFinder,
    model: ModelFinder,
}

impl Scratch {
    /// Buffers for findings that are at least so sure.
    pub(crate) fn new(least: Confidence) -> Self {
        Self {
            least,
            found: Vec::new(),
            candidates: Candidates::default(),
            run: NumberRun::default(),
            examined: Vec::new(),
            field: String::new(),
            seen: Seen::default(),
            names: NameFinder::default(),
            model: ModelFinder::default(),
        }
    }

    /// The findings of the last scan, in bytes.
    pub(crate) fn detections(&self) -> Vec<Detection> {
        let detection = |item: &Scored| Detection {
            entity_type: item.entity_type,
            start: item.start,
            end: item.end,
            confidence: item.confidence,
            custom: item.custom,
            test_value: false,
        };
        self.found.iter().map(detection).collect()
    }
}

impl Detector {
    /// Scans one text into the scratch's findings. Only the model of a deployment's own can fail.
    pub(crate) fn scan_part(
        &self,
        text: &str,
        part: Part<'_>,
        scratch: &mut Scratch,
    ) -> Result<(), ModelFailure> {
        let Some(folded) = Folded::of(text) else {
            return self.scan_seen(text, part, scratch);
        };
        self.scan_seen(&folded.text, part, scratch)?;
        for item in &mut scratch.found {
            (item.start, item.end) = folded.original(item.start, item.end);
        }
        Ok(())
    }

    /// Scans a text as the recognizers see it.
    fn scan_seen(&self, text: &str, part: Part<'_>, scratch: &mut Scratch) -> Result<(), ModelFailure> {
        scratch.found.clear();
        let field = part.field();
        let shortest = if field.is_some() {
            MIN_FIELD_TEXT_BYTES
        } else {
            MIN_TEXT_BYTES
        };
        if text.len() < shortest {
            return Ok(());
        }
        self.find_names(text, &mut scratch.names, &mut scratch.found);
        self.find_by_model(
            text,
            part,
            scratch.least,
            &mut scratch.model,
            &mut scratch.names,
            &mut scratch.found,
        )?;
        scratch.examined.clear();
        scratch.examined.resize(self.recognizers.len(), 0);
        scratch.seen.clear();
        let mut words = std::mem::take(&mut scratch.field);
        let field = field.map(|name| {
            field_words(name, &mut words);
            words.as_str()
        });
        let mut pass = Pass {
            detector: self,
            text,
            field,
            scratch,
        };
        pass.whole();
        pass.field_name();
        pass.bytes();
        pass.words();
        pass.literals();
        scratch.field = words;
        resolve(&mut scratch.found);
        scratch.names.keep_rests(text, &mut scratch.found);
        Ok(())
    }
}

struct Pass<'a> {
    detector: &'a Detector,
    text: &'a str,
    /// The field's name in words.
    field: Option<&'a str>,
    scratch: &'a mut Scratch,
}

impl Pass<'_> {
    fn whole(&mut self) {
        for owner in &self.detector.dispatch.text_owners {
            self.ask(*owner, 0, Anchor::Text);
        }
    }

    fn field_name(&mut self) {
        let dispatch = &self.detector.dispatch;
        let (Some(names), Some(field)) = (&dispatch.field_names, self.field) else {
            return;
        };
        for found in names.find_iter(field) {
            if !is_field_word(field.as_bytes(), found.start(), found.end()) {
                continue;
            }
            for owner in &dispatch.field_owners[found.pattern().as_usize()] {
                self.ask(*owner, 0, Anchor::Field);
            }
        }
    }

    fn bytes(&mut self) {
        let dispatch = &self.detector.dispatch;
        let mut run = std::mem::take(&mut self.scratch.run);
        let (mut from, mut number_to, mut token_to) = (0, 0, 0);
        while let Some(stop) = dispatch.classes.next_stop(self.text.as_bytes(), from) {
            match stop {
                Stop::Byte { owners, at } => {
                    for owner in &dispatch.byte_owners[owners] {
                        self.ask(*owner, at, Anchor::Byte(at));
                    }
                    from = at + 1;
                }
                // Separators within a run are stops too, so the walk goes through it; but each run is read once.
                Stop::Digit(at) => {
                    from = at + 1;
                    if at >= token_to {
                        token_to = self.token(at, token_to);
                    }
                    if at >= number_to {
                        number_to = read_run(self.text.as_bytes(), at, &mut run);
                        self.number(&run);
                    }
                }
            }
        }
        self.scratch.run = run;
    }

    fn number(&mut self, run: &NumberRun) {
        for (least, owner) in &self.detector.dispatch.number_owners {
            if run.digit_count < *least {
                break;
            }
            self.ask(*owner, usize::MAX, Anchor::Number(run));
        }
    }

    /// Asks about the token around a digit, and answers where it ends; it cannot start before `from`.
    fn token(&mut self, digit: usize, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let in_token = |byte: &&u8| byte.is_ascii_alphanumeric();
        let before = bytes.get(from..digit).unwrap_or_default();
        let start = digit - before.iter().rev().take_while(in_token).count();
        let rest = bytes.get(digit..).unwrap_or_default();
        let end = digit + rest.iter().take_while(in_token).count();
        for owner in &self.detector.dispatch.token_owners {
            self.ask(*owner, start, Anchor::Token { start, end });
        }
        end
    }

    fn words(&mut self) {
        let dispatch = &self.detector.dispatch;
        if dispatch.words.is_empty() {
            return;
        }
        let bytes = self.text.as_bytes();
        let mut before = 0_u8;
        for (start, byte) in bytes.iter().enumerate() {
            let hump = before.is_ascii_lowercase() && byte.is_ascii_uppercase();
            let starts = (!before.is_ascii_alphabetic() || hump) && is_word_start(*byte);
            before = *byte;
            if starts {
                dispatch.words.at(bytes, start, |word, end| {
                    if !bytes.get(end).is_some_and(u8::is_ascii_lowercase) {
                        for owner in &dispatch.word_owners[word] {
                            self.ask(*owner, start, Anchor::Word { start, end });
                        }
                    }
                });
            }
        }
    }

    fn literals(&mut self) {
        let dispatch = &self.detector.dispatch;
        let Some(literals) = &dispatch.literals else {
            return;
        };
        let text = self.text;
        if text.len() < MIN_LITERAL_TEXT_BYTES {
            return;
        }
        // Each search goes on one byte after the last match's start: literals may overlap.
        let mut from = 0;
        while let Some(found) = literals.find(Input::new(text).range(from..)) {
            for owner in &dispatch.literal_owners[found.pattern().as_usize()] {
                self.ask(*owner, found.start(), Anchor::Literal(found.start()));
            }
            from = found.start() + 1;
        }
    }

    /// Asks one recognizer about one anchor, unless it has looked there already.
    fn ask(&mut self, owner: usize, at: usize, anchor: Anchor<'_>) {
        if at < self.scratch.examined[owner] {
            return;
        }
        let mut candidates = std::mem::take(&mut self.scratch.candidates);
        candidates.items.clear();
        candidates.examined_to = 0;
        self.detector.recognizers[owner].find(self.text, anchor, &mut candidates);
        if !matches!(anchor, Anchor::Number(_) | Anchor::Token { .. }) {
            self.scratch.examined[owner] = self.scratch.examined[owner].max(candidates.examined_to);
        }
        for candidate in &candidates.items {
            self.judge(owner, candidate);
        }
        self.scratch.candidates = candidates;
    }

    /// Validates and scores a candidate, and keeps it if it is sure enough.
    fn judge(&mut self, owner: usize, candidate: &Candidate) {
        let recognizer = &self.detector.recognizers[owner];
        let Some(matched) = self.text.get(candidate.start..candidate.end) else {
            return;
        };
        let wanted = &self.detector.entity_types;
        if wanted
            .as_ref()
            .is_some_and(|wanted| !wanted.contains(&candidate.entity_type))
        {
            return;
        }
        let validity = recognizer.validate(candidate, matched);
        if validity == Validity::Invalid {
            return;
        }
        let around = self.surroundings(candidate);
        let yields = around.called_other && recognizer.yields(candidate);
        let context = if yields { Context::Absent } else { around.context };
        let dropped = match candidate.context {
            ContextNeed::Optional => false,
            ContextNeed::Required => context == Context::Absent,
            ContextNeed::Label => !around.labelled,
        };
        let mut confidence = Confidence::combine(candidate.strength, validity, context);
        if yields {
            confidence = confidence.min(Confidence::CALLED_OTHER);
        }
        if dropped || confidence < self.scratch.least {
            return;
        }
        self.scratch.found.push(Scored {
            entity_type: candidate.entity_type,
            start: candidate.start,
            end: candidate.end,
            confidence,
            specificity: recognizer.specificity(),
            custom: candidate.custom,
        });
    }

    fn surroundings(&mut self, candidate: &Candidate) -> Surroundings {
        let words = &self.detector.context;
        words.around(
            self.text.as_bytes(),
            candidate,
            self.field,
            &mut self.scratch.seen,
        )
    }
}

/// Whether a word may start with this byte: an ASCII letter, or the first byte of another character.
const fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0xc0
}
