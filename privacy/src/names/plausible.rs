//! What the model cannot know: which words may be a name where they stand, and where an address ends.

use super::{
    NameKind,
    features::MIN_WORD_BYTES,
    model::list,
    spans::Run,
    token::{Token, line_case, shape},
};

/// How many tokens around a word tell whether names have capitals there, or whether it is source code.
const CASE_MARGIN: usize = 32;
/// The least probability of a name that neither its letters nor a list speak for.
const LEAST_SURE: f32 = 0.5;
/// The same for a single word close to identifiers.
const LEAST_SURE_NEAR_CODE: f32 = 0.9;
/// More than any probability.
const NEVER_SURE: f32 = 2.0;

/// The longest word of a language in an address that is neither of a street nor of a place: *de*, *van*, *bis*.
const MAX_PARTICLE_BYTES: usize = 3;
/// The most bytes between two words of a name: more are a gap between columns.
const MAX_GAP_BYTES: usize = 2;
/// The longest abbreviation in a name that is no form of address: *Jr.*, *Wm.*, *Chr.*
const MAX_ABBREVIATION_BYTES: usize = 3;
/// The longest word of a name of a person or a place.
const MAX_WORD_BYTES: usize = 64;
/// The longest number or postcode in an address.
const MAX_NUMBER_BYTES: usize = 7;

/// Whether tokens are a name: such words can be one where they stand, and it is probable enough for them.
pub(super) fn is_name(tokens: &[Token], run: &Run, sure: f32) -> bool {
    is_plausible(tokens, run) && sure >= least_sure(tokens, run)
}

/// Whether such words are ever a name where they stand: not a lower-case word among others with capitals, nor an
/// unknown word in source code, where every word may be an identifier.
fn is_plausible(tokens: &[Token], run: &Run) -> bool {
    let name = tokens.get(run.from..run.to).unwrap_or_default();
    let kind = run.kind;
    let words = name.iter().filter(|token| look(token) <= shape::JOINED);
    let first = name.first().copied().unwrap_or_default();
    match kind {
        NameKind::Address => return is_address(name),
        NameKind::Organization => return words.count() > 0,
        NameKind::Person if name.iter().any(is_number) => return false,
        NameKind::Person if name.iter().all(is_no_name) || !has_plain_ends(name) => return false,
        NameKind::Person | NameKind::Location if words.clone().any(is_too_long) => return false,
        NameKind::Person | NameKind::Location => {}
    }
    let is_single = name.len() == 1;
    let is_known = |token: &Token| token.lists & list::WHO_AND_WHERE != 0;
    let is_new =
        |token: &Token| token.lists & (list::WORD | list::COMMON) == 0 && look(token) == shape::CAPITAL;
    let is_lower = words.clone().all(|token| look(token) == shape::LOWER);
    let is_short = first.end - first.start < MIN_WORD_BYTES;
    match first.line_case {
        _ if words.clone().next().is_none() => false,
        line_case::LOWER if is_single => {
            !is_short && (is_known(&first) || first.lists == 0) && !is_cut(tokens, run)
        }
        line_case::LOWER | line_case::UPPER => true,
        _ if is_lower => !is_single && words.clone().all(is_known),
        line_case::CODE if is_single && is_known(&first) => first.lists & list::COMMON == 0,
        line_case::CODE if is_single => {
            first.lists == 0 && look(&first) == shape::CAPITAL && is_value(tokens, run)
        }
        line_case::CODE => words.clone().any(|word| is_known(word) || is_new(word)),
        _ => !is_single || look(&first) != shape::CAPITALS || is_known(&first),
    }
}

/// Whether no name of a person or a place goes on with this token: far behind the one before it; a full stop that ends a sentence, since the word before
/// it is no abbreviation; a comma behind a word that is none of a name.
pub(super) fn ends_name(tokens: &[Token], at: usize) -> bool {
    let Some([before, mark]) = at.checked_sub(1).and_then(|from| tokens.get(from..=at)) else {
        return false;
    };
    match look(mark) {
        _ if mark.start - before.end > MAX_GAP_BYTES => true,
        b'.' => {
            // *Univ.Prof.* and *Hans-H.* are abbreviations, too
            let goes_on = tokens.get(at + 1).is_some_and(|next| next.start == mark.end);
            before.end - before.start > MAX_ABBREVIATION_BYTES
                && before.lists & list::TITLE == 0
                && look(before) != shape::JOINED
                && !goes_on
        }
        b',' => before.lists & list::COMMON != 0,
        _ => false,
    }
}

/// Whether a name is all that stands between two quotes or two bars, as values of data do.
fn is_value(tokens: &[Token], run: &Run) -> bool {
    let mark = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(look);
    let (before, after) = (mark(run.from.checked_sub(1)), mark(Some(run.to)));
    before == after && matches!(before, Some(b'"' | b'\'' | b'|'))
}

/// The least probability of a person or a place that no list has, or that may be a common word, where capitals say
/// nothing: in source code, in lower case. Lower-case words close to capitals or identifiers are no names unless listed.
fn least_sure(tokens: &[Token], run: &Run) -> f32 {
    let name = tokens.get(run.from..run.to).unwrap_or_default();
    if !matches!(run.kind, NameKind::Person | NameKind::Location) {
        return 0.0;
    }
    if is_named_like_its_field(tokens, run) {
        return NEVER_SURE;
    }
    let case = name.first().map_or(line_case::MIXED, |first| first.line_case);
    if !matches!(case, line_case::LOWER | line_case::CODE)
        || name
            .iter()
            .filter(|token| look(token) <= shape::JOINED)
            .all(is_sure)
    {
        return 0.0;
    }
    let is_cased = |token: &Token| (shape::CAPITAL..=shape::IDENTIFIER).contains(&look(token));
    if case == line_case::LOWER && around(tokens, run).iter().any(is_cased) {
        return NEVER_SURE;
    }
    LEAST_SURE
}

