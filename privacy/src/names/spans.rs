//! From tokens to names.

use std::ops::Range;

use super::{
    NameKind,
    decode::{TAGS, begin_tag, best_tags, inside_tag, kind_of, probability},
    features::{features, is_telling},
    model::{Model, list},
    program::is_word_of_program,
    token::{Token, line_case, shape},
};

/// How many tokens around a telling one are looked at.
const MARGIN: usize = 6;
/// How many tokens around a name its probability is computed from.
const PROBABILITY_MARGIN: usize = 6;
/// The most tokens that are decoded at once; a longer run is cut, and a name across the cut is found in two parts.
const MAX_BLOCK: usize = 2048;

/// The longest number or postcode in an address.
const MAX_NUMBER_BYTES: usize = 7;
/// The shortest lower-case word that is a name by itself.
const MIN_WORD_BYTES: usize = 3;

/// A name; offsets are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// What it names.
    pub kind: NameKind,
    /// The offset of its first byte.
    pub start: usize,
    /// The offset after its last byte.
    pub end: usize,
    /// How often such a finding is right, in percent.
    pub percent: u8,
}

/// Buffers for the tokens that are decoded together.
#[derive(Debug, Default)]
pub struct Block {
    scores: Vec<[i16; TAGS]>,
    paths: Vec<[u8; TAGS]>,
    tags: Vec<u8>,
}

/// A run of tokens with one kind of name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Its kind.
    pub kind: NameKind,
    /// The index of its first token.
    pub from: usize,
    /// The index after its last token.
    pub to: usize,
}

/// Finds the names among the tokens of a text.
pub(crate) fn find(
    text: &str,
    tokens: &[Token],
    model: &Model<'_>,
    block: &mut Block,
    found: &mut Vec<Named>,
) {
    for range in blocks(tokens) {
        for (run, sure) in runs_in(tokens, range, model, block) {
            let (Some(first), Some(last)) = (tokens.get(run.from), tokens.get(run.to - 1)) else {
                continue;
            };
            let is_one_word = run.to - run.from == 1;
            if run.kind == NameKind::Person && is_one_word && is_word_of_program(text, first.start..last.end)
            {
                continue;
            }
            found.push(Named {
                kind: run.kind,
                start: first.start,
                end: last.end,
                percent: model.calibrated(run.kind, sure),
            });
        }
    }
}

/// The tokens that may be in names, or tell of them; all others are in none.
pub fn blocks(tokens: &[Token]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = at + tokens.get(at..)?.iter().position(is_telling)?;
        let from = first.saturating_sub(MARGIN).max(at);
        let (mut to, mut last) = (first + 1, first);
        while to < tokens.len() && to - from < MAX_BLOCK && to - last <= 2 * MARGIN {
            if is_telling(&tokens[to]) {
                last = to;
            }
            to += 1;
        }
        at = to;
        Some(from..to)
    })
}

/// The names in a run of tokens, with the model's own probability of each.
pub fn runs_in(
    tokens: &[Token],
    range: Range<usize>,
    model: &Model<'_>,
    block: &mut Block,
) -> Vec<(Run, f32)> {
    block.scores.clear();
    let scores = range.clone().map(|at| model.score(&features(tokens, at)));
    block.scores.extend(scores);
    best_tags(model, &block.scores, &mut block.paths, &mut block.tags);
    let probable = |run: Run| {
        let from = run.from.saturating_sub(PROBABILITY_MARGIN);
        let to = (run.to + PROBABILITY_MARGIN).min(block.scores.len());
        let window = block.scores.get(from..to).unwrap_or_default();
        let sure = probability(model, window, run.from - from, run.to - from, run.kind);
        let (from, to) = (range.start + run.from, range.start + run.to);
        (Run { from, to, ..run }, sure)
    };
    runs(&block.tags)
        .map(probable)
        .filter(|(run, _)| is_plausible(tokens.get(run.from..run.to).unwrap_or_default(), run.kind))
        .collect()
}

/// Whether such words are ever a name where they stand: not a lower-case word among others with capitals, nor an
/// unknown word in source code, where every word may be an identifier.
fn is_plausible(name: &[Token], kind: NameKind) -> bool {
    let words = name.iter().filter(|token| look(token) <= shape::JOINED);
    let first = name.first().copied().unwrap_or_default();
    match kind {
        NameKind::Address => return is_address(name),
        NameKind::Organization => return words.count() > 0,
        NameKind::Person if name.iter().any(is_number) => return false,
        NameKind::Person | NameKind::Location => {}
    }
    let is_single = name.len() == 1;
    let is_known = |token: &Token| token.lists & list::WHO_AND_WHERE != 0;
    let is_lower = words.clone().all(|token| look(token) == shape::LOWER);
    let is_short = first.end - first.start < MIN_WORD_BYTES;
    match first.line_case {
        _ if words.clone().next().is_none() => false,
        line_case::LOWER if is_single => is_known(&first) && !is_short,
        line_case::LOWER | line_case::UPPER => true,
        _ if is_lower => !is_single && words.clone().all(is_known),
        line_case::CODE if is_single => is_known(&first) && first.lists & list::COMMON == 0,
        line_case::CODE => words.clone().any(is_known),
        _ => !is_single || look(&first) != shape::CAPITALS || is_known(&first),
    }
}

/// Whether tokens have what every address has: a number, and a word that is no abbreviation; in lower case a known one.
/// Two tokens alone are a street and its number, in this order. Longer numbers are numbers of something else.
fn is_address(name: &[Token]) -> bool {
    let is_odd = |token: &Token| {
        matches!(look(token), shape::IDENTIFIER | shape::MIXED | shape::OPAQUE)
            || is_number(token) && token.end - token.start > MAX_NUMBER_BYTES
    };
    if name.iter().any(is_odd) || !name.iter().any(is_number) {
        return false;
    }
    let tells = |token: &Token| match look(token) {
        shape::CAPITAL | shape::CAPITAL_MIXED | shape::JOINED => true,
        shape::CAPITALS => token.line_case == line_case::UPPER,
        shape::LOWER => token.lists & (list::WHO_AND_WHERE | list::STREET) != 0,
        _ => false,
    };
    match name {
        [street, number] => look(street) != shape::LOWER && tells(street) && is_number(number),
        _ => name.iter().any(tells),
    }
}

/// A token's shape, whether or not there is a space before it.
const fn look(token: &Token) -> u8 {
    token.shape & !shape::GLUED
}

const fn is_number(token: &Token) -> bool {
    matches!(
        look(token),
        shape::NUMBERED | shape::LETTERED | shape::DIGITS..shape::BREAK
    )
}

/// The names in a sequence of tags.
pub fn runs(tags: &[u8]) -> impl Iterator<Item = Run> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < tags.len() {
            let from = at;
            let tag = usize::from(tags[at]);
            at += 1;
            let Some(kind) = kind_of(tag).filter(|kind| tag == begin_tag(*kind)) else {
                continue;
            };
            while tags
                .get(at)
                .is_some_and(|tag| usize::from(*tag) == inside_tag(kind))
            {
                at += 1;
            }
            return Some(Run { kind, from, to: at });
        }
        None
    })
}
