//! The model's bytes: calibration, transitions between tags, word lists, weights of letters, weights of features.

use super::{
    NameKind,
    decode::TAGS,
    letters::{self, GUESSES},
};

/// What a model begins with.
pub const MAGIC: &[u8; 8] = b"vnames\x02\n";
/// Tags, and the start, from which one comes to a tag.
pub const FROM_TAGS: usize = TAGS + 1;
/// How many knots the curve from log-odds to confidence has, from [`CALIBRATION_FROM`] in steps of a half.
pub const CALIBRATION_KNOTS: usize = 33;
/// The log-odds of the first knot.
pub const CALIBRATION_FROM: f32 = -4.0;
/// A row is the mark of the one feature that owns it, and its weights.
pub const ROW_BYTES: usize = 1 + TAGS;
/// Rows are read sixteen bytes at a time; this many follow the last row.
pub const PADDING: usize = 16 - ROW_BYTES;
/// How many places after its own a word may stand in the table of lists.
pub const MAX_PROBES: usize = 256;

/// The bytes of the weights of letters.
pub const LETTER_BYTES: usize = GUESSES << letters::ROW_BITS;

const HEADER_BYTES: usize = 8 + 4 + 4 + 4;
const CALIBRATION_BYTES: usize = NameKind::ALL.len() * CALIBRATION_KNOTS;
const TRANSITION_BYTES: usize = FROM_TAGS * TAGS * 2;

/// The lists that a word may stand in.
pub mod list {
    /// Given names.
    pub const FIRST: u16 = 1;
    /// Family names.
    pub const LAST: u16 = 2;
    /// Rare family names.
    pub const RARE: u16 = 4;
    /// Words of city names.
    pub const CITY: u16 = 8;
    /// Words of country and region names.
    pub const REGION: u16 = 16;
    /// Words for streets.
    pub const STREET: u16 = 32;
    /// Words in the names of companies.
    pub const COMPANY: u16 = 64;
    /// Forms of address.
    pub const TITLE: u16 = 128;
    /// Common words that are hardly ever names.
    pub const COMMON: u16 = 256;
    /// Words of a dictionary, of which some are names too.
    pub const WORD: u16 = 512;
    /// Lists that make a word worth a look, even in lower case.
    pub const NAMES: u16 = FIRST | LAST | CITY | REGION | STREET | TITLE;
    /// Lists of persons and places.
    pub const WHO_AND_WHERE: u16 = FIRST | LAST | RARE | CITY | REGION;
    /// How many bits are used.
    pub const BITS: u32 = 10;
}

/// Tells what is known of a word.
pub trait Gazetteer {
    /// The bits of [`list`] of the word with this hash.
    fn lists(&self, word: u64) -> u16;

    /// What its letters make a word likely to be, by [`letters::guess`]; 0 where nobody asks, since a list has it.
    fn guess(&self, word: &[u8], lists: u16) -> u8;
}

/// The bytes are no model of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the model of names is damaged")]
pub struct ModelError;

/// A model, read in place.
#[derive(Debug, Clone, Copy)]
pub struct Model<'m> {
    scale: f32,
    calibration: &'m [u8],
    transitions: [[i16; TAGS]; FROM_TAGS],
    lists: &'m [u8],
    lists_mask: usize,
    letters: &'m [u8],
    weights: &'m [u8],
    rows_mask: u64,
}

impl<'m> Model<'m> {
    /// Reads a model.
    ///
    /// # Errors
    /// [`ModelError`] when the bytes have another form or length.
    pub fn parse(bytes: &'m [u8]) -> Result<Self, ModelError> {
        let (header, rest) = bytes.split_at_checked(HEADER_BYTES).ok_or(ModelError)?;
        let (calibration, rest) = rest.split_at_checked(CALIBRATION_BYTES).ok_or(ModelError)?;
        let (transition_bytes, rest) = rest.split_at_checked(TRANSITION_BYTES).ok_or(ModelError)?;
        let (row_bits, list_bits) = (word_at(header, 8)?, word_at(header, 12)?);
        if header.get(..8) != Some(MAGIC) || row_bits > 24 || list_bits > 24 {
            return Err(ModelError);
        }
        let (lists, rest) = rest.split_at_checked(4 << list_bits).ok_or(ModelError)?;
        let (letters, weights) = rest.split_at_checked(LETTER_BYTES).ok_or(ModelError)?;
        if weights.len() != (ROW_BYTES << row_bits) + PADDING {
            return Err(ModelError);
        }
        let mut transitions = [[0; TAGS]; FROM_TAGS];
        for (value, pair) in transitions
            .as_flattened_mut()
            .iter_mut()
            .zip(transition_bytes.as_chunks().0)
        {
            *value = i16::from_le_bytes(*pair);
        }
        Ok(Self {
            scale: f32::from_bits(word_at(header, 16)?),
            calibration,
            transitions,
            lists,
            lists_mask: (1 << list_bits) - 1,
            letters,
            weights,
            rows_mask: (1 << row_bits) - 1,
        })
    }

