//! Luhn's check digit (ISO/IEC 7812-1, annex B), and its sibling for 36 characters.

use super::{digit, value};

/// From the right, every second digit counts twice, its digits added; the sum is a multiple of ten.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().try_fold(0, |sum, (index, byte)| {
        let doubled = digit(*byte)? << (index % 2);
        Some(sum + doubled / 10 + doubled % 10)
    });
    digits.len() > 1 && sum.is_some_and(|sum: u32| sum.is_multiple_of(10))
}

/// The same over digits and letters, as India's GSTIN uses it.
pub(crate) fn luhn_mod_36(code: &[u8]) -> bool {
    let sum = code.iter().rev().enumerate().try_fold(0, |sum, (index, byte)| {
        let doubled = value(*byte)? << (index % 2);
        Some(sum + doubled / 36 + doubled % 36)
    });
    code.len() > 1 && sum.is_some_and(|sum: u32| sum.is_multiple_of(36))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_standards_hold() {
        assert!(luhn(b"79927398713") && luhn(b"4111111111111111"));
        assert!(!luhn(b"79927398710") && !luhn(b"") && !luhn(b"0") && !luhn(b"18x"));
        assert!(luhn_mod_36(b"27AAPFU0939F1ZV") && !luhn_mod_36(b"27AAPFU0939F1ZW"));
    }
}
