//! What the model looks at: each feature of a token is a row of weights.

use super::{
    model::list,
    token::{Token, line_case, shape},
    words::mix,
};

/// The shortest lower-case word that is a name by itself.
pub const MIN_WORD_BYTES: usize = 3;
/// How many features a token has.
pub const FEATURES: usize = 41;

/// The features of the words around a token, as places in [`features`].
pub const CONTEXT: [usize; 11] = [2, 3, 4, 5, 6, 7, 19, 20, 21, 34, 35];

/// A neighbour beyond the text.
const OUTSIDE: Token = Token {
    start: 0,
    end: 0,
    word: 7,
    suffix: 7,
    long_suffix: 7,
    prefix: 7,
    short_suffix: 7,
    middle_suffix: 7,
    long_prefix: 7,
    shape: 0,
    line_case: 0,
    lists: 0,
    guess: 0,
};

/// The features of the token at an index, as hashes; the model takes their low bits.
#[must_use]
pub fn features(tokens: &[Token], at: usize) -> [u64; FEATURES] {
    let here = |offset: usize| tokens.get(at + offset).unwrap_or(&OUTSIDE);
    let back = |offset: usize| {
        at.checked_sub(offset)
            .and_then(|at| tokens.get(at))
            .unwrap_or(&OUTSIDE)
    };
    let (a2, a1, w, b1, b2) = (back(2), back(1), here(0), here(1), here(2));
    let (l0, s0) = (u64::from(w.lists), u64::from(w.shape));
    let look = s0 | l0 << 8 | u64::from(w.line_case) << 24;
    let (look_before, look_after) = (looks(a1), looks(b1));
    let case = u64::from(case_class(w.shape)) | l0 << 8 | u64::from(w.line_case) << 24;
    let asked = if guessed(w) == 0 { 0 } else { u64::MAX };
    let guess = (guessed(w) | case << 8) & asked;
    let mut kind = 0;
    let mut feature = |first: u64, second: u64| {
        kind += 1;
        mix(first ^ second.rotate_left(32) ^ (kind << 56))
    };
    [
        feature(0, 0),
        feature(w.word, 0),
        feature(a1.word, 0),
        feature(b1.word, 0),
        feature(a2.word, 0),
        feature(b2.word, 0),
        feature(mix(a2.word), a1.word),
        feature(mix(b1.word), b2.word),
        feature(w.suffix, u64::from(w.line_case)),
        feature(w.long_suffix, 0),
        feature(w.prefix, u64::from(w.line_case)),
        feature(look, 0),
        feature(l0, look_before),
        feature(look, look_after),
        feature(look, mix(look_before ^ look_after.rotate_left(20))),
        feature(look_before, looks(a2)),
        feature(look_after, looks(b2)),
        feature(looks(a2), 0),
        feature(looks(b2), 0),
        feature(a1.word, case),
        feature(b1.word, case),
        feature(mix(a2.word ^ a1.word.rotate_left(16)), case),
        feature(s0 | u64::from(a1.shape) << 8 | u64::from(b1.shape) << 16, 1),
        feature(s0 | u64::from(a1.shape) << 8 | u64::from(a2.shape) << 16, 2),
        feature(s0 | u64::from(b1.shape) << 8 | u64::from(b2.shape) << 16, 3),
        feature(
            u64::from(a2.lists) | u64::from(a1.lists) << 16,
            l0 | u64::from(b1.lists) << 16,
        ),
        feature(w.word, look_before),
        feature(w.word, look_after),
        // what a word is made of tells names that no list has
        feature(w.short_suffix, case),
        feature(w.middle_suffix, u64::from(case_class(w.shape))),
        feature(w.long_prefix, u64::from(case_class(w.shape))),
        feature(mix(w.prefix) ^ w.suffix, 0),
        feature(w.suffix, look_before),
        feature(w.suffix, look_after),
        feature(a1.suffix, case),
        feature(b1.suffix, case),
        // nothing of this where a list tells more
        feature(guess, 0),
        feature(guess, look_before & asked),
        feature(guess, look_after & asked),
        feature(guess, mix(look_before ^ look_after.rotate_left(20)) & asked),
        feature(guess, (guessed(a1) | guessed(b1) << 8) & asked),
    ]
}

/// What the letters of a word say, if no list has it.
fn guessed(token: &Token) -> u64 {
    if token.lists == 0 {
        u64::from(token.guess)
    } else {
        0
    }
}

/// Shape and lists of a token.
fn looks(token: &Token) -> u64 {
    u64::from(token.shape) | u64::from(token.lists) << 8
}

/// Lower case, capital, digits, or something else.
const fn case_class(looks: u8) -> u8 {
    match looks & !shape::GLUED {
        shape::LOWER => 1,
        shape::INITIAL | shape::CAPITAL | shape::CAPITAL_MIXED | shape::JOINED => 2,
        shape::CAPITALS => 3,
        shape::NUMBERED | shape::LETTERED | shape::DIGITS..shape::BREAK => 4,
        _ => 5,
    }
}

/// Whether a name can begin with this token or hold it as its reason: a capital, a digit, a word of a list; in a line
/// without capitals also a word that no list has.
#[must_use]
pub const fn is_telling(token: &Token) -> bool {
    match token.shape & !shape::GLUED {
        shape::LOWER if token.lists == 0 => {
            token.line_case == line_case::LOWER && token.end - token.start >= MIN_WORD_BYTES
        }
        shape::LOWER => token.lists & list::NAMES != 0 && token.lists & list::COMMON == 0,
        shape::CAPITAL | shape::CAPITALS | shape::CAPITAL_MIXED | shape::JOINED | shape::INITIAL => true,
        _ => false,
    }
}
