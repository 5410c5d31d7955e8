//! Finds words of a list in a text: those that start where a word starts, in any case of Latin letters.
//!
//! A space in a word also stands for `_` and `-`, and for the hump of `camelCase`: names of fields in texts are words too.

/// How many buckets there are; a power of two.
const BUCKETS: usize = 8192;
/// Words up to this length are parts of codes where a digit follows.
const SHORT_BYTES: usize = 3;

/// A list of words, by their first letters.
#[derive(Debug, Clone, Default)]
pub(crate) struct WordIndex {
    /// In lowercase, with spaces for what joins words.
    words: Vec<Vec<u8>>,
    /// Words of three bytes and more, by the hash of three; words of two bytes, by the hash of these and a zero.
    buckets: Vec<Vec<usize>>,
}

impl WordIndex {
    /// An index of lowercase words of two bytes or more; shorter ones are never found. Words go by their number.
    pub(crate) fn new<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> Self {
        let mut index = Self {
            words: Vec::new(),
            buckets: vec![Vec::new(); BUCKETS],
        };
        for word in words {
            let word = word.as_ref();
            let word: Vec<u8> = (0..word.len()).filter_map(|at| folded(word, at)).collect();
            if let [first, second, rest @ ..] = word.as_slice() {
                let third = rest.first().copied().unwrap_or_default();
                index.buckets[bucket(*first, *second, third)].push(index.words.len());
            }
            index.words.push(word);
        }
        index
    }

    /// Calls back with the number and the end of each word that starts here.
    pub(crate) fn at(&self, text: &[u8], start: usize, mut found: impl FnMut(usize, usize)) {
        let (Some(first), Some(second)) = (folded(text, start), folded(text, start + 1)) else {
            return;
        };
        let third = folded(text, start + 2).unwrap_or_default();
        let mut look = |third: u8, exact: Option<usize>| {
            let bucket = self.buckets.get(bucket(first, second, third));
            for number in bucket.into_iter().flatten() {
                let word = self.words.get(*number).map_or(&[][..], Vec::as_slice);
                let fits = exact.is_none_or(|length| word.len() == length);
                if let Some(end) = end_of(text, start, word).filter(|_| fits) {
                    found(*number, end);
                }
            }
        };
        look(third, None);
        if third != 0 {
            look(0, Some(2));
        }
        if is_hump(text, start + 2) {
            look(b' ', None);
        }
    }

    /// Whether there are no words.
    pub(crate) const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

const fn bucket(first: u8, second: u8, third: u8) -> usize {
    let key = first as usize | (second as usize) << 8 | (third as usize) << 16;
    (key.wrapping_mul(0x9E37_79B1) >> 11) & (BUCKETS - 1)
}

/// Where a word ends that starts here.
fn end_of(text: &[u8], start: usize, word: &[u8]) -> Option<usize> {
    let mut at = start;
    for byte in word {
        if folded(text, at) == Some(*byte) {
            at += 1;
        } else if *byte != b' ' || !is_hump(text, at) {
            return None;
        }
    }
    Some(at)
}

/// A byte as it stands in words: letters small, those of Latin-1 too, and a space for what joins words.
fn folded(text: &[u8], at: usize) -> Option<u8> {
    let byte = text.get(at)?.to_ascii_lowercase();
    match byte {
        b'_' | b'-' => Some(b' '),
        // `É` and its like, the second byte of them.
        0x80..=0x9e if at > 0 && text.get(at - 1) == Some(&0xc3) => Some(byte + 0x20),
        _ => Some(byte),
    }
}

/// Whether a word of `camelCase` starts here, after two letters or more: `iPhone` is one word. Letters beyond ASCII count as small
/// ones, as in `identitàNumero`.
fn is_hump(text: &[u8], at: usize) -> bool {
    let letter = |at: Option<usize>, is: fn(&u8) -> bool| at.and_then(|at| text.get(at)).is_some_and(is);
    let (before, after) = (at.checked_sub(1), at.checked_add(1));
    letter(Some(at), u8::is_ascii_uppercase)
        && letter(at.checked_sub(2), |byte| {
            byte.is_ascii_alphabetic() || !byte.is_ascii()
        })
        && (letter(before, |byte| byte.is_ascii_lowercase() || !byte.is_ascii())
            || (letter(before, u8::is_ascii_uppercase) && letter(after, u8::is_ascii_lowercase)))
}

/// Whether a word starts here: no ASCII letter or digit stands before it, or it is a hump.
pub(crate) fn starts_word(text: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    !before.is_some_and(u8::is_ascii_alphanumeric) || is_hump(text, start)
}

/// Whether a word that started at `start` ends here: no ASCII letter follows it but a hump, and no digit a short one.
pub(crate) fn ends_word(text: &[u8], start: usize, end: usize) -> bool {
    match text.get(end) {
        Some(byte) if byte.is_ascii_digit() => end - start > SHORT_BYTES,
        Some(byte) => !byte.is_ascii_alphabetic() || is_hump(text, end),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str], text: &str) -> Vec<(usize, usize)> {
        let index = WordIndex::new(words);
        let mut all = Vec::new();
        for start in 0..text.len() {
            index.at(text.as_bytes(), start, |number, end| {
                assert!(words[number].len() >= end - start);
                all.push((start, end));
            });
        }
        all
    }

    #[test]
    fn words_are_found_in_any_case_and_at_the_end() {
        let words = ["mr", "mrs", "born", "date of birth", "né", "여권"];
        assert_eq!(found(&words, "MR"), [(0, 2)]);
        assert_eq!(found(&words, "Mrs. X"), [(0, 3), (0, 2)]);
        assert_eq!(found(&words, "Date of BIRTH"), [(0, 13)]);
        assert_eq!(found(&words, "né 여권"), [(0, 3), (4, 10)]);
        assert!(found(&words, "m").is_empty() && found(&words, "").is_empty());
    }
    #[test]
    fn names_of_fields_are_words_too() {
        let words = [
            "us passport",
            "social insurance number",
            "numéro national",
            "cpr-nr",
        ];
        for (text, end) in [
            ("us_passport", 11),
            ("US-Passport=", 11),
            ("usPassport", 10),
            ("socialInsuranceNumber", 21),
            ("SOCIAL_INSURANCE_NUMBER", 23),
            ("NUMÉRO NATIONAL", 16),
            ("cpr nr", 6),
        ] {
            assert_eq!(found(&words, text), [(0, end)], "{text}");
        }
        assert!(found(&words, "us  passport").is_empty() && found(&words, "uspassport").is_empty());
    }

    #[test]
    fn humps_start_and_end_words() {
        assert!(starts_word(b"customerPesel", 8) && ends_word(b"nhsNumber", 0, 3));
        assert!(starts_word(b"theNHSNumber", 3) && ends_word(b"NHSNumber", 0, 3));
        assert!(!starts_word(b"iPhone", 1) && !starts_word(b"PESEL", 2) && !ends_word(b"PESEL", 0, 2));
    }
}
