//! Words around a finding, and in the name of its field.
//!
//! The words of all types are one index. The text is searched in blocks, and only those blocks that lie around a
//! candidate, each once: how many types ask about a place makes no difference.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use vault_domain::{EntityCategory, EntityType};

use crate::{
    confidence::Context,
    custom::{CustomType, CustomTypeId, MAX_CUSTOM_TYPES},
    recognizer::{Candidate, Recognizer},
    words::{WordIndex, ends_word, starts_word},
};

mod heading;
mod label;
mod near;
mod table;

use near::Near;
use table::Tables;

/// How far before a finding a word counts, in bytes.
const BEFORE_BYTES: usize = 48;
/// How far after a finding a word counts, in bytes.
const AFTER_BYTES: usize = 32;
/// The longest word, in bytes; longer ones are not looked for.
const MAX_WORD_BYTES: usize = 40;
/// How much text is searched at once, in bytes.
const BLOCK_BYTES: usize = 256;
/// In a field's name, words of this length may be glued to others: `passportnumber`.
const GLUED_BYTES: usize = 5;

/// Which types a word speaks for: a bit for each.
type Owners = [u64; 4];

/// The context words of all types.
pub(crate) struct ContextWords {
    words: WordIndex,
    owners: Vec<Owners>,
    /// The types of numbers that somebody gives out.
    numbered: Owners,
}

/// What is known of one text's words, block by block.
#[derive(Default)]
pub(crate) struct Seen {
    blocks: Vec<Option<Block>>,
    hits: Vec<Hit>,
    /// The types that the field's name speaks for, and those that it alone speaks for.
    field: Option<(Owners, Owners)>,
    tables: Tables,
}

/// The hits that start in a stretch of the text, and the types that they speak for.
#[derive(Clone, Copy)]
struct Block {
    first: usize,
    last: usize,
    spoken: Owners,
}

#[derive(Clone, Copy)]
struct Hit {
    start: usize,
    end: usize,
    /// The types that its word speaks for.
    owners: Owners,
}

impl Seen {
    /// Forgets the last text.
    pub(crate) fn clear(&mut self) {
        self.blocks.clear();
        self.hits.clear();
        self.field = None;
        self.tables.clear();
    }
}

/// What stands around a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Surroundings {
    pub(crate) context: Context,
    /// Whether a word names the candidate right before it, or the field does.
    pub(crate) labelled: bool,
    /// Whether the word right before it calls it a number of another type.
    pub(crate) called_other: bool,
}

impl Surroundings {
    const ABSENT: Self = Self {
        context: Context::Absent,
        labelled: false,
        called_other: false,
    };

    /// What a name says that speaks for these types, and for these alone, if it speaks for this one.
    fn named((spoken, alone): (Owners, Owners), slot: usize) -> Option<Self> {
        holds(&spoken, slot).then(|| Self {
            context: Context::field(holds(&alone, slot)),
            labelled: true,
            called_other: false,
        })
    }
}

impl ContextWords {
    pub(crate) fn new(recognizers: &[Arc<dyn Recognizer>], custom_types: &[CustomType]) -> Self {
        let mut words: BTreeMap<&str, Owners> = BTreeMap::new();
        for recognizer in recognizers {
            for kind in recognizer.entity_types() {
                for word in recognizer.context_words_of(*kind) {
                    if word.len() <= MAX_WORD_BYTES {
                        insert(words.entry(word).or_default(), slot(*kind, None));
                    }
                }
            }
        }
        for (index, custom) in (0..).zip(custom_types) {
            for word in custom.context.iter().filter(|word| word.len() <= MAX_WORD_BYTES) {
                let slot = slot(EntityType::Custom, Some(CustomTypeId(index)));
                insert(words.entry(word).or_default(), slot);
            }
        }
        let mut numbered = Owners::default();
        for kind in EntityType::ALL.iter().filter(|kind| is_numbered(**kind)) {
            insert(&mut numbered, slot(*kind, None));
        }
        Self {
            words: WordIndex::new(words.keys()),
            owners: words.into_values().collect(),
            numbered,
        }
    }

