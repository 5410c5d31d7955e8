//! From labels of tokens to spans of the text.

use std::ops::Range;

use vault_privacy::{Confidence, span_model::ModelSpan};

use crate::{
    labels::{Labels, Place},
    windows::Token,
};

/// The most that a model is believed, in percent.
const MAX_PERCENT: f32 = 99.0;

/// What a word is, by the mean of its tokens.
struct Word {
    bytes: Range<usize>,
    /// The type in [`Labels::types`], or none.
    kind: Option<usize>,
    probability: f32,
    begins: bool,
}

/// Adds the spans that tokens make; of each token there is a probability for each label.
///
/// Words are whole: what a tokenizer cuts a word into is judged together. Neighbouring words of a type are one span, unless
/// a label says that another one begins.
pub(crate) fn find(
    text: &str,
    tokens: &[Token],
    probabilities: &[f32],
    labels: &Labels,
    found: &mut Vec<ModelSpan>,
) {
    let rows: Vec<&[f32]> = probabilities.chunks_exact(labels.labels.len()).collect();
    let mut open: Option<(Word, f32, u16)> = None;
    let mut from = 0;
    while from < tokens.len().min(rows.len()) {
        let more = tokens
            .windows(2)
            .skip(from)
            .take_while(|pair| is_one_word(text, pair));
        let to = (from + 1 + more.count()).min(rows.len());
        let word = judge(&tokens[from..to], &rows[from..to], labels);
        from = to;
        let goes_on = |span: &Word| word.kind.is_some() && span.kind == word.kind && !word.begins;
        match &mut open {
            Some((span, sum, words)) if goes_on(span) => {
                span.bytes.end = word.bytes.end;
                *sum += word.probability;
                *words += 1;
            }
            _ => {
                push(text, open.take(), labels, found);
                let probability = word.probability;
                open = word.kind.is_some().then_some((word, probability, 1));
            }
        }
    }
    push(text, open, labels, found);
}

/// Whether the second token belongs to the word of the first one. Some tokenizers know no words, but none joins what white
/// space parts.
fn is_one_word(text: &str, pair: &[Token]) -> bool {
    let [one, other] = pair else { return false };
    let between = text.get(one.bytes.start..other.bytes.end).unwrap_or_default();
    one.word.is_some() && one.word == other.word && !between.trim().contains(char::is_whitespace)
}

/// What a word is: the type that its tokens together speak for most.
fn judge(tokens: &[Token], rows: &[&[f32]], labels: &Labels) -> Word {
    let mut sums = vec![0.0_f32; labels.types.len()];
    let mut outside = 0.0;
    for row in rows {
        for (label, probability) in labels.labels.iter().zip(*row) {
            match label.kind {
                Some(kind) => sums[kind] += probability,
                None => outside += probability,
            }
        }
    }
    let best = sums.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    let best = best.filter(|(_, sum)| **sum > outside);
    let kind = best.map(|(kind, _)| kind);
    let first = rows.first().copied().unwrap_or_default();
    let speaks = |place: Place| -> f32 {
        let of_kind = labels.labels.iter().zip(first);
        let of_kind = of_kind.filter(|(label, _)| label.kind == kind && label.place == place);
        of_kind.map(|(_, probability)| probability).sum()
    };
    let count = u16::try_from(rows.len()).map_or(f32::from(u16::MAX), f32::from);
    Word {
        bytes: tokens.first().map_or(0, |token| token.bytes.start)
            ..tokens.last().map_or(0, |token| token.bytes.end),
        kind,
        probability: best.map_or(0.0, |(_, sum)| sum / count.max(1.0)),
        begins: speaks(Place::Begins) > speaks(Place::Continues),
    }
}

/// Adds a span without the white space and the pieces of characters at its ends.
fn push(text: &str, span: Option<(Word, f32, u16)>, labels: &Labels, found: &mut Vec<ModelSpan>) {
    let Some((word, sum, words)) = span else { return };
    let Some(entity_type) = word.kind.and_then(|kind| labels.types.get(kind)) else {
        return;
    };
    let start = text.floor_char_boundary(word.bytes.start);
    let end = text.ceil_char_boundary(word.bytes.end);
    let whole = text.get(start..end).unwrap_or_default();
    let shown = whole.trim();
    if shown.is_empty() {
        return;
    }
    let start = start + (whole.len() - whole.trim_start().len());
    found.push(ModelSpan {
        entity_type: *entity_type,
        start,
        end: start + shown.len(),
        confidence: percent(sum / f32::from(words)),
    });
}

fn percent(probability: f32) -> Confidence {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was brought into the range"
    )]
    let percent = (probability * 100.0).round().clamp(0.0, MAX_PERCENT) as u8;
    Confidence::from_percent(percent)
}
