//! From triggers to the recognizers that wait for them.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, BuildError};

use super::automaton;
use crate::{prepass::ByteClasses, recognizer::Trigger, words::WordIndex};

/// The tables of one detector; numbers are indexes of its recognizers.
pub(crate) struct Dispatch {
    pub(crate) literals: Option<AhoCorasick>,
    pub(crate) literal_owners: Vec<Vec<usize>>,
    pub(crate) classes: ByteClasses,
    pub(crate) byte_owners: Vec<Vec<usize>>,
    /// Recognizers of numbers with the digits that each asks for, the most modest first.
    pub(crate) number_owners: Vec<(usize, usize)>,
    /// Recognizers of whole texts.
    pub(crate) text_owners: Vec<usize>,
    /// Recognizers of tokens.
    pub(crate) token_owners: Vec<usize>,
    pub(crate) words: WordIndex,
    pub(crate) word_owners: Vec<Vec<usize>>,
    pub(crate) field_names: Option<AhoCorasick>,
    pub(crate) field_owners: Vec<Vec<usize>>,
}

impl Dispatch {
    pub(crate) fn new(triggers: impl Iterator<Item = &'static [Trigger]>) -> Result<Self, BuildError> {
        let mut literals: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut bytes: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
        let mut fields: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut words: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let (mut number_owners, mut token_owners, mut text_owners) = (Vec::new(), Vec::new(), Vec::new());
        for (index, triggers) in triggers.enumerate() {
            for trigger in triggers {
                match trigger {
                    Trigger::Literals(all) => {
                        all.iter()
                            .for_each(|literal| literals.entry(literal).or_default().push(index));
                    }
                    Trigger::Bytes(all) => {
                        all.iter()
                            .for_each(|byte| bytes.entry(*byte).or_default().push(index));
                    }
                    Trigger::FieldName(all) => {
                        all.iter()
                            .for_each(|word| fields.entry(word).or_default().push(index));
                    }
                    Trigger::Words(all) => {
                        all.iter()
                            .for_each(|word| words.entry(word).or_default().push(index));
                    }
                    Trigger::Text => text_owners.push(index),
                    Trigger::Tokens => token_owners.push(index),
                    Trigger::Digits(least) => number_owners.push((*least, index)),
                }
            }
        }
        number_owners.sort_unstable();
        Ok(Self {
            text_owners,
            token_owners,
            words: WordIndex::new(words.keys()),
            word_owners: words.into_values().collect(),
            literals: automaton(literals.keys())?,
            literal_owners: literals.into_values().collect(),
            classes: ByteClasses::new(bytes.keys().copied()),
            byte_owners: bytes.into_values().collect(),
            number_owners,
            field_names: automaton(fields.keys())?,
            field_owners: fields.into_values().collect(),
        })
    }
}