    /// What stands around a candidate, and at the top of the column in which it stands by itself; `field` is the field's name in
    /// words.
    pub(crate) fn around(
        &self,
        text: &[u8],
        candidate: &Candidate,
        field: Option<&str>,
        seen: &mut Seen,
    ) -> Surroundings {
        let slot = slot(candidate.entity_type, candidate.custom);
        if let Some(name) = field {
            let spoken = *seen.field.get_or_insert_with(|| self.of_field(name));
            if let Some(named) = Surroundings::named(spoken, slot) {
                return named;
            }
        }
        let near = self.near(text, candidate, slot, seen);
        if near.labelled {
            return near;
        }
        let Some(header) = seen.tables.header(text, candidate.start, candidate.end) else {
            return near;
        };
        let mut words = String::new();
        field_words(header, &mut words);
        let spoken = self.of_field(&words);
        let called_other = near.called_other || meets(&spoken.0, &self.numbered);
        Surroundings::named(spoken, slot).unwrap_or(Surroundings { called_other, ..near })
    }

    /// What the words near a candidate say.
    fn near(&self, text: &[u8], candidate: &Candidate, slot: usize, seen: &mut Seen) -> Surroundings {
        let from = candidate.start.saturating_sub(BEFORE_BYTES + MAX_WORD_BYTES);
        let to = candidate.end.saturating_add(AFTER_BYTES).min(text.len());
        let blocks = from / BLOCK_BYTES..=to / BLOCK_BYTES;
        // Most candidates have no word of theirs near them.
        let mut asked = Owners::default();
        insert(&mut asked, slot);
        if candidate.entity_type == EntityType::Phone {
            unite(&mut asked, &self.numbered);
        }
        let mut spoken = false;
        for block in blocks.clone() {
            spoken |= meets(&self.block(text, block, seen).spoken, &asked);
        }
        if !spoken {
            return Surroundings::ABSENT;
        }
        let mut near = Near::new(slot, candidate);
        for block in blocks {
            let Block { first, last, .. } = self.block(text, block, seen);
            for hit in seen.hits.get(first..last).unwrap_or_default() {
                if hit.end + BEFORE_BYTES >= candidate.start && hit.start < to {
                    near.see(text, candidate, *hit, &self.numbered);
                }
            }
        }
        near.surroundings()
    }

    /// The hits that start in a block.
    fn block(&self, text: &[u8], block: usize, seen: &mut Seen) -> Block {
        if seen.blocks.len() <= block {
            seen.blocks.resize(block + 1, None);
        }
        if let Some(known) = seen.blocks[block] {
            return known;
        }
        let from = (block * BLOCK_BYTES).min(text.len());
        let to = (from + BLOCK_BYTES).min(text.len());
        let first = seen.hits.len();
        let mut spoken = Owners::default();
        // `number is` within `NHS number is` is no word: what started before it goes on into it.
        let (mut last, mut last_end) = (0, 0);
        for start in (from.saturating_sub(MAX_WORD_BYTES)..to).filter(|start| starts_word(text, *start)) {
            self.words.at(text, start, |word, end| {
                let split = last < start && start < last_end && last_end < end;
                if !ends_word(text, start, end) || split {
                    return;
                }
                if end > last_end {
                    (last, last_end) = (start, end);
                }
                if let Some(owners) = self.owners.get(word) {
                    let owners = *owners;
                    seen.hits.push(Hit { start, end, owners });
                }
            });
        }
        leave_to_longer(seen.hits.get_mut(first..).unwrap_or_default());
        let of_block_before = seen.hits.iter().skip(first).take_while(|hit| hit.start < from);
        seen.hits.drain(first..first + of_block_before.count());
        for hit in seen.hits.get(first..).unwrap_or_default() {
            unite(&mut spoken, &hit.owners);
        }
        let last = seen.hits.len();
        let known = Block { first, last, spoken };
        seen.blocks[block] = Some(known);
        known
    }

