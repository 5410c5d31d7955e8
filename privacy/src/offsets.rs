//! Offsets in the units that callers count in.

use serde::{Deserialize, Serialize};

use crate::detection::Detection;

/// What an offset counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffsetUnit {
    /// Unicode code points, as Python and Rust's `chars` count.
    #[default]
    #[serde(rename = "code_point")]
    CodePoint,
    /// Bytes of UTF-8.
    #[serde(rename = "utf8")]
    Utf8,
    /// Code units of UTF-16, as JavaScript and Java count.
    #[serde(rename = "utf16")]
    Utf16,
}

impl OffsetUnit {
    const fn width(self, character: char) -> usize {
        match self {
            Self::CodePoint => 1,
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
        }
    }
}

/// The detections of a text, which count code points, with their offsets in another unit.
///
/// Offsets past the end of the text become its length.
#[must_use]
pub fn to_unit(text: &str, detections: &[Detection], unit: OffsetUnit) -> Vec<Detection> {
    let mut converted = detections.to_vec();
    if unit != OffsetUnit::CodePoint {
        convert(text, &mut converted, OffsetUnit::CodePoint, unit);
    }
    converted
}

/// Turns byte offsets that the detector made into code points.
pub(crate) fn bytes_to_code_points(text: &str, detections: &mut [Detection]) {
    if !detections.is_empty() && !text.is_ascii() {
        convert(text, detections, OffsetUnit::Utf8, OffsetUnit::CodePoint);
    }
}

/// Walks the text once over all offsets in order.
fn convert(text: &str, detections: &mut [Detection], from: OffsetUnit, to: OffsetUnit) {
    let mut offsets: Vec<&mut usize> = detections
        .iter_mut()
        .flat_map(|item| [&mut item.start, &mut item.end])
        .collect();
    offsets.sort_unstable();
    let (mut source, mut target) = (0, 0);
    let mut characters = text.chars();
    for offset in offsets {
        while source < *offset {
            let Some(character) = characters.next() else { break };
            source += from.width(character);
            target += to.width(character);
        }
        *offset = target;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vault_domain::EntityType;

    use super::*;
    use crate::confidence::Confidence;

    fn at(start: usize, end: usize) -> Detection {
        Detection {
            entity_type: EntityType::Email,
            start,
            end,
            confidence: Confidence::from_percent(95),
            custom: None,
            test_value: false,
        }
    }

    #[test]
    fn an_emoji_is_one_code_point_four_bytes_and_two_utf_16_units() {
        let text = "😀é a";
        assert_eq!(to_unit(text, &[at(3, 4)], OffsetUnit::Utf8), [at(7, 8)]);
        assert_eq!(to_unit(text, &[at(3, 4)], OffsetUnit::Utf16), [at(4, 5)]);
        assert_eq!(to_unit(text, &[at(3, 4)], OffsetUnit::CodePoint), [at(3, 4)]);
    }

    #[test]
    fn unsorted_and_wild_offsets_do_no_harm() {
        let converted = to_unit("äb", &[at(1, 99), at(0, 1)], OffsetUnit::Utf8);
        assert_eq!(converted, [at(2, 3), at(0, 2)]);
    }

    proptest! {
        #[test]
        fn converted_offsets_cut_the_same_text(text in "\\PC{0,40}", a in 0_usize..41, b in 0_usize..41) {
            let count = text.chars().count();
            let (start, end) = (a.min(b).min(count), a.max(b).min(count));
            let expected: String = text.chars().skip(start).take(end - start).collect();
            let utf8 = to_unit(&text, &[at(start, end)], OffsetUnit::Utf8)[0];
            prop_assert_eq!(text.get(utf8.start..utf8.end), Some(expected.as_str()));
            let units: Vec<u16> = text.encode_utf16().collect();
            let utf16 = to_unit(&text, &[at(start, end)], OffsetUnit::Utf16)[0];
            let cut = String::from_utf16(&units[utf16.start..utf16.end]).ok();
            prop_assert_eq!(cut, Some(expected));
            let mut back = [utf8];
            bytes_to_code_points(&text, &mut back);
            prop_assert_eq!(back[0], at(start, end));
        }
    }
}
