//! From tokens to names.

use std::ops::Range;

use super::{
    NameKind,
    decode::{TAGS, begin_tag, best_tags, inside_tag, kind_of, probability},
    features::{features, is_telling},
    model::Model,
    plausible,
    program::is_of_program,
    token::Token,
};

/// The score of a tag that a token cannot have.
const NEVER: i16 = -8192;
/// How many tokens around a telling one are looked at.
const MARGIN: usize = 6;
/// How many tokens around a name its probability is computed from.
const PROBABILITY_MARGIN: usize = 6;
/// The most tokens that are decoded at once; a longer run is cut, and a name across the cut is found in two parts.
const MAX_BLOCK: usize = 2048;

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
            // after the calibration: its texts have too little source code for these to be right by it
            let is_listed = || {
                tokens
                    .get(run.from..run.to)
                    .into_iter()
                    .flatten()
                    .any(plausible::is_sure)
            };
            let is_of_program = match run.kind {
                NameKind::Person | NameKind::Location => {
                    is_of_program(text, first.start..last.end, run.kind, is_listed())
                }
                NameKind::Address | NameKind::Organization => false,
            };
            let written = text.get(first.start..last.end).unwrap_or_default();
            if is_of_program
                || plausible::is_near_identifiers(tokens, &run, sure)
                || plausible::is_lower_case_of_another_script(written)
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
    let scores = range.clone().map(|at| {
        let mut scores = model.score(&features(tokens, at));
        if plausible::ends_name(tokens, at) {
            scores[inside_tag(NameKind::Person)] = NEVER;
            scores[inside_tag(NameKind::Location)] = NEVER;
        }
        scores
    });
    block.scores.extend(scores);
    best_tags(model, &block.scores, &mut block.paths, &mut block.tags);
    let probable = |run: Run| {
        let from = run.from.saturating_sub(PROBABILITY_MARGIN);
        let to = (run.to + PROBABILITY_MARGIN).min(block.scores.len());
        let window = block.scores.get(from..to).unwrap_or_default();
        let sure = probability(model, window, run.from - from, run.to - from, run.kind);
        let (from, to) = (range.start + run.from, range.start + run.to);
        let run = Run { from, to, ..run };
        let to = match run.kind {
            NameKind::Address => plausible::end_of_address(tokens, &run),
            NameKind::Person | NameKind::Location | NameKind::Organization => to,
        };
        (Run { to, ..run }, sure)
    };
    runs(&block.tags)
        .map(probable)
        .filter(|(run, sure)| plausible::is_name(tokens, run, *sure))
        .collect()
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