    fn of_field(&self, name: &str) -> (Owners, Owners) {
        let (mut spoken, mut alone) = (Owners::default(), Owners::default());
        let text = name.as_bytes();
        let mut hits = Vec::new();
        for start in 0..text.len() {
            self.words.at(text, start, |word, end| {
                let owners = self.owners.get(word).filter(|_| is_field_word(text, start, end));
                hits.extend(owners.map(|owners| Hit {
                    start,
                    end,
                    owners: *owners,
                }));
            });
        }
        leave_to_longer(&mut hits);
        for hit in &hits {
            unite(&mut spoken, &hit.owners);
            if is_single(&hit.owners) {
                unite(&mut alone, &hit.owners);
            }
        }
        (spoken, alone)
    }
}

/// Sorts the hits, and leaves to a word within a longer one only types that both speak for: `UK passport` says nothing of
/// passports of the United States.
fn leave_to_longer(hits: &mut [Hit]) {
    hits.sort_unstable_by_key(|hit| (hit.start, Reverse(hit.end)));
    let mut longer: Option<Hit> = None;
    for hit in hits {
        match longer {
            Some(longer) if hit.end <= longer.end && hit.end - hit.start < longer.end - longer.start => {
                intersect(&mut hit.owners, &longer.owners);
            }
            _ => longer = Some(*hit),
        }
    }
}

/// Whether a word within a field's name is one of its words; a long one may be glued to another on one side.
pub(crate) fn is_field_word(name: &[u8], start: usize, end: usize) -> bool {
    let (starts, ends) = (starts_word(name, start), ends_word(name, start, end));
    let may_be_glued = end - start >= GLUED_BYTES;
    if may_be_glued {
        starts || ends
    } else {
        starts && ends
    }
}

/// Custom types come after all others.
fn slot(kind: EntityType, custom: Option<CustomTypeId>) -> usize {
    custom.map_or(kind as usize, |id| EntityType::ALL.len() + usize::from(id.0))
}

const _: () = assert!(
    EntityType::ALL.len() + MAX_CUSTOM_TYPES <= 256,
    "a bit for each type"
);

fn insert(owners: &mut Owners, slot: usize) {
    if let Some(bits) = owners.get_mut(slot / 64) {
        *bits |= 1 << (slot % 64);
    }
}

fn holds(owners: &Owners, slot: usize) -> bool {
    owners
        .get(slot / 64)
        .is_some_and(|bits| bits >> (slot % 64) & 1 == 1)
}

fn unite(owners: &mut Owners, others: &Owners) {
    owners
        .iter_mut()
        .zip(others)
        .for_each(|(mine, other)| *mine |= other);
}

fn intersect(owners: &mut Owners, others: &Owners) {
    owners
        .iter_mut()
        .zip(others)
        .for_each(|(mine, other)| *mine &= other);
}

fn is_single(owners: &Owners) -> bool {
    owners.iter().map(|bits| bits.count_ones()).sum::<u32>() == 1
}

/// Whether numbers of this type are given out, so that a word right before a number can call it so.
const fn is_numbered(kind: EntityType) -> bool {
    matches!(
        kind.category(),
        EntityCategory::GovernmentId
            | EntityCategory::Financial
            | EntityCategory::Health
            | EntityCategory::Organization
    )
}

fn meets(owners: &Owners, others: &Owners) -> bool {
    owners.iter().zip(others).any(|(mine, other)| mine & other != 0)
}

/// How much of a field's name is looked at, in characters.
const FIELD_CHARACTERS: usize = 64;

/// A field's name as lowercase words: `dateOfBirth` and `date_of_birth` are both `date of birth`.
pub(crate) fn field_words(name: &str, words: &mut String) {
    words.clear();
    let mut lower_before = false;
    for character in name.chars().take(FIELD_CHARACTERS) {
        if character.is_uppercase() && lower_before {
            words.push(' ');
        }
        lower_before = character.is_lowercase();
        if character.is_alphabetic() {
            words.extend(character.to_lowercase());
        } else {
            words.push(' ');
        }
    }
}

#[cfg(test)]
mod tests;
