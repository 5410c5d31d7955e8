//! Check digits, each by the name that its specification gives it.
//!
//! Numbers come as ASCII, without separators, letters in capitals. What is no digit where one is expected makes a
//! check fail, never panic.

mod luhn;
mod modulo;
mod verhoeff;

pub(crate) use luhn::{luhn, luhn_mod_36};
pub(crate) use modulo::{mod_11_2, mod_11_10, mod_97_10, remainder_of_decimal, weighted};
pub(crate) use verhoeff::verhoeff;

/// The value of an ASCII digit; of a letter, its place in the alphabet plus ten, as ISO 7064 and others count.
pub(crate) fn value(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(36)
}

/// The value of an ASCII digit.
pub(crate) fn digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(10)
}

/// The number that these digits write; nothing if one is no digit, or there are more than nine.
pub(crate) fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits
        .iter()
        .try_fold(0, |number, byte| Some(number * 10 + digit(*byte)?))
}

/// Whether all digits are the same, as nobody's number is.
pub(crate) fn all_same(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}
