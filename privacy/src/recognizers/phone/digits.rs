//! The digits of a candidate, without what is written but not dialled.

use super::{MAX_DIGITS, writing::Form};
use crate::recognizer::Group;

/// Up to fifteen digits.
pub(super) struct Digits {
    bytes: [u8; MAX_DIGITS],
    length: usize,
}

impl Digits {
    /// Reads the groups; nothing if they hold too many digits.
    pub(super) fn read(bytes: &[u8], groups: &[Group], form: Form) -> Option<Self> {
        let mut digits = Self {
            bytes: [0; MAX_DIGITS],
            length: 0,
        };
        for (index, group) in groups.iter().enumerate() {
            let skipped = form == Form::International && index > 0 && is_trunk_in_parentheses(bytes, *group);
            if !skipped {
                let end = digits.length + group.len();
                digits
                    .bytes
                    .get_mut(digits.length..end)?
                    .copy_from_slice(bytes.get(group.start..group.end)?);
                digits.length = end;
            }
        }
        Some(digits)
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn as_str(&self) -> &str {
        self.bytes
            .get(..self.length)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

/// `+44 (0)20 ...`: the zero is dialled within the country only.
fn is_trunk_in_parentheses(bytes: &[u8], group: Group) -> bool {
    group
        .start
        .checked_sub(1)
        .and_then(|start| bytes.get(start..=group.end))
        == Some(b"(0)")
}
