//! Verhoeff's check digit: the multiplication of the dihedral group of order ten, with a permutation by place.

use super::digit;

const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/// Whether the digits, the check digit last, multiply to zero.
pub(crate) fn verhoeff(digits: &[u8]) -> bool {
    let product = digits
        .iter()
        .rev()
        .enumerate()
        .try_fold(0, |product, (place, byte)| {
            let permuted = (0..place % 8).fold(digit(*byte)?, |value, _| permute(value));
            Some(multiply(product, permuted))
        });
    digits.len() > 1 && product == Some(0)
}

fn permute(value: u32) -> u32 {
    PERMUTATION.get(value as usize).copied().unwrap_or_default()
}

/// Zero to four are rotations, five to nine reflections of a pentagon.
const fn multiply(left: u32, right: u32) -> u32 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right) % 5,
        (false, true) => 5 + (left + 5 - right) % 5,
        (false, false) => (left + 5 - right) % 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_hold_and_every_changed_digit_shows() {
        assert!(verhoeff(b"2363") && verhoeff(b"234123412346") && verhoeff(b"758722"));
        for at in 0..12 {
            for digit in b'0'..=b'9' {
                let mut number = *b"234123412346";
                let same = number[at] == digit;
                number[at] = digit;
                assert_eq!(verhoeff(&number), same);
            }
        }
    }
}