    /// What one unit of a weight is worth.
    #[must_use]
    pub const fn scale(&self) -> f32 {
        self.scale
    }

    /// The weights of going from one tag, or the start, to another.
    #[must_use]
    pub const fn transitions(&self) -> &[[i16; TAGS]; FROM_TAGS] {
        &self.transitions
    }

    /// Adds up the weights of some features.
    #[must_use]
    pub fn score(&self, features: &[u64]) -> [i16; TAGS] {
        let mut sum = [0_i16; 16];
        for feature in features {
            let at = usize::try_from(feature & self.rows_mask).unwrap_or_default() * ROW_BYTES;
            let Some(row) = self.weights.get(at..).and_then(|rest| rest.first_chunk::<16>()) else {
                continue;
            };
            if row[0] == row_mark(*feature) {
                for (sum, weight) in sum.iter_mut().zip(row) {
                    *sum = sum.wrapping_add(i16::from(weight.cast_signed()));
                }
            }
        }
        let [_, weights @ ..] = sum;
        weights.first_chunk().copied().unwrap_or_default()
    }

    /// How often a name of this kind and probability is right, in percent.
    #[must_use]
    pub fn calibrated(&self, kind: NameKind, probability: f32) -> u8 {
        let curve = self.calibration.get(kind.index() * CALIBRATION_KNOTS..);
        let curve = curve
            .and_then(|rest| rest.get(..CALIBRATION_KNOTS))
            .unwrap_or_default();
        let place = calibration_place(probability);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the place is within the curve"
        )]
        let (before, part) = (place as usize, place.fract());
        let knot = |at: usize| f32::from(curve.get(at).or(curve.last()).copied().unwrap_or_default());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "knots are percentages"
        )]
        let percent = (knot(before) + (knot(before + 1) - knot(before)) * part).round() as u8;
        percent.min(99)
    }
}

/// Where on the calibration curve a probability lies, in knots.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a few knots")]
pub fn calibration_place(probability: f32) -> f32 {
    let probability = probability.clamp(1e-6, 1.0 - 1e-6);
    let odds = (probability / (1.0 - probability)).ln();
    ((odds - CALIBRATION_FROM) * 2.0).clamp(0.0, (CALIBRATION_KNOTS - 1) as f32)
}

impl Gazetteer for Model<'_> {
    fn lists(&self, word: u64) -> u16 {
        let (mut place, mark) = list_place(word);
        for _ in 0..MAX_PROBES {
            place &= self.lists_mask;
            let slot = self.lists.get(place * 4..).and_then(|rest| rest.first_chunk());
            let Some(slot) = slot.map(|bytes| u32::from_le_bytes(*bytes)) else {
                return 0;
            };
            if slot == 0 {
                return 0;
            }
            if slot >> list::BITS == mark {
                return u16::try_from(slot & ((1 << list::BITS) - 1)).unwrap_or_default();
            }
            place += 1;
        }
        0
    }

    fn guess(&self, word: &[u8], lists: u16) -> u8 {
        if lists == 0 {
            letters::guess(letter_sums(self.letters, word))
        } else {
            0
        }
    }
}

/// The sums of the weights of a word's letters.
#[must_use]
pub fn letter_sums(weights: &[u8], word: &[u8]) -> [i16; GUESSES] {
    let mut sums = [0_i16; GUESSES];
    for row in letters::rows(word) {
        let row = weights
            .get(row * GUESSES..)
            .and_then(<[u8]>::first_chunk::<GUESSES>);
        for (sum, weight) in sums.iter_mut().zip(row.into_iter().flatten()) {
            *sum += i16::from(weight.cast_signed());
        }
    }
    sums
}

/// Where the search for a word begins, and by what mark it is known there.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "bits of a hash")]
pub const fn list_place(word: u64) -> (usize, u32) {
    ((word >> 32) as usize, (word as u32) >> list::BITS)
}

/// The mark of a feature in its row.
#[must_use]
pub const fn row_mark(feature: u64) -> u8 {
    feature.to_le_bytes()[7]
}

fn word_at(bytes: &[u8], at: usize) -> Result<u32, ModelError> {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk());
    found.map(|bytes| u32::from_le_bytes(*bytes)).ok_or(ModelError)
}
