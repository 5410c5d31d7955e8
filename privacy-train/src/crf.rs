//! The training: a conditional random field over the tokens of a text, by stochastic gradients.

use std::ops::Range;

use vault_privacy::names::{
    decode::{OUTSIDE, TAGS, may_follow},
    features::{CONTEXT, FEATURES, features},
    model::{FROM_TAGS, list},
    spans::blocks,
    token::{Token, shape},
};

use crate::{random::Random, rows::Rows, texts::Text};

const RATE: f32 = 0.12;
const DECAY: f32 = 1e-5;
/// How often, of 256, a listed word is made unknown, so that the words around it must tell.
const UNKNOWN: u64 = 110;
/// How often, of 256, its lists alone stay known.
const UNREAD: u64 = 40;
/// How often, of 256, any other word is made unknown.
const UNKNOWN_COMMON: u64 = 30;
/// How often, of 256, each feature of the words around is left out, so that none is relied on alone.
const DROPPED: u64 = 70;
/// How often, of 256, all of them are.
const ALL_DROPPED: u64 = 40;
/// No weight is larger.
pub(crate) const MOST: f32 = 4.0;

type Scores = [f32; TAGS];

/// What is learned.
pub(crate) struct Weights {
    pub(crate) rows: Vec<Scores>,
    pub(crate) transitions: [Scores; FROM_TAGS],
}

impl Weights {
    pub(crate) fn empty(bits: u32) -> Self {
        Self {
            rows: vec![[0.0; TAGS]; 1 << bits],
            transitions: [[0.0; TAGS]; FROM_TAGS],
        }
    }
}

pub(crate) struct Training<'r> {
    rows: &'r Rows,
    weights: Weights,
    squares: Weights,
    random: Random,
    rate: f32,
    rate_step: f32,
}

impl<'r> Training<'r> {
    #[expect(clippy::cast_precision_loss, reason = "a few epochs")]
    pub(crate) fn new(rows: &'r Rows, epochs: u32) -> Self {
        let bits = rows.owners().len().ilog2();
        Self {
            rows,
            weights: Weights::empty(bits),
            squares: Weights::empty(bits),
            random: Random(0x2026_1122_0badu64),
            rate: RATE,
            rate_step: RATE * 0.85 / (epochs.saturating_sub(1)).max(1) as f32,
        }
    }

    /// Goes through all texts once; the mean loss of a token.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "for show"
    )]
    pub(crate) fn epoch(&mut self, texts: &[Text]) -> f32 {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, self.random.below(at + 1));
        }
        let (mut loss, mut count) = (0.0_f64, 0_usize);
        let mut chain = Chain::default();
        for text in order {
            let text = &texts[text];
            let tokens = self.blurred(&text.tokens);
            for range in blocks(&text.tokens) {
                count += range.len();
                let drop = Drop {
                    random: Random(self.random.next() | 1),
                    all: self.random.next() % 256 < ALL_DROPPED,
                };
                chain.read(&tokens, range.clone(), self.rows, &self.weights, drop);
                let tags = whole(text.tags.get(range).unwrap_or_default());
                loss += f64::from(chain.gradient(&tags, &self.weights.transitions));
                self.update(&chain);
            }
        }
        self.rate -= self.rate_step;
        (loss / count.max(1) as f64) as f32
    }

    pub(crate) fn finish(self) -> Weights {
        self.weights
    }

    /// The tokens, with some names made unknown.
    fn blurred(&mut self, tokens: &[Token]) -> Vec<Token> {
        let whole_text = self.random.next() % 256 < 36;
        let blur = |token: &Token| {
            let draw = self.random.next();
            let mut token = *token;
            if token.lists & (list::NAMES | list::RARE) == 0
                || token.lists & (list::STREET | list::TITLE) != 0
            {
                if draw % 256 < UNKNOWN_COMMON && token.shape & !shape::GLUED <= shape::JOINED {
                    token.word = 6;
                }
                return token;
            }
            if whole_text || draw % 256 < UNKNOWN {
                token.lists &= list::COMMON | list::WORD;
                token.word = 5;
            } else if (draw >> 8) % 256 < UNREAD {
                token.word = 5;
            }
            token
        };
        tokens.iter().map(blur).collect()
    }

    fn update(&mut self, chain: &Chain) {
        for (rows, gradient) in chain.rows.iter().zip(&chain.gradients) {
            for row in rows.iter().flatten() {
                let row = *row;
                step(
                    &mut self.weights.rows[row],
                    &mut self.squares.rows[row],
                    gradient,
                    self.rate,
                );
            }
        }
        let pairs = self
            .weights
            .transitions
            .iter_mut()
            .zip(&mut self.squares.transitions);
        for ((weights, squares), gradient) in pairs.zip(&chain.transition_gradients) {
            step(weights, squares, gradient, self.rate);
        }
    }
}

/// The tags of a run of tokens; a name that began before it begins with it.
fn whole(tags: &[u8]) -> Vec<u8> {
    let mut tags = tags.to_vec();
    if let Some(first) = tags
        .first_mut()
        .filter(|tag| !may_follow(usize::from(**tag), OUTSIDE))
    {
        *first -= 1;
    }
    tags
}

fn step(weights: &mut Scores, squares: &mut Scores, gradient: &Scores, rate: f32) {
    for ((weight, square), gradient) in weights.iter_mut().zip(squares).zip(gradient) {
        let gradient = gradient + DECAY * *weight;
        *square += gradient * gradient;
        *weight = (*weight - rate * gradient / (square.sqrt() + 1e-3)).clamp(-MOST, MOST);
    }
}

