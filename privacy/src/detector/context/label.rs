//! What may stand between a number and the word that names it.

/// How far before a finding its label may end, in bytes.
const LABEL_BYTES: usize = 24;
/// Words that may stand between a number and what it is called.
const FILLERS: [&[u8]; 12] = [
    b"is", b"was", b"no", b"nr", b"num", b"number", b"id", b"on", b"file", b"code", b"card", b"n",
];

/// Whether nothing but a few words stands between a label and what it names: no number, no end of a sentence. One line
/// may end there, and a comma may stand right before the number.
pub(super) fn is_label(text: &[u8], from: usize, to: usize) -> bool {
    let between = text.get(from..to).unwrap_or_default();
    let gap = between.trim_ascii_end();
    let after = between.get(gap.len()..).unwrap_or_default();
    let lines = after.split(|byte| *byte == b'\n').count();
    let gap = gap.strip_suffix(b",").or(gap.strip_suffix(b";")).unwrap_or(gap);
    between.len() <= LABEL_BYTES
        && lines <= 2
        && !gap
            .iter()
            .any(|byte| byte.is_ascii_digit() || matches!(byte, b'\n' | b',' | b';'))
        && !between.windows(2).any(|pair| matches!(pair, b"? " | b"! "))
        && !ends_sentence(between)
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
