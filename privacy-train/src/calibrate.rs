//! From the model's probabilities to how often it is right, on texts that it was not trained on.

use vault_privacy::names::{
    NameKind,
    model::{CALIBRATION_KNOTS, Model, calibration_place},
    spans::{Block, blocks, runs, runs_in},
};

use crate::texts::Text;

/// A percentage at each knot, for each kind.
pub(crate) type Curves = [[u8; CALIBRATION_KNOTS]; NameKind::ALL.len()];

/// Right and wrong findings near a knot that every knot starts with, so that few findings say little.
const PRIOR: f64 = 2.0;

/// A curve that changes nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "percentages"
)]
pub(crate) fn identity() -> Curves {
    let knot = |at: usize| (100.0 / (1.0 + (-knot_odds(at)).exp())) as u8;
    [std::array::from_fn(knot); NameKind::ALL.len()]
}

#[expect(clippy::cast_precision_loss, reason = "a few knots")]
fn knot_odds(at: usize) -> f32 {
    vault_privacy::names::model::CALIBRATION_FROM + at as f32 / 2.0
}

pub(crate) fn fit(model: &Model<'_>, texts: &[Text]) -> Curves {
    let mut right = [[0.0_f64; CALIBRATION_KNOTS]; NameKind::ALL.len()];
    let mut all = [[0.0_f64; CALIBRATION_KNOTS]; NameKind::ALL.len()];
    let mut block = Block::default();
    for text in texts {
        let labels: Vec<_> = runs(&text.tags).collect();
        for range in blocks(&text.tokens) {
            for (run, probability) in runs_in(&text.tokens, range, model, &mut block) {
                let is_right = labels.iter().any(|label| {
                    let (shared_from, shared_to) = (label.from.max(run.from), label.to.min(run.to));
                    let (from, to) = (label.from.min(run.from), label.to.max(run.to));
                    label.kind == run.kind
                        && shared_from < shared_to
                        && 2 * (shared_to - shared_from) >= to - from
                });
                add(&mut all[run.kind.index()], probability, 1.0);
                add(
                    &mut right[run.kind.index()],
                    probability,
                    f64::from(u8::from(is_right)),
                );
            }
        }
    }
    std::array::from_fn(|kind| rising(&right[kind], &all[kind]))
}

/// Shares a finding between the two knots around its probability.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the place is within the curve"
)]
fn add(counts: &mut [f64; CALIBRATION_KNOTS], probability: f32, value: f64) {
    let place = calibration_place(probability);
    let (at, part) = (place as usize, f64::from(place.fract()));
    counts[at] += value * (1.0 - part);
    counts[(at + 1).min(CALIBRATION_KNOTS - 1)] += value * part;
}

/// The rising curve that fits best: neighbours that fall are taken together.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "percentages"
)]
fn rising(right: &[f64; CALIBRATION_KNOTS], all: &[f64; CALIBRATION_KNOTS]) -> [u8; CALIBRATION_KNOTS] {
    let mut groups: Vec<(f64, f64, usize)> = Vec::new();
    for (at, (right, all)) in right.iter().zip(all).enumerate() {
        let prior = 1.0 / (1.0 + f64::from(-knot_odds(at)).exp());
        groups.push((right + PRIOR * prior, all + PRIOR, 1));
        while let [.., (r1, a1, n1), (r2, a2, n2)] = groups.as_slice() {
            if r1 / a1 <= r2 / a2 {
                break;
            }
            let joined = (r1 + r2, a1 + a2, n1 + n2);
            groups.truncate(groups.len() - 2);
            groups.push(joined);
        }
    }
    let mut curve = [0; CALIBRATION_KNOTS];
    let values = groups
        .iter()
        .flat_map(|(right, all, knots)| std::iter::repeat_n((100.0 * right / all).round() as u8, *knots));
    curve
        .iter_mut()
        .zip(values)
        .for_each(|(knot, value)| *knot = value);
    curve
}
