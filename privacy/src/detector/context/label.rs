//! What may stand between a number and the word that names it.

/// How far before a finding its label may end, in bytes.
const LABEL_BYTES: usize = 32;
/// Words that may stand between a number and what it is called.
const FILLERS: [&[u8]; 12] = [
    b"is", b"was", b"no", b"nr", b"num", b"number", b"id", b"on", b"file", b"code", b"card", b"n",
];

/// Words that point from a label to its number.
const POINTERS: [&[u8]; 23] = [
    b"is", b"was", b"it", b"it's", b"its", b"that", b"that's", b"this", b"which", b"should", b"be", b"the",
    b"a", b"my", b"new", b"one", b"now", b"number", b"no", b"id", b"code", b"sure", b"yes",
];

/// Whether nothing but a few words stands between a label and what it names: no number, no end of a sentence. One line
/// may end there, a comma may stand right before the number or before words that only point to it, and what was asked
/// for may stand in the answer, after the name of who speaks.
pub(super) fn is_label(text: &[u8], from: usize, to: usize) -> bool {
    let between = text.get(from..to).unwrap_or_default();
    if between.len() > LABEL_BYTES {
        return false;
    }
    match between.iter().rposition(|byte| *byte == b'?') {
        Some(at) => {
            let (question, answer) = between.split_at_checked(at).unwrap_or_default();
            is_gap(question) && is_answer(answer)
        }
        None => is_gap(between),
    }
}

fn is_gap(between: &[u8]) -> bool {
    let gap = between.trim_ascii_end();
    let after = between.get(gap.len()..).unwrap_or_default();
    let lines = after.split(|byte| *byte == b'\n').count();
    let gap = gap.strip_suffix(b",").or(gap.strip_suffix(b";")).unwrap_or(gap);
    let goes_on = |at: usize| points(gap.get(at + 1..).unwrap_or_default());
    let is_broken = gap.iter().enumerate().any(|(at, byte)| match byte {
        b',' => !goes_on(at),
        b'\n' | b';' => true,
        other => other.is_ascii_digit(),
    });
    lines <= 2 && !is_broken && !between.windows(2).any(|pair| pair == b"! ") && !ends_sentence(between)
}

/// Whether all that stands here are words that point to a number: `, which should be`.
fn points(words: &[u8]) -> bool {
    let mut words = words
        .split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'\'')
        .filter(|word| !word.is_empty());
    words.all(|word| POINTERS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// Whether nothing but who speaks, or words that point, stands between a question's mark and a number.
fn is_answer(between: &[u8]) -> bool {
    let Some([first, between @ ..]) = between.get(1..) else {
        return false;
    };
    let lines = between.split(|byte| *byte == b'\n').count();
    let said = between.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    let speaker = between.get(..between.len() - said.len()).unwrap_or_default();
    let is_name = speaker
        .iter()
        .all(|byte| byte.is_ascii_alphabetic() || byte.is_ascii_whitespace() || b":*[]()_-".contains(byte));
    first.is_ascii_whitespace() && lines <= 2 && is_name && points(said)
}

/// Whether nothing but signs and words such as `number` stands between a label and what it names.
pub(super) fn is_direct(text: &[u8], from: usize, to: usize) -> bool {
    let between = text.get(from..to).unwrap_or_default();
    let mut words = between
        .split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    is_label(text, from, to)
        && words.all(|word| FILLERS.iter().any(|filler| word.eq_ignore_ascii_case(filler)))
}

/// A full stop ends a sentence unless it belongs to `no.` or `nr.`, or nothing is said after it.
fn ends_sentence(between: &[u8]) -> bool {
    between.windows(2).enumerate().any(|(at, pair)| {
        let (before, after) = between.split_at_checked(at).unwrap_or_default();
        let before = before.to_ascii_lowercase();
        let abbreviates = before.ends_with(b"no") || before.ends_with(b"nr");
        pair == b". " && !abbreviates && after.iter().any(u8::is_ascii_alphabetic)
    })
}

/// Whether a label follows at once, as in `12345 (MRN)`, `12345 is my MRN` and `12345 as MRN`.
pub(super) fn is_suffix(text: &[u8], from: usize, to: usize) -> bool {
    const JOINTS: [&[u8]; 12] = [
        b"(",
        b" (",
        b" is my ",
        b" is the ",
        b" is his ",
        b" is her ",
        b" is their ",
        b" is our ",
        b" as ",
        b" as my ",
        b" as the ",
        b" is your ",
    ];
    let between = text.get(from..to).unwrap_or_default();
    JOINTS.iter().any(|joint| between.eq_ignore_ascii_case(joint))
}
