//! What every recognizer is: where it wakes, what it takes for a candidate, and how it checks one.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    custom::CustomTypeId,
};

/// One kind of finding, or a family of them.
///
/// The detector reads a text once. Where a trigger of a recognizer stands, it asks the recognizer for candidates,
/// then validates each, looks for context words around it, and scores it. `find` must look at a bounded stretch
/// around the anchor, or tell [`Candidates::examined`] how far it looked: scanning stays linear only so.
pub trait Recognizer: Send + Sync {
    /// What it may report.
    fn entity_types(&self) -> &[EntityType];

    /// What wakes it.
    fn triggers(&self) -> &'static [Trigger];

    /// Looks at one anchor, and adds what may be a finding. Boundaries must fall between characters.
    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates);

    /// Checks a candidate; `matched` is its text. Unless told otherwise, `find` has checked it already.
    fn validate(&self, candidate: &Candidate, _matched: &str) -> Validity {
        candidate.validity
    }

    /// Lowercase words that make a candidate likelier when they stand near it, or in its field's name.
    fn context_words(&self) -> &'static [&'static str] {
        &[]
    }

    /// The same for one of its types, where each has its own words.
    fn context_words_of(&self, _kind: EntityType) -> Vec<&str> {
        self.context_words().to_vec()
    }

    /// Whether a word right before a candidate that calls it something else is to be believed.
    fn yields(&self, _: &Candidate) -> bool {
        false
    }

    /// Who wins, the higher first, when two findings overlap with the same confidence.
    fn specificity(&self) -> u8 {
        50
    }
}

/// What in a text wakes a recognizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// One of these literals, of two bytes or more, in exactly this case.
    Literals(&'static [&'static str]),
    /// One of these ASCII bytes; letters and digits are too frequent to be of use here.
    Bytes(&'static [u8]),
    /// A run of digit groups with at least so many digits in all.
    Digits(usize),
    /// Each run of ASCII letters and digits that holds a digit.
    Tokens,
    /// One of these lowercase words, in any case; a word ends where no ASCII letter follows.
    Words(&'static [&'static str]),
    /// Every text, once.
    Text,
    /// A JSON field whose lowercase name holds one of these, whatever its text is.
    FieldName(&'static [&'static str]),
}

/// Where a trigger stands.
#[derive(Debug, Clone, Copy)]
pub enum Anchor<'a> {
    /// A literal starts at this byte.
    Literal(usize),
    /// A byte stands at this offset.
    Byte(usize),
    /// A run of digit groups.
    Number(&'a NumberRun),
    /// A run of letters and digits.
    Token {
        /// Its first byte.
        start: usize,
        /// After its last byte.
        end: usize,
    },
    /// A word.
    Word {
        /// Its first byte.
        start: usize,
        /// After its last byte.
        end: usize,
    },
    /// The whole text.
    Text,
    /// The field's name spoke; the text itself is to be looked at from its start.
    Field,
}

/// Digit groups with nothing but separators (space, no-break space, `-`, `.`, `/`, parentheses) between them.
#[derive(Debug, Default, Clone)]
pub struct NumberRun {
    /// The groups, first to last; never empty when a recognizer sees it.
    pub groups: Vec<Group>,
    /// How many digits the groups hold together.
    pub digit_count: usize,
}

/// A group of ASCII digits, as byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// The first digit.
    pub start: usize,
    /// After the last digit.
    pub end: usize,
}

impl Group {
    /// How many digits the group holds.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it holds no digit; never so in a run.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// Whether a candidate is worth reporting without a word of context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextNeed {
    /// It stands for itself.
    Optional,
    /// Without context it is dropped, whatever the threshold.
    Required,
    /// Without its name right before it, or in the field's name, it is dropped.
    Label,
}

/// Something that may be a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// What it would be.
    pub entity_type: EntityType,
    /// The first byte.
    pub start: usize,
    /// After the last byte.
    pub end: usize,
    /// How much its shape says.
    pub strength: Strength,
    /// Whether it needs a word of context.
    pub context: ContextNeed,
    /// What `find` knows already about its validity.
    pub validity: Validity,
    /// Which custom type it would be, if it is one.
    pub custom: Option<CustomTypeId>,
}

impl Candidate {
    /// A weak candidate that nothing was checked of and that needs no context.
    #[must_use]
    pub const fn new(entity_type: EntityType, start: usize, end: usize) -> Self {
        Self {
            entity_type,
            start,
            end,
            strength: Strength::Weak,
            context: ContextNeed::Optional,
            validity: Validity::Unknown,
            custom: None,
        }
    }
}

/// Where a recognizer puts what it found at an anchor.
#[derive(Debug, Default)]
pub struct Candidates {
    pub(crate) items: Vec<Candidate>,
    pub(crate) examined_to: usize,
}

impl Candidates {
    /// Adds a candidate that stands for itself.
    pub fn add(&mut self, entity_type: EntityType, start: usize, end: usize, strength: Strength) {
        self.push(Candidate {
            strength,
            ..Candidate::new(entity_type, start, end)
        });
    }

    /// Adds a candidate that is dropped unless a context word stands near it.
    pub fn add_with_context(
        &mut self,
        entity_type: EntityType,
        start: usize,
        end: usize,
        strength: Strength,
    ) {
        self.push(Candidate {
            strength,
            context: ContextNeed::Required,
            ..Candidate::new(entity_type, start, end)
        });
    }

    /// Adds a candidate.
    pub fn push(&mut self, candidate: Candidate) {
        self.examined(candidate.end);
        self.items.push(candidate);
    }

    /// Says that the text before this byte holds nothing more: anchors in it are skipped for this recognizer.
    pub fn examined(&mut self, end: usize) {
        self.examined_to = self.examined_to.max(end);
    }
}

/// Whether a byte is part of a word: an ASCII letter, digit or underscore.
#[must_use]
pub const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether no word runs into this offset from the left.
#[must_use]
pub fn starts_word(text: &[u8], start: usize) -> bool {
    start
        .checked_sub(1)
        .and_then(|before| text.get(before))
        .is_none_or(|byte| !is_word_byte(*byte))
}

/// Whether no word runs on from this offset to the right.
#[must_use]
pub fn ends_word(text: &[u8], end: usize) -> bool {
    text.get(end).is_none_or(|byte| !is_word_byte(*byte))
}

/// Whether a word and a colon stand right before this offset, as in `MAC:18:ae:...`; the word is no group of digits.
#[must_use]
pub fn follows_label(text: &[u8], start: usize) -> bool {
    /// The longest group of an address, and one more.
    const LOOKED_AT: usize = 5;
    let Some([rest @ .., b':']) = text.get(..start) else {
        return false;
    };
    let word = rest.iter().rev().take(LOOKED_AT);
    word.clone().next().is_some_and(u8::is_ascii_alphabetic)
        && word
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .any(|byte| !byte.is_ascii_hexdigit())
}
