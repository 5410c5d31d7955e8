//! What a word's letters make it likely to be, for words that no list has.

use super::words::mix;

/// What a word may be by its letters: part of a person's name, part of a place's name, another word.
pub const GUESSES: usize = 3;
/// How many rows of weights there are, as a power of two.
pub const ROW_BITS: u32 = 17;
/// The shortest and the longest run of bytes that has a weight; the word's begin and end count as a byte each.
const RUNS: std::ops::RangeInclusive<usize> = 2..=5;
/// How much of a word is read, in bytes.
const MOST_BYTES: usize = 24;
/// From how far above the second guess on the first one is taken for likely, and for sure; in units of weights.
const LIKELY: [i16; 2] = [24, 72];

/// The rows of weights of a word, as places.
pub fn rows(word: &[u8]) -> impl Iterator<Item = usize> {
    let mut bytes = [0_u8; MOST_BYTES + 2];
    let length = word.len().min(MOST_BYTES);
    let (first, rest) = bytes.split_at_mut(1);
    first.fill(b'^');
    for (place, byte) in rest.iter_mut().zip(word.iter().take(length)) {
        *place = *byte;
    }
    if let Some(end) = bytes.get_mut(length + 1) {
        *end = b'$';
    }
    RUNS.flat_map(move |run| {
        (0..(length + 3).saturating_sub(run)).filter_map(move |from| row(bytes.get(from..from + run)?))
    })
}

fn row(run: &[u8]) -> Option<usize> {
    let packed = run.iter().fold(0, |packed, byte| packed << 8 | u64::from(*byte));
    usize::try_from(mix(packed) >> (64 - ROW_BITS)).ok()
}

/// What the sums of a word's weights say: the guess, and one of three levels of how sure it is; never 0.
#[must_use]
pub fn guess(sums: [i16; GUESSES]) -> u8 {
    let (mut best, mut second) = (0, i16::MIN);
    for (at, sum) in sums.into_iter().enumerate().skip(1) {
        if sum > sums[best] {
            second = sums[best];
            best = at;
        } else {
            second = second.max(sum);
        }
    }
    let above = sums[best].saturating_sub(second);
    let level = LIKELY.iter().filter(|least| above >= **least).count();
    u8::try_from(1 + best * (LIKELY.len() + 1) + level).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_of_a_word_and_its_ends_has_a_row() {
        // `^ab$`: three runs of two, two of three, one of four, none of five
        assert_eq!(rows(b"ab").count(), 6);
        assert!(rows(b"ab").all(|row| row < 1 << ROW_BITS));
        assert_eq!(rows(&[b'a'; 99]).count(), rows(&[b'a'; MOST_BYTES]).count());
        assert_ne!(rows(b"ab").next(), rows(b"ba").next());
    }

    #[test]
    fn the_guess_is_the_largest_sum_and_how_far_it_stands_above() {
        assert_eq!(guess([5, 0, 0]), 1);
        assert_eq!(guess([24, 0, 0]), 2);
        assert_eq!(guess([0, 90, -90]), 6);
        assert_eq!(guess([0, 100, 200]), 9);
        assert_eq!(guess([-10, -20, -15]), 1);
    }
}
