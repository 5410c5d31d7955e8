//! The bytes of a model, as `vault_privacy::names::model` reads them.

use vault_privacy::names::model::{MAGIC, PADDING, row_mark};

use crate::{
    calibrate::Curves,
    crf::{MOST, Weights},
    rows::Rows,
};

pub(crate) fn model(
    lists: &[u32],
    letters: &[u8],
    rows: &Rows,
    weights: &Weights,
    curves: &Curves,
) -> Vec<u8> {
    let scale = MOST / 127.0;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&weights.rows.len().ilog2().to_le_bytes());
    bytes.extend_from_slice(&lists.len().ilog2().to_le_bytes());
    bytes.extend_from_slice(&scale.to_bits().to_le_bytes());
    bytes.extend_from_slice(curves.as_flattened());
    for weight in weights.transitions.as_flattened() {
        bytes.extend_from_slice(&units(*weight, scale).to_le_bytes());
    }
    bytes.extend(lists.iter().flat_map(|slot| slot.to_le_bytes()));
    bytes.extend_from_slice(letters);
    for (owner, row) in rows.owners().iter().zip(&weights.rows) {
        bytes.push(if *owner == 0 { 0 } else { row_mark(*owner) });
        bytes.extend(row.iter().map(|weight| {
            i8::try_from(units(*weight, scale))
                .unwrap_or_default()
                .cast_unsigned()
        }));
    }
    bytes.extend_from_slice(&[0; PADDING]);
    bytes
}

#[expect(clippy::cast_possible_truncation, reason = "weights are clamped to 127 units")]
fn units(weight: f32, scale: f32) -> i16 {
    (weight / scale).round() as i16
}
