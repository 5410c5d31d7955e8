//! What the writing of digits says about them.

use std::ops::Range;

use crate::recognizer::{Group, is_word_byte};

/// How many groups of a row are looked at on each side of a number.
const MAX_THOUSANDS: usize = 8;

/// How a number names its country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// After a plus.
    International,
    /// Not at all.
    National,
}

/// Where a number starts.
pub(super) struct Lead {
    pub(super) start: usize,
    pub(super) form: Form,
    /// Whether a sign stands before it that stands before numbers of any kind: `tel=` and `#`.
    pub(super) marked: bool,
}

/// The start of a number whose first group this is; nothing if something else runs into it.
pub(super) fn lead(bytes: &[u8], first: Group, has_groups_before: bool) -> Option<Lead> {
    let mut start = first.start;
    let before = |start: usize| start.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    if before(start) == Some(b'(') && (has_group_end(bytes, first) || before(start - 1) == Some(b'+')) {
        start -= 1;
    }
    let mut form = Form::National;
    if before(start) == Some(b'+') {
        start -= 1;
        form = Form::International;
    } else if before(start) == Some(b'(') && before(start - 1).is_some_and(|byte| byte == b'+') {
        start -= 1;
    }
    let refused = |byte: u8| match form {
        Form::International => byte.is_ascii_alphanumeric(),
        // Amounts, tickets, decimals and the inside of longer codes.
        Form::National => is_word_byte(byte) || matches!(byte, b'-' | b'.' | b'/' | b'$' | b'%'),
    };
    let thousands = form == Form::National
        && before(start) == Some(b',')
        && start
            .checked_sub(2)
            .and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit);
    let dumped = form == Form::National && follows_hex(bytes, start);
    let runs_in = before(start).is_some_and(refused) || thousands || dumped;
    let mid_number =
        has_groups_before && form == Form::National && !matches!(before(start), Some(b' ' | 0xa0));
    let marked = form == Form::National && matches!(before(start), Some(b'=' | b'#'));
    (!runs_in && !mid_number).then_some(Lead { start, form, marked })
}

/// Whether a byte in hexadecimal stands before, as in `48 8B 05 00`.
fn follows_hex(bytes: &[u8], start: usize) -> bool {
    let Some([high, low, b' ']) = start.checked_sub(3).and_then(|from| bytes.get(from..start)) else {
        return false;
    };
    let runs_in = start
        .checked_sub(4)
        .and_then(|at| bytes.get(at))
        .is_some_and(|byte| is_word_byte(*byte));
    let is_hex = high.is_ascii_hexdigit() && low.is_ascii_hexdigit();
    is_hex && high.is_ascii_digit() != low.is_ascii_digit() && !runs_in
}

fn has_group_end(bytes: &[u8], group: Group) -> bool {
    bytes.get(group.end) == Some(&b')')
}

/// How the groups of a number are set.
pub(super) struct Writing {
    /// The lengths of the first groups; the rest is zero.
    pub(super) lengths: [usize; 5],
    pub(super) group_count: usize,
    /// Whether anything but spaces stands between groups, or parentheses around one.
    pub(super) punctuated: bool,
}

impl Writing {
    pub(super) fn of(bytes: &[u8], groups: &[Group]) -> Self {
        let mut lengths = [0; 5];
        for (length, group) in lengths.iter_mut().zip(groups) {
            *length = group.len();
        }
        let punctuated = groups.windows(2).any(|pair| {
            let between = bytes.get(pair[0].end..pair[1].start).unwrap_or_default();
            between
                .iter()
                .any(|byte| matches!(byte, b'-' | b'.' | b'/' | b'(' | b')'))
        });
        Self {
            lengths,
            group_count: groups.len(),
            punctuated,
        }
    }
}

/// Whether these groups are part of a longer row that is set in thousands: `1 234 567 890`, `857 176 118 014`.
pub(super) fn is_within_thousands(bytes: &[u8], groups: &[Group], taken: &Range<usize>) -> bool {
    let (from, to) = (taken.start, taken.end);
    let spaced = |pair: &[Group]| {
        let between = bytes.get(pair[0].end..pair[1].start).unwrap_or_default();
        matches!(between, b" " | b"\xc2\xa0")
    };
    let ahead = groups
        .get(from.saturating_sub(MAX_THOUSANDS)..=from)
        .unwrap_or_default();
    let before = ahead.windows(2).rev().take_while(|pair| spaced(pair)).count();
    let rest = groups
        .get(to - 1..groups.len().min(to + MAX_THOUSANDS))
        .unwrap_or_default();
    let after = rest.windows(2).take_while(|pair| spaced(pair)).count();
    let row = groups.get(from - before..to + after).unwrap_or_default();
    let Some((first, others)) = row.split_first() else {
        return false;
    };
    before + after > 0
        && row.windows(2).all(spaced)
        && first.len() <= 3
        && others.iter().all(|group| group.len() == 3)
}

