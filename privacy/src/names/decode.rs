//! The best sequence of tags, and the probability of a name in it.

use super::{
    NameKind,
    model::{FROM_TAGS, Model},
};

/// Outside any name, and for each kind its first token and its further ones.
pub const TAGS: usize = 1 + 2 * NameKind::ALL.len();
/// The tag of tokens that are in no name.
pub const OUTSIDE: usize = 0;

/// The tag of a name's first token.
#[must_use]
pub const fn begin_tag(kind: NameKind) -> usize {
    1 + 2 * kind.index()
}

/// The tag of a name's further tokens.
#[must_use]
pub const fn inside_tag(kind: NameKind) -> usize {
    2 + 2 * kind.index()
}

/// The kind of name that a token with this tag begins or goes on with.
#[must_use]
pub fn kind_of(tag: usize) -> Option<NameKind> {
    NameKind::ALL.get(tag.checked_sub(1)? / 2).copied()
}

/// Whether one tag may follow another; the start counts as outside.
#[must_use]
pub const fn may_follow(tag: usize, before: usize) -> bool {
    let is_inside = tag > 0 && tag.is_multiple_of(2);
    !is_inside || before == tag || before + 1 == tag
}

/// What a token loses for being outside any name, in units of weights: a name is weighed from a probability of about a
/// quarter on, since its confidence says how often it is right.
const OUTSIDE_LOSS: i16 = 36;

/// What a token loses for being in a place's name: of names that may be either, more are persons', and a person matters
/// more.
const LOCATION_LOSS: i16 = 14;

/// The score of what is not allowed.
const NEVER: i32 = i32::MIN / 4;

/// Finds the best sequence of tags for the scores of tokens, coming from and going to nothing.
pub fn best_tags(model: &Model<'_>, scores: &[[i16; TAGS]], paths: &mut Vec<[u8; TAGS]>, tags: &mut Vec<u8>) {
    paths.clear();
    tags.clear();
    let mut best = [NEVER; TAGS];
    for (at, score) in scores.iter().enumerate() {
        let mut score = *score;
        score[OUTSIDE] = score[OUTSIDE].saturating_sub(OUTSIDE_LOSS);
        for tag in [begin_tag(NameKind::Location), inside_tag(NameKind::Location)] {
            score[tag] = score[tag].saturating_sub(LOCATION_LOSS);
        }
        let mut next = [NEVER; TAGS];
        let mut path = [0_u8; TAGS];
        for tag in 0..TAGS {
            let (from, value) = if at == 0 {
                let start = if may_follow(tag, OUTSIDE) {
                    i32::from(model.transitions()[FROM_TAGS - 1][tag])
                } else {
                    NEVER
                };
                (OUTSIDE, start)
            } else {
                best_before(model, &best, tag)
            };
            next[tag] = value.saturating_add(i32::from(score[tag]));
            path[tag] = u8::try_from(from).unwrap_or_default();
        }
        best = next;
        paths.push(path);
    }
    let mut tag = (0..TAGS).max_by_key(|tag| best[*tag]).unwrap_or(OUTSIDE);
    for path in paths.iter().rev() {
        tags.push(u8::try_from(tag).unwrap_or_default());
        tag = usize::from(path[tag]);
    }
    tags.reverse();
}

fn best_before(model: &Model<'_>, best: &[i32; TAGS], tag: usize) -> (usize, i32) {
    let transitions = model.transitions();
    let mut found = (OUTSIDE, NEVER);
    if tag > 0 && tag.is_multiple_of(2) {
        for from in [tag - 1, tag] {
            let value = best[from].saturating_add(i32::from(transitions[from][tag]));
            if value > found.1 {
                found = (from, value);
            }
        }
        return found;
    }
    for (from, value) in best.iter().enumerate() {
        let value = value.saturating_add(i32::from(transitions[from][tag]));
        if value > found.1 {
            found = (from, value);
        }
    }
    found
}

/// The probability that exactly the tokens `from..to` are one name of a kind, given that there is nothing before and
/// after the scored tokens.
#[must_use]
pub fn probability(model: &Model<'_>, scores: &[[i16; TAGS]], from: usize, to: usize, kind: NameKind) -> f32 {
    let table = odds_of_transitions(model);
    let mut all = Forward::new(&table);
    let mut this = Forward::new(&table);
    for (at, score) in scores.iter().enumerate() {
        let odds = odds(score, model.scale());
        all.step(&odds, |_| true);
        this.step(&odds, |tag| match at {
            _ if at == from => tag == begin_tag(kind),
            _ if at > from && at < to => tag == inside_tag(kind),
            _ if at == to => tag != inside_tag(kind),
            _ => true,
        });
    }
    (this.log_sum() - all.log_sum()).exp().clamp(0.0, 1.0)
}

fn odds(score: &[i16; TAGS], scale: f32) -> [f32; TAGS] {
    let most = f32::from(score.iter().copied().max().unwrap_or_default());
    score.map(|value| ((f32::from(value) - most) * scale).exp())
}

fn odds_of_transitions(model: &Model<'_>) -> [[f32; TAGS]; FROM_TAGS] {
    let mut table = [[0.0; TAGS]; FROM_TAGS];
    for (from, row) in table.iter_mut().enumerate() {
        for (tag, odds) in row.iter_mut().enumerate() {
            let before = if from == FROM_TAGS - 1 { OUTSIDE } else { from };
            if may_follow(tag, before) {
                *odds = (f32::from(model.transitions()[from][tag]) * model.scale()).exp();
            }
        }
    }
    table
}

/// The sum over all sequences up to a token, by the last tag.
struct Forward<'t> {
    table: &'t [[f32; TAGS]; FROM_TAGS],
    sums: Option<[f32; TAGS]>,
    log: f32,
}

impl<'t> Forward<'t> {
    const fn new(table: &'t [[f32; TAGS]; FROM_TAGS]) -> Self {
        Self {
            table,
            sums: None,
            log: 0.0,
        }
    }

    fn step(&mut self, odds: &[f32; TAGS], is_allowed: impl Fn(usize) -> bool) {
        let mut next = [0.0_f32; TAGS];
        match &self.sums {
            None => next = self.table[FROM_TAGS - 1],
            Some(sums) => {
                for (from, sum) in sums.iter().enumerate() {
                    for (next, odds) in next.iter_mut().zip(&self.table[from]) {
                        *next += sum * odds;
                    }
                }
            }
        }
        for (tag, value) in next.iter_mut().enumerate() {
            *value *= if is_allowed(tag) { odds[tag] } else { 0.0 };
        }
        let total: f32 = next.iter().sum();
        if total > 0.0 {
            for value in &mut next {
                *value /= total;
            }
        }
        self.log += total.ln();
        self.sums = Some(next);
    }

    const fn log_sum(&self) -> f32 {
        self.log
    }
}
