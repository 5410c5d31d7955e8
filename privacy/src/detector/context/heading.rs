//! A label that stands over what it names, like a heading.

/// The most line breaks between them: one line may be empty.
const MAX_BREAKS: usize = 2;
/// How much may stand between them, in bytes.
const MAX_GAP_BYTES: usize = 16;
/// How many signs may stand before the label and after the value in their lines, in bytes; so many end a line too.
const MAX_SIGNS: usize = 16;

/// Whether a label stands by itself in a line, and what it names by itself in one below.
pub(super) fn is_heading(text: &[u8], label: (usize, usize), value: (usize, usize)) -> bool {
    let gap = text.get(label.1..value.0).unwrap_or_default();
    let breaks = memchr::memchr_iter(b'\n', gap).count();
    (1..=MAX_BREAKS).contains(&breaks)
        && gap.len() <= MAX_GAP_BYTES
        && gap.iter().all(|byte| is_sign(*byte))
        && is_border(text.get(..label.0).unwrap_or_default().iter().rev())
        && is_border(text.get(value.1..).unwrap_or_default().iter())
}

/// Whether nothing but a few signs stands before the line ends.
fn is_border<'t>(mut bytes: impl Iterator<Item = &'t u8>) -> bool {
    for _ in 0..MAX_SIGNS {
        match bytes.next() {
            None | Some(b'\n') => return true,
            Some(byte) if is_sign(*byte) => {}
            Some(_) => return false,
        }
    }
    true
}

/// White space, and what marks headings, lists and tables.
const fn is_sign(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            | b'\r'
            | b'\n'
            | b':'
            | b'.'
            | b'-'
            | b'='
            | b'_'
            | b'*'
            | b'#'
            | b'>'
            | b'|'
            | b'('
            | b')'
    )
}
