//! Finds words of a list in a text: those that start where a word starts, in any case of ASCII letters.

/// How many buckets there are; a power of two.
const BUCKETS: usize = 8192;
/// Words up to this length are parts of codes where a digit follows.
const SHORT_BYTES: usize = 3;

/// A list of words, by their first letters.
#[derive(Debug, Clone, Default)]
pub(crate) struct WordIndex {
    /// In lowercase.
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
            let word = word.as_ref().to_ascii_lowercase();
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
        let Some([first, second, rest @ ..]) = text.get(start..) else {
            return;
        };
        let (first, second) = (first.to_ascii_lowercase(), second.to_ascii_lowercase());
        let third = rest.first().map_or(0, u8::to_ascii_lowercase);
        let mut look = |third: u8, exact: Option<usize>| {
            for number in self
                .buckets
                .get(bucket(first, second, third))
                .into_iter()
                .flatten()
            {
                let word = self.words.get(*number).map_or(&[][..], Vec::as_slice);
                let end = start + word.len();
                let fits = exact.is_none_or(|length| word.len() == length);
                if fits
                    && text
                        .get(start..end)
                        .is_some_and(|shown| shown.eq_ignore_ascii_case(word))
                {
                    found(*number, end);
                }
            }
        };
        look(third, None);
        if third != 0 {
            look(0, Some(2));
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

/// Whether a word starts here: no ASCII letter or digit stands before it.
pub(crate) fn starts_word(text: &[u8], start: usize) -> bool {
    !start
        .checked_sub(1)
        .and_then(|at| text.get(at))
        .is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether a word that started at `start` ends here: no ASCII letter follows it, and no digit a short one.
pub(crate) fn ends_word(text: &[u8], start: usize, end: usize) -> bool {
    match text.get(end) {
        Some(byte) if byte.is_ascii_digit() => end - start > SHORT_BYTES,
        Some(byte) => !byte.is_ascii_alphabetic(),
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
                assert!(text.as_bytes()[start..end].eq_ignore_ascii_case(words[number].as_bytes()));
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
}
