//! Lower-case forms of words, and hashes of them.

/// How much of a word counts, in bytes.
const MAX_WORD_BYTES: usize = 40;

/// A word in lower case, digits as zeros.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LowerWord {
    bytes: [u8; MAX_WORD_BYTES + 8],
    length: usize,
}

impl LowerWord {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; MAX_WORD_BYTES + 8],
            length: 0,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.fill(0);
        self.length = 0;
    }

    /// Appends one ASCII byte; what is over the limit is left out.
    pub(crate) fn push_ascii(&mut self, byte: u8) {
        if self.length < MAX_WORD_BYTES {
            let byte = if byte.is_ascii_digit() {
                b'0'
            } else {
                byte.to_ascii_lowercase()
            };
            if let Some(place) = self.bytes.get_mut(self.length) {
                *place = byte;
            }
            self.length += 1;
        }
    }

    pub(crate) fn push(&mut self, character: char) {
        for lower in character.to_lowercase() {
            let mut encoded = [0; 4];
            let encoded = lower.encode_utf8(&mut encoded).as_bytes();
            let end = self.length + encoded.len();
            if end <= MAX_WORD_BYTES {
                if let Some(place) = self.bytes.get_mut(self.length..end) {
                    place.copy_from_slice(encoded);
                }
                self.length = end;
            }
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// The hash of the whole word.
    pub(crate) fn hash(&self) -> u64 {
        hash(self.as_bytes())
    }

    /// The hash of the last bytes, or of the whole of a shorter word.
    pub(crate) fn suffix(&self, bytes: usize) -> u64 {
        let word = self.as_bytes();
        hash(word.get(word.len().saturating_sub(bytes)..).unwrap_or_default())
    }

    /// The hash of the first bytes, or of the whole of a shorter word.
    pub(crate) fn prefix(&self, bytes: usize) -> u64 {
        let word = self.as_bytes();
        hash(word.get(..bytes.min(word.len())).unwrap_or_default())
    }
}

/// A hash that is the same on every machine.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = 0x51_7c_c1_b7_27_22_0a_95_u64 ^ (bytes.len() as u64);
    for chunk in bytes.chunks(8) {
        let mut block = [0; 8];
        for (place, byte) in block.iter_mut().zip(chunk) {
            *place = *byte;
        }
        state = mix(state ^ u64::from_le_bytes(block));
    }
    state
}

/// Spreads the bits of a number.
pub(crate) const fn mix(value: u64) -> u64 {
    let value = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let value = value ^ (value >> 29);
    value.wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (value >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> LowerWord {
        let mut word = LowerWord::new();
        for character in text.chars() {
            if character.is_ascii() {
                word.push_ascii(u8::try_from(character).unwrap_or_default());
            } else {
                word.push(character);
            }
        }
        word
    }

    #[test]
    fn case_and_digits_make_no_difference() {
        assert_eq!(word("ÄrgerNIS12").as_bytes(), "ärgernis00".as_bytes());
        assert_eq!(word("Anna").hash(), word("ANNA").hash());
        assert_ne!(word("Anna").hash(), word("Anne").hash());
    }

    #[test]
    fn long_words_are_cut_and_parts_of_short_ones_are_whole() {
        assert_eq!(word(&"é".repeat(99)).as_bytes().len(), MAX_WORD_BYTES);
        assert_eq!(word("ab").suffix(3), word("ab").hash());
        assert_eq!(word("abcdef").suffix(3), word("def").hash());
        assert_eq!(word("abcdef").prefix(3), word("abc").hash());
    }
}
