//! Weighted sums and remainders (ISO/IEC 7064, and what registrars made up before it).

use super::{digit, value};

/// The sum of the digits, each times its weight; nothing if one is no digit or the lengths differ.
pub(crate) fn weighted(digits: &[u8], weights: &[u32]) -> Option<u32> {
    if digits.len() != weights.len() {
        return None;
    }
    digits
        .iter()
        .zip(weights)
        .try_fold(0, |sum, (byte, weight)| Some(sum + digit(*byte)? * weight))
}

/// ISO/IEC 7064, MOD 11,10: a digit checks any number of digits.
pub(crate) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((check, payload)) = digits.split_last() else {
        return false;
    };
    let product = payload.iter().try_fold(10, |product, byte| {
        let sum = (digit(*byte)? + product) % 10;
        Some(if sum == 0 { 10 } else { sum } * 2 % 11)
    });
    match (product, digit(*check)) {
        (Some(product), Some(check)) => (11 - product) % 10 == check && !payload.is_empty(),
        _ => false,
    }
}

/// ISO/IEC 7064, MOD 11-2: a digit or `X` checks any number of digits.
pub(crate) fn mod_11_2(code: &[u8]) -> bool {
    let Some((check, payload)) = code.split_last() else {
        return false;
    };
    let check = if *check == b'X' { Some(10) } else { digit(*check) };
    let sum = payload
        .iter()
        .try_fold(0, |sum, byte| Some((sum + digit(*byte)?) * 2 % 11));
    match (sum, check) {
        (Some(sum), Some(check)) => (sum + check) % 11 == 1 && !payload.is_empty(),
        _ => false,
    }
}

/// ISO/IEC 7064, MOD 97-10: letters count as two digits, and the whole leaves one.
pub(crate) fn mod_97_10(code: impl IntoIterator<Item = u8>) -> bool {
    let remainder = code.into_iter().try_fold(0_u32, |remainder, byte| {
        let value = value(byte)?;
        Some((remainder * if value < 10 { 10 } else { 100 } + value) % 97)
    });
    remainder == Some(1)
}

/// What a number of any length leaves when it is divided.
pub(crate) fn remainder_of_decimal(digits: &[u8], divisor: u32) -> Option<u32> {
    digits.iter().try_fold(0, |remainder, byte| {
        Some((remainder * 10 + digit(*byte)?) % divisor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_standard_hold() {
        assert!(mod_11_10(b"07945") && mod_11_10(b"86095742719") && !mod_11_10(b"86095742718"));
        assert!(mod_11_2(b"079X") && mod_11_2(b"11010519491231002X") && !mod_11_2(b"0790"));
        assert!(mod_97_10(*b"79444") && !mod_97_10(*b"79445"));
        assert_eq!(weighted(b"123", &[1, 2, 3]), Some(14));
        assert_eq!((weighted(b"12", &[1]), weighted(b"x", &[1])), (None, None));
        assert_eq!(remainder_of_decimal(b"98", 97), Some(1));
    }
}
