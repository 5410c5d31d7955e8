//! Settles, once for all types, which of several overlapping findings stands.

use std::{cmp::Reverse, collections::BTreeMap};

use vault_domain::EntityType;

use crate::{confidence::Confidence, custom::CustomTypeId};

/// A validated finding with byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scored {
    pub(crate) entity_type: EntityType,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) confidence: Confidence,
    pub(crate) specificity: u8,
    pub(crate) custom: Option<CustomTypeId>,
}

/// The specificity of names that the tagger found.
pub(crate) const NAME: u8 = 0;
/// Names are no surer than this beside patterns: a number that its label names is no street's.
const NAME_BESIDE_PATTERNS: Confidence = Confidence::from_percent(84);

/// From here on a finding is rather right than wrong.
const LIKELY: Confidence = Confidence::from_percent(50);

/// Leaves findings that do not overlap, sorted by offset.
///
/// Of two that overlap, the surer one stands, then the more specific one, then the longer one, then the earlier one.
pub(crate) fn resolve(found: &mut Vec<Scored>) {
    found.sort_unstable_by_key(|item| (item.start, item.end, item.entity_type));
    if found.windows(2).all(|pair| pair[0].end <= pair[1].start) {
        return;
    }
    let mut by_rank = found.clone();
    by_rank.sort_unstable_by_key(|item| {
        let length = item.end.saturating_sub(item.start);
        (
            Reverse(rank(item)),
            Reverse(item.specificity),
            Reverse(length),
            item.start,
            item.entity_type,
        )
    });
    let mut kept: BTreeMap<usize, Scored> = BTreeMap::new();
    for item in by_rank {
        let before = kept.range(..item.end).next_back();
        if before.is_none_or(|(_, earlier)| earlier.end <= item.start) {
            kept.insert(item.start, item);
        }
    }
    found.clear();
    found.extend(kept.into_values());
}

fn rank(item: &Scored) -> Confidence {
    if item.specificity == NAME {
        item.confidence.min(NAME_BESIDE_PATTERNS)
    } else if item.custom.is_some() && item.confidence >= LIKELY {
        // what somebody described by hand is no guessed name
        item.confidence.max(NAME_BESIDE_PATTERNS)
    } else {
        item.confidence
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scored(start: usize, end: usize, percent: u8, specificity: u8) -> Scored {
        Scored {
            entity_type: EntityType::Email,
            start,
            end,
            confidence: Confidence::from_percent(percent),
            specificity,
            custom: None,
        }
    }

    fn resolved(mut found: Vec<Scored>) -> Vec<Scored> {
        resolve(&mut found);
        found
    }

    #[test]
    fn confidence_wins_then_specificity_then_length() {
        let (sure, unsure) = (scored(5, 6, 90, 1), scored(0, 20, 80, 9));
        assert_eq!(resolved(vec![unsure, sure]), [sure]);
        let (special, general) = (scored(5, 6, 80, 9), scored(0, 20, 80, 1));
        assert_eq!(resolved(vec![general, special]), [special]);
        let (long, short) = (scored(0, 9, 80, 5), scored(2, 6, 80, 5));
        assert_eq!(resolved(vec![short, long]), [long]);
    }

    #[test]
    fn a_labelled_number_is_no_part_of_a_name() {
        let (name, number) = (scored(0, 20, 97, NAME), scored(8, 18, 90, 75));
        assert_eq!(resolved(vec![name, number]), [number]);
        let doubtful = scored(8, 18, 80, 75);
        assert_eq!(resolved(vec![doubtful, name]), [name]);
    }

    #[test]
    fn what_somebody_described_is_no_name() {
        let described = |percent| Scored {
            custom: Some(CustomTypeId(0)),
            ..scored(8, 18, percent, 50)
        };
        let name = scored(8, 18, 97, NAME);
        assert_eq!(resolved(vec![name, described(70)]), [described(70)]);
        assert_eq!(resolved(vec![name, described(40)]), [name]);
    }

    #[test]
    fn neighbours_that_only_touch_both_stand() {
        let (left, right) = (scored(0, 5, 80, 5), scored(5, 9, 60, 5));
        assert_eq!(resolved(vec![right, left]), [left, right]);
    }

    proptest! {
        #[test]
        fn what_stands_is_sorted_disjoint_and_explains_every_loss(
            items in prop::collection::vec((0_usize..60, 1_usize..12, 0_u8..5, 0_u8..3), 0..40)
        ) {
            let all: Vec<_> = items.iter().map(|(at, len, p, s)| scored(*at, at + len, *p, *s)).collect();
            let kept = resolved(all.clone());
            for pair in kept.windows(2) {
                prop_assert!(pair[0].end <= pair[1].start);
            }
            for lost in all.iter().filter(|item| !kept.contains(item)) {
                let beaten = kept.iter().any(|winner| {
                    winner.start < lost.end && lost.start < winner.end
                        && (rank(winner), winner.specificity) >= (rank(lost), lost.specificity)
                });
                prop_assert!(beaten);
            }
        }
    }
}