/// Whether a single word stands close to identifiers, and neither a list nor its probability speaks clearly for a name.
pub(super) fn is_near_identifiers(tokens: &[Token], run: &Run, sure: f32) -> bool {
    let Some([word]) = tokens.get(run.from..run.to) else {
        return false;
    };
    let is_identifier = |token: &Token| matches!(look(token), shape::IDENTIFIER | shape::MIXED);
    let is_name = matches!(run.kind, NameKind::Person | NameKind::Location);
    is_name && !is_sure(word) && sure < LEAST_SURE_NEAR_CODE && around(tokens, run).iter().any(is_identifier)
}

/// Whether a text begins with a small letter of a script that the lists have no words of, so that every word looks new.
pub(super) fn is_lower_case_of_another_script(text: &str) -> bool {
    let is_latin = |letter: char| letter < '\u{250}' || ('\u{1e00}'..='\u{1eff}').contains(&letter);
    let first = text.chars().next();
    first.is_some_and(|letter| letter.is_lowercase() && !is_latin(letter))
}

/// Whether a list has the word as a name, and none as a word.
pub(super) const fn is_sure(word: &Token) -> bool {
    word.lists & list::WHO_AND_WHERE != 0 && word.lists & (list::WORD | list::COMMON) == 0
}

/// Whether a sign that is no mark goes on right behind a word: what could not be read, as in *caf\u{fffd}*.
fn is_cut(tokens: &[Token], run: &Run) -> bool {
    let next = tokens.get(run.to);
    next.is_some_and(|next| next.shape == shape::SYMBOL | shape::GLUED)
}

/// Whether a name begins with a word, and ends with one or with the full stop of an abbreviation.
fn has_plain_ends(name: &[Token]) -> bool {
    let is_word = |token: &Token| look(token) <= shape::LETTERED;
    name.first().is_some_and(is_word)
        && name
            .last()
            .is_some_and(|last| is_word(last) || look(last) == b'.')
}

/// Whether a token is a single letter, a mark or a form of address, of which no name is made alone.
const fn is_no_name(token: &Token) -> bool {
    look(token) == shape::INITIAL || look(token) > shape::BREAK || token.lists & list::TITLE != 0
}

const fn is_too_long(word: &Token) -> bool {
    word.end - word.start > MAX_WORD_BYTES
}

/// The tokens on both sides of a run, and those in it.
fn around<'t>(tokens: &'t [Token], run: &Run) -> &'t [Token] {
    let to = (run.to + CASE_MARGIN).min(tokens.len());
    tokens
        .get(run.from.saturating_sub(CASE_MARGIN)..to)
        .unwrap_or_default()
}

/// Whether a single word repeats the one before a colon, as types repeat the names of fields: `clock: Clock`.
fn is_named_like_its_field(tokens: &[Token], run: &Run) -> bool {
    let before = |count: usize| run.from.checked_sub(count).and_then(|at| tokens.get(at));
    match (before(2), before(1), tokens.get(run.from..run.to)) {
        (Some(field), Some(colon), Some([value])) => look(colon) == b':' && field.word == value.word,
        _ => false,
    }
}

/// The index after the last token of an address, without the full stop of a sentence behind it and, where a line of one
/// case hides where it ends, without common words.
pub(super) fn end_of_address(tokens: &[Token], run: &Run) -> usize {
    let name = tokens.get(run.from..run.to).unwrap_or_default();
    let is_listed = |token: &Token| token.lists & !(list::WORD | list::COMMON) != 0;
    let belongs = |(at, token): (usize, &Token)| match look(token) {
        b'.' => at
            .checked_sub(1)
            .is_some_and(|before| name[before].lists & list::STREET != 0),
        b',' => false,
        shape::LOWER | shape::CAPITALS if token.line_case != line_case::MIXED => {
            token.lists == 0 || is_listed(token)
        }
        _ => true,
    };
    let last = name.iter().enumerate().rev().find(|place| belongs(*place));
    last.map_or(run.to, |(at, _)| run.from + at + 1)
}

/// Whether tokens have what every address has: a number, and a word that is no abbreviation; in lower case a known one.
/// Two tokens alone are a street and its number, in this order. Longer numbers are numbers of something else.
fn is_address(name: &[Token]) -> bool {
    let is_odd = |token: &Token| {
        matches!(
            look(token),
            shape::IDENTIFIER | shape::MIXED | shape::OPAQUE | b'='
        ) || is_number(token) && token.end - token.start > MAX_NUMBER_BYTES
    };
    let is_prose = |token: &Token| {
        look(token) == shape::LOWER
            && token.line_case == line_case::MIXED
            && token.lists & list::WORD != 0
            && token.lists & (list::STREET | list::CITY | list::REGION) == 0
            && token.end - token.start > MAX_PARTICLE_BYTES
    };
    if name.iter().any(is_odd) || name.iter().any(is_prose) || !name.iter().any(is_number) {
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
