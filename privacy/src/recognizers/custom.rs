//! What tenants described themselves.

use std::{collections::HashMap, ops::Range};

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use vault_domain::EntityType;

use crate::{
    confidence::Validity,
    custom::{
        CustomType, CustomTypeError, CustomTypeId, MAX_ALL_COMPILED_BYTES, MAX_COMPILED_BYTES,
        MAX_CUSTOM_MATCHES, MAX_CUSTOM_TYPES, MAX_MATCH_BYTES, MAX_WORDS_ALIKE,
    },
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
    words::{WordIndex, ends_word, starts_word},
};

/// The recognizer of all custom types.
pub(crate) struct Custom {
    types: Vec<CustomType>,
    /// Tells in one pass which patterns match at all.
    any: RegexSet,
    patterns: Vec<(usize, Regex)>,
    words: WordIndex,
    /// The type of each word.
    word_types: Vec<usize>,
}

impl Custom {
    /// Compiles the types; nothing if there are none.
    pub(crate) fn new(types: &[CustomType]) -> Result<Option<Self>, CustomTypeError> {
        if types.len() > MAX_CUSTOM_TYPES {
            return Err(CustomTypeError::TooManyTypes);
        }
        if types.is_empty() {
            return Ok(None);
        }
        let mut patterns = Vec::new();
        for (index, custom) in types.iter().enumerate() {
            custom.check(index)?;
            for pattern in &custom.patterns {
                let regex = RegexBuilder::new(pattern).size_limit(MAX_COMPILED_BYTES).build();
                let source = |source| CustomTypeError::Pattern {
                    index,
                    source: Box::new(source),
                };
                patterns.push((index, regex.map_err(source)?));
            }
        }
        let all = patterns.iter().map(|(_, regex)| regex.as_str());
        let any = RegexSetBuilder::new(all)
            .size_limit(MAX_ALL_COMPILED_BYTES)
            .build();
        let index = types.len() - 1;
        let any = any.map_err(|source| CustomTypeError::Pattern {
            index,
            source: Box::new(source),
        })?;
        check_words(types)?;
        let words = types.iter().enumerate();
        let words = words.flat_map(|(index, custom)| custom.words.iter().map(move |word| (index, word)));
        Ok(Some(Self {
            any,
            patterns,
            word_types: words.clone().map(|(index, _)| index).collect(),
            words: WordIndex::new(words.map(|(_, word)| word)),
            types: types.to_vec(),
        }))
    }

    fn candidate(&self, index: usize, start: usize, end: usize) -> Option<Candidate> {
        let custom = self.types.get(index)?;
        Some(Candidate {
            strength: custom.strength,
            context: custom.context_need,
            custom: u16::try_from(index).ok().map(CustomTypeId),
            ..Candidate::new(EntityType::Custom, start, end)
        })
    }
}

impl Recognizer for Custom {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::Custom]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Text]
    }

    fn find(&self, text: &str, _: Anchor<'_>, found: &mut Candidates) {
        for number in self.any.matches(text) {
            let Some((index, regex)) = self.patterns.get(number) else {
                continue;
            };
            let left = MAX_CUSTOM_MATCHES.saturating_sub(found.items.len());
            let candidates = Matches { regex, text, at: 0 }
                .take(left)
                .filter_map(|range| self.candidate(*index, range.start, range.end));
            candidates.for_each(|candidate| found.push(candidate));
        }
        if self.words.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        for start in (0..bytes.len()).filter(|start| starts_word(bytes, *start)) {
            if found.items.len() >= MAX_CUSTOM_MATCHES {
                return;
            }
            // of words that begin here the longest is meant
            let mut longest = None;
            self.words.at(bytes, start, |word, end| {
                if ends_word(bytes, start, end) && longest.is_none_or(|(_, longest_end)| end > longest_end) {
                    longest = Some((word, end));
                }
            });
            let candidate = longest.and_then(|(word, end)| {
                let index = self.word_types.get(word)?;
                self.candidate(*index, start, end)
            });
            if let Some(candidate) = candidate {
                found.push(candidate);
            }
        }
    }

    fn validate(&self, candidate: &Candidate, matched: &str) -> Validity {
        let custom = candidate.custom.and_then(|id| self.types.get(usize::from(id.0)));
        custom
            .and_then(|custom| custom.validator)
            .map_or(Validity::Unknown, |validator| validator.check(matched))
    }

    /// What a tenant names is meant.
    fn specificity(&self) -> u8 {
        99
    }
}

/// The matches of a pattern, none empty.
///
/// A plain search may read the whole rest of a text before it settles for a match of one byte, and again after that one.
/// This one sees [`MAX_MATCH_BYTES`], and takes what starts in the first half of them.
struct Matches<'a> {
    regex: &'a Regex,
    text: &'a str,
    at: usize,
}

impl Iterator for Matches<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        while self.at < self.text.len() {
            let half = self.text.floor_char_boundary(self.at + MAX_MATCH_BYTES / 2);
            let end = self.text.floor_char_boundary(self.at + MAX_MATCH_BYTES);
            let seen = self.text.get(..end).unwrap_or_default();
            let found = self.regex.find_at(seen, self.at);
            let Some(found) = found.filter(|found| found.start() < half) else {
                self.at = half;
                continue;
            };
            if !found.is_empty() {
                self.at = found.end();
                return Some(found.range());
            }
            self.at = self.text.ceil_char_boundary(found.end() + 1);
        }
        None
    }
}

/// Whether few enough words begin alike.
fn check_words(types: &[CustomType]) -> Result<(), CustomTypeError> {
    let mut alike: HashMap<Vec<u8>, usize> = HashMap::new();
    for word in types.iter().flat_map(|custom| &custom.words) {
        let start = word
            .as_bytes()
            .iter()
            .take(3)
            .map(u8::to_ascii_lowercase)
            .collect();
        let count = alike.entry(start).or_default();
        *count += 1;
        if *count > MAX_WORDS_ALIKE {
            return Err(CustomTypeError::WordsAlike);
        }
    }
    Ok(())
}