/// Whether groups with nothing but spaces between them stand like cells of a table: after another one, far apart, or,
/// without the zero that numbers within a country start with, before another one.
pub(super) fn may_be_cells(bytes: &[u8], groups: &[Group], taken: &Range<usize>) -> bool {
    let (from, to) = (taken.start, taken.end);
    let gap = |pair: &[Group]| bytes.get(pair[0].end..pair[1].start).unwrap_or_default();
    let ahead = groups.get(from.saturating_sub(1)..=from).unwrap_or_default();
    let taken = groups.get(from..to).unwrap_or_default();
    let is_blank = |pair: &[Group]| gap(pair).iter().all(|byte| *byte == b' ');
    let follows = ahead.windows(2).any(is_blank);
    let is_wide = taken.windows(2).any(|pair| gap(pair).starts_with(b"  "));
    let rest = groups.get(to - 1..groups.len().min(to + 1)).unwrap_or_default();
    let dialled = groups.get(from).and_then(|group| bytes.get(group.start)) == Some(&b'0');
    let is_followed = !dialled && rest.windows(2).any(is_blank);
    taken.windows(2).all(is_blank) && (follows || is_wide || is_followed)
}

/// Whether the groups are a decimal number with a sign, as in `+35236450.6`.
pub(super) fn is_decimal(bytes: &[u8], groups: &[Group]) -> bool {
    matches!(groups, [whole, fraction] if fraction.len() <= 2 && bytes.get(whole.end..fraction.start) == Some(b"."))
}

/// Whether the groups are a row of numbers: a date in them, a decimal or a negative number, single digits first.
fn is_row(bytes: &[u8], groups: &[Group]) -> bool {
    let separator = |pair: &[Group]| bytes.get(pair[0].end..pair[1].start).unwrap_or_default();
    let spaced = groups.windows(2).filter(|pair| separator(pair) == b" ").count();
    let dotted = groups.windows(2).filter(|pair| separator(pair) == b".").count();
    let negative = groups.windows(2).any(|pair| separator(pair) == b" -");
    let date = groups.windows(3).any(|three| {
        let lengths = (three[0].len(), three[1].len(), three[2].len());
        let same = separator(&three[..2]) == separator(&three[1..]) && separator(&three[..2]) != b" ";
        same && matches!(lengths, (4, 2, 2) | (2, 2, 4))
    });
    let columns =
        groups.first().is_some_and(|first| first.len() == 1) && spaced > 0 && spaced + 1 == groups.len();
    let zeros = groups
        .windows(2)
        .any(|pair| pair[0].len() == 1 && pair[1].len() == 1);
    let north_american = groups.len() == 4 && bytes.get(groups[0].start) == Some(&b'1');
    (dotted > 0 && spaced > 0) || negative || date || zeros || (columns && !north_american)
}

/// Whether the first groups are a date (`31.12.2023`, `2023-12-31`), a decimal number, or a social security number, or
/// all of them a row of numbers.
pub(super) fn is_other(bytes: &[u8], groups: &[Group]) -> bool {
    if is_row(bytes, groups) {
        return true;
    }
    let separator =
        |at: usize| -> Option<&[u8]> { bytes.get(groups.get(at)?.end..groups.get(at + 1)?.start) };
    let length = |at: usize| groups.get(at).map_or(0, |group| group.len());
    let same = separator(0) == separator(1) && matches!(separator(0), Some(b"." | b"-" | b"/"));
    let day_first = (1..=2).contains(&length(0)) && (1..=2).contains(&length(1)) && length(2) == 4;
    let year_first = length(0) == 4 && (1..=2).contains(&length(1)) && (1..=2).contains(&length(2));
    let decimal = length(0) == 1 && separator(0) == Some(b".");
    let social_security =
        same && separator(0) == Some(b"-") && (length(0), length(1), length(2)) == (3, 2, 4);
    (same && (day_first || year_first)) || decimal || social_security
}