/// One run of tokens: scores, sums over all tag sequences, gradients.
#[derive(Default)]
struct Chain {
    rows: Vec<[Option<usize>; FEATURES]>,
    odds: Vec<Scores>,
    mosts: Vec<f32>,
    forward: Vec<Scores>,
    scales: Vec<f32>,
    gradients: Vec<Scores>,
    transition_gradients: [Scores; FROM_TAGS],
}

impl Chain {
    fn read(
        &mut self,
        tokens: &[Token],
        range: Range<usize>,
        rows: &Rows,
        weights: &Weights,
        mut drop: Drop,
    ) {
        self.rows.clear();
        self.odds.clear();
        self.mosts.clear();
        for at in range {
            let mut found = features(tokens, at).map(|feature| rows.of(feature));
            for context in CONTEXT {
                if drop.drops() {
                    found[context] = None;
                }
            }
            let mut score = [0.0_f32; TAGS];
            for row in found.iter().flatten() {
                for (score, weight) in score.iter_mut().zip(&weights.rows[*row]) {
                    *score += weight;
                }
            }
            let most = score.iter().copied().fold(f32::MIN, f32::max);
            self.odds.push(score.map(|value| (value - most).exp()));
            self.mosts.push(most);
            self.rows.push(found);
        }
    }

    /// Computes the gradients against the right tags; the loss.
    fn gradient(&mut self, tags: &[u8], transitions: &[Scores; FROM_TAGS]) -> f32 {
        let table = odds_table(transitions);
        self.forward(&table);
        self.transition_gradients = [[0.0; TAGS]; FROM_TAGS];
        self.gradients.clear();
        self.gradients.resize(self.odds.len(), [0.0; TAGS]);
        let mut backward = [1.0_f32; TAGS];
        let mut loss = 0.0;
        for at in (0..self.odds.len()).rev() {
            let tag = usize::from(tags[at]);
            let mut posterior = self.forward[at];
            posterior
                .iter_mut()
                .zip(&backward)
                .for_each(|(value, back)| *value *= back);
            let total: f32 = posterior.iter().sum();
            for value in &mut posterior {
                *value /= total;
            }
            loss += self.log_odds(at, tag);
            self.gradients[at] = posterior;
            self.gradients[at][tag] -= 1.0;
            let carried = std::array::from_fn(|tag| self.odds[at][tag] * backward[tag] / self.scales[at]);
            if at == 0 {
                for (gradient, value) in self.transition_gradients[FROM_TAGS - 1]
                    .iter_mut()
                    .zip(&self.gradients[0])
                {
                    *gradient += value;
                }
                loss -= transitions[FROM_TAGS - 1][tag];
                break;
            }
            let before = usize::from(tags[at - 1]);
            loss -= transitions[before][tag];
            self.transition_gradients[before][tag] -= 1.0;
            backward = self.pairs(at, &carried, &table);
        }
        loss
    }

    fn log_odds(&self, at: usize, tag: usize) -> f32 {
        // odds and scales are both relative to the token's best score
        self.scales[at].ln() - self.odds[at][tag].max(1e-30).ln()
    }

    fn forward(&mut self, table: &[Scores; FROM_TAGS]) {
        self.forward.clear();
        self.scales.clear();
        for at in 0..self.odds.len() {
            let mut next = [0.0_f32; TAGS];
            if let Some(before) = at.checked_sub(1).map(|at| self.forward[at]) {
                for (from, sum) in before.iter().enumerate() {
                    next.iter_mut()
                        .zip(&table[from])
                        .for_each(|(next, odds)| *next += sum * odds);
                }
            } else {
                next = table[FROM_TAGS - 1];
            }
            next.iter_mut()
                .zip(&self.odds[at])
                .for_each(|(next, odds)| *next *= odds);
            let total: f32 = next.iter().sum::<f32>().max(1e-30);
            for value in &mut next {
                *value /= total;
            }
            self.forward.push(next);
            self.scales.push(total);
        }
    }

    /// Adds what is expected of the step to a token, and goes one token back.
    fn pairs(&mut self, at: usize, carried: &Scores, table: &[Scores; FROM_TAGS]) -> Scores {
        let mut backward = [0.0_f32; TAGS];
        let mut expected = [[0.0_f32; TAGS]; TAGS];
        let mut total = 0.0;
        for from in 0..TAGS {
            for to in 0..TAGS {
                let value = table[from][to] * carried[to];
                backward[from] += value;
                expected[from][to] = self.forward[at - 1][from] * value;
                total += expected[from][to];
            }
        }
        for (gradients, row) in self.transition_gradients.iter_mut().zip(&expected) {
            gradients
                .iter_mut()
                .zip(row)
                .for_each(|(gradient, value)| *gradient += value / total);
        }
        backward
    }
}

fn odds_table(transitions: &[Scores; FROM_TAGS]) -> [Scores; FROM_TAGS] {
    let mut table = [[0.0; TAGS]; FROM_TAGS];
    for (from, row) in table.iter_mut().enumerate() {
        let before = if from == FROM_TAGS - 1 { OUTSIDE } else { from };
        for (tag, odds) in row.iter_mut().enumerate() {
            if may_follow(tag, before) {
                *odds = transitions[from][tag].exp();
            }
        }
    }
    table
}

/// Decides which features of the words around are left out.
struct Drop {
    random: Random,
    all: bool,
}

impl Drop {
    fn drops(&mut self) -> bool {
        self.all || self.random.next() % 256 < DROPPED
    }
}
