//! The weights of letters: which runs of letters persons, places and other words have, learned from the lists alone.

use std::collections::BTreeMap;

use vault_privacy::names::{
    letters::{GUESSES, ROW_BITS, guess, rows},
    model::{Gazetteer, Model, letter_sums, list},
};

use crate::{crf::MOST, random::Random};

/// In how many parts the words are cut: what is learned from the other parts guesses those of one.
const FOLDS: u64 = 4;
const EPOCHS: u32 = 4;
const RATE: f32 = 0.1;
const DECAY: f32 = 2e-5;

type Weights = Vec<[f32; GUESSES]>;

/// What is learned from all words, and what from all but those of each part.
pub(crate) struct Letters {
    pub(crate) whole: Vec<u8>,
    parts: Vec<Vec<u8>>,
}

impl Letters {
    /// Learns from words with their lists.
    pub(crate) fn learn(words: &BTreeMap<String, u16>) -> Self {
        let told: Vec<(&[u8], usize)> = words
            .iter()
            .filter_map(|(word, lists)| Some((word.as_bytes(), class(*lists)?)))
            .collect();
        let parts = (0..FOLDS)
            .map(|part| learn(told.iter().copied().filter(|(word, _)| part_of(word) != part)))
            .collect();
        Self {
            whole: learn(told.iter().copied()),
            parts,
        }
    }
}

/// The lists of a model, and guesses of every word by what was learned without it.
pub(crate) struct Unseeing<'a, 'm> {
    pub(crate) lists: &'a Model<'m>,
    pub(crate) letters: &'a Letters,
}

impl Gazetteer for Unseeing<'_, '_> {
    fn lists(&self, word: u64) -> u16 {
        self.lists.lists(word)
    }

    fn guess(&self, word: &[u8], lists: u16) -> u8 {
        let part = usize::try_from(part_of(word)).unwrap_or_default();
        let part = self.letters.parts.get(part).filter(|_| lists != 0);
        guess(letter_sums(part.unwrap_or(&self.letters.whole), word))
    }
}

/// What a word is for sure, if its lists agree.
fn class(lists: u16) -> Option<usize> {
    let is = [
        list::FIRST | list::LAST | list::RARE,
        list::CITY | list::REGION,
        list::WORD | list::COMMON,
    ]
    .map(|kinds| lists & kinds != 0);
    match is {
        [true, false, false] => Some(0),
        [false, true, false] => Some(1),
        [false, false, true] => Some(2),
        _ => None,
    }
}

fn part_of(word: &[u8]) -> u64 {
    let hash = word.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 40) % FOLDS
}

/// A regression on the runs of letters; every class weighs the same.
#[expect(clippy::cast_precision_loss, reason = "some hundred thousand words")]
fn learn<'w>(words: impl Iterator<Item = (&'w [u8], usize)>) -> Vec<u8> {
    let mut words: Vec<(&[u8], usize)> = words.collect();
    let mut counts = [1_u32; GUESSES];
    for (_, class) in &words {
        counts[*class] += 1;
    }
    let share = counts.map(|count| words.len() as f32 / (GUESSES as f32 * count as f32));
    let mut weights: Weights = vec![[0.0; GUESSES]; 1 << ROW_BITS];
    let mut squares = weights.clone();
    let mut random = Random(0x2026_1123_0badu64);
    for _ in 0..EPOCHS {
        for at in (1..words.len()).rev() {
            words.swap(at, random.below(at + 1));
        }
        for (word, class) in &words {
            let mut gradient = odds(&weights, word);
            gradient[*class] -= 1.0;
            let gradient = gradient.map(|value| value * share[*class].min(4.0));
            for row in rows(word) {
                let pairs = weights[row].iter_mut().zip(&mut squares[row]);
                for ((weight, square), gradient) in pairs.zip(gradient) {
                    let gradient = gradient + DECAY * *weight;
                    *square += gradient * gradient;
                    *weight = (*weight - RATE * gradient / (square.sqrt() + 1e-2)).clamp(-MOST, MOST);
                }
            }
        }
    }
    weights
        .as_flattened()
        .iter()
        .map(|weight| unit(*weight))
        .collect()
}

/// The probability of each class.
fn odds(weights: &Weights, word: &[u8]) -> [f32; GUESSES] {
    let mut sums = [0.0_f32; GUESSES];
    for row in rows(word) {
        sums.iter_mut()
            .zip(weights[row])
            .for_each(|(sum, weight)| *sum += weight);
    }
    let most = sums.into_iter().fold(f32::MIN, f32::max);
    let odds = sums.map(|sum| (sum - most).exp());
    let total: f32 = odds.iter().sum();
    odds.map(|value| value / total)
}

#[expect(clippy::cast_possible_truncation, reason = "weights are clamped to 127 units")]
fn unit(weight: f32) -> u8 {
    ((weight * 127.0 / MOST).round() as i8).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use vault_privacy::names::model::Model;

    use super::*;
    use crate::{calibrate, crf, lists, rows::Rows, write};

    /// Names that end in *-anna*, places in *-burg*, words in *-ing*, and one name like no other.
    fn words() -> BTreeMap<String, u16> {
        let beginnings = [
            "har", "mil", "sto", "wel", "kor", "bun", "tre", "fal", "gis", "pro",
        ];
        let ends = [("anna", list::FIRST), ("burg", list::CITY), ("ing", list::WORD)];
        let mut words: BTreeMap<String, u16> = beginnings
            .iter()
            .flat_map(|begin| ends.map(|(end, lists)| (format!("{begin}{end}"), lists)))
            .collect();
        words.insert("qqvzzxw".to_owned(), list::LAST);
        words
    }

    #[test]
    fn a_new_word_is_guessed_by_the_letters_that_others_share() {
        let letters = Letters::learn(&words());
        let of = |word: &str| guess(letter_sums(&letters.whole, word.as_bytes())).div_ceil(3);
        assert_eq!([of("susanna"), of("edinburg"), of("dancing")], [1, 2, 3]);
    }

    #[test]
    fn a_word_of_a_list_is_guessed_by_what_was_learned_without_it() {
        let words = words();
        let letters = Letters::learn(&words);
        let bytes = write::model(
            &lists::table(&words).unwrap(),
            &letters.whole,
            &Rows::empty(1),
            &crf::Weights::empty(1),
            &calibrate::identity(),
        );
        let unseeing = Unseeing {
            lists: &Model::parse(&bytes).unwrap(),
            letters: &letters,
        };
        let sums = |weights: &[u8]| letter_sums(weights, b"qqvzzxw")[0];
        let part = usize::try_from(part_of(b"qqvzzxw")).unwrap();
        assert!(sums(&letters.whole) > sums(&letters.parts[part]) + 24);
        assert_eq!(
            unseeing.guess(b"qqvzzxw", list::LAST),
            guess(letter_sums(&letters.parts[part], b"qqvzzxw"))
        );
        assert_eq!(
            unseeing.guess(b"qqvzzxw", 0),
            guess(letter_sums(&letters.whole, b"qqvzzxw"))
        );
    }
}
