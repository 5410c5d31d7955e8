//! How good findings are against labels: precision, recall, and what would have leaked.

use std::collections::BTreeMap;

use serde::Serialize;
use vault_domain::EntityType;

use crate::detection::Detection;

/// A part of a text that is known to be of a type; offsets are code points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What the labels call it; counts stand under this name.
    pub name: String,
    /// The types that a right finding may have; none where the detector does not look for such things.
    pub types: Vec<EntityType>,
    /// The offset of its first character.
    pub start: usize,
    /// The offset after its last character.
    pub end: usize,
}

/// When a finding of the right type counts as right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// When it begins and ends where the label does.
    Exact,
    /// When it shares a character with the label.
    Overlap,
}

/// The counts of one type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Labels.
    pub labelled: u64,
    /// Labels that were found.
    pub found: u64,
    /// Findings.
    pub reported: u64,
    /// Findings that are right.
    pub right: u64,
    /// The characters of labels.
    pub characters: u64,
    /// The characters of labels that no finding of any type covers.
    pub leaked: u64,
}

impl Counts {
    /// The share of findings that are right.
    #[must_use]
    pub fn precision(&self) -> Share {
        Share::new(self.right, self.reported)
    }

    /// The share of labels that were found.
    #[must_use]
    pub fn recall(&self) -> Share {
        Share::new(self.found, self.labelled)
    }

    /// The harmonic mean of precision and recall, with recall `beta` times as important.
    #[must_use]
    pub fn f(&self, beta: f64) -> f64 {
        let (precision, recall) = (self.precision().value, self.recall().value);
        let weighted = beta * beta * precision + recall;
        if weighted > 0.0 {
            (1.0 + beta * beta) * precision * recall / weighted
        } else {
            0.0
        }
    }
}

/// A share, and what it is at least, at 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// What was counted.
    pub value: f64,
    /// The lower bound of the 95 % Wilson interval.
    pub at_least: f64,
}

impl Share {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn new(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self {
                value: 0.0,
                at_least: 0.0,
            };
        }
        let (n, z) = (whole as f64, 1.959_964_f64);
        let value = part as f64 / n;
        let middle = value + z * z / (2.0 * n);
        let width = z * (value * (1.0 - value) / n + z * z / (4.0 * n * n)).sqrt();
        let at_least = ((middle - width) / (1.0 + z * z / n)).clamp(0.0, 1.0);
        Self { value, at_least }
    }
}

/// What went wrong at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// A label was not found.
    Missed,
    /// A finding is none.
    Invented,
}

/// One miss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// What went wrong.
    pub wrong: Wrong,
    /// The type.
    #[serde(rename = "type")]
    pub name: String,
    /// The offset of its first character.
    pub start: usize,
    /// The offset after its last character.
    pub end: usize,
    /// How many characters would have leaked, or were taken for nothing.
    pub characters: usize,
}

/// Counts by type.
#[derive(Debug, Clone)]
pub struct Evaluation {
    matching: Matching,
    counts: BTreeMap<String, Counts>,
}

impl Evaluation {
    /// Nothing counted yet.
    #[must_use]
    pub const fn new(matching: Matching) -> Self {
        Self {
            matching,
            counts: BTreeMap::new(),
        }
    }

    /// The counts so far.
    #[must_use]
    pub const fn counts(&self) -> &BTreeMap<String, Counts> {
        &self.counts
    }

    /// Counts one text; what went wrong in it. Findings of types that are not wanted only keep labels from leaking.
    pub fn add(
        &mut self,
        labels: &[Label],
        found: &[Detection],
        is_wanted: &dyn Fn(&EntityType) -> bool,
    ) -> Vec<Miss> {
        let mut misses = Vec::new();
        for label in labels.iter().filter(|label| !label.types.is_empty()) {
            let is_found = found.iter().any(|item| self.fits(label, item));
            let characters = label.end.saturating_sub(label.start);
            let leaked = characters - covered(label, found).min(characters);
            let counts = self.counts.entry(label.name.clone()).or_default();
            counts.labelled += 1;
            counts.found += u64::from(is_found);
            counts.characters += characters as u64;
            counts.leaked += leaked as u64;
            if !is_found {
                misses.push(miss(Wrong::Missed, &label.name, label.start, label.end, leaked));
            }
        }
        for item in found.iter().filter(|item| is_wanted(&item.entity_type)) {
            let right = labels.iter().find(|label| self.fits(label, item));
            let near = labels
                .iter()
                .find(|label| label.types.contains(&item.entity_type));
            let name = right
                .or(near)
                .map_or(item.entity_type.as_str(), |label| &label.name)
                .to_owned();
            if right.is_none() {
                misses.push(miss(
                    Wrong::Invented,
                    &name,
                    item.start,
                    item.end,
                    item.end - item.start,
                ));
            }
            let counts = self.counts.entry(name).or_default();
            counts.reported += 1;
            counts.right += u64::from(right.is_some());
        }
        misses
    }

    fn fits(&self, label: &Label, item: &Detection) -> bool {
        label.types.contains(&item.entity_type)
            && match self.matching {
                Matching::Exact => (label.start, label.end) == (item.start, item.end),
                Matching::Overlap => label.start < item.end && item.start < label.end,
            }
    }
}

fn miss(wrong: Wrong, name: &str, start: usize, end: usize, characters: usize) -> Miss {
    Miss {
        wrong,
        name: name.to_owned(),
        start,
        end,
        characters,
    }
}

/// How many of a label's characters findings cover; findings do not overlap.
fn covered(label: &Label, found: &[Detection]) -> usize {
    let shared = |item: &Detection| {
        item.end
            .min(label.end)
            .saturating_sub(item.start.max(label.start))
    };
    found.iter().map(shared).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confidence::Confidence;

    fn label(start: usize, end: usize) -> Label {
        Label {
            name: "email".into(),
            types: vec![EntityType::Email],
            start,
            end,
        }
    }

    fn found(entity_type: EntityType, start: usize, end: usize) -> Detection {
        Detection {
            entity_type,
            start,
            end,
            confidence: Confidence::from_percent(90),
            custom: None,
            test_value: false,
        }
    }

    #[test]
    fn what_is_cut_short_counts_by_overlap_alone_and_leaks_its_rest() {
        let (labels, found) = ([label(0, 10)], [found(EntityType::Email, 4, 10)]);
        let mut exact = Evaluation::new(Matching::Exact);
        let wrong: Vec<_> = exact
            .add(&labels, &found, &|_| true)
            .into_iter()
            .map(|miss| (miss.wrong, miss.characters))
            .collect();
        assert_eq!(wrong, [(Wrong::Missed, 4), (Wrong::Invented, 6)]);
        let mut overlap = Evaluation::new(Matching::Overlap);
        assert_eq!(overlap.add(&labels, &found, &|_| true), []);
        let counts = overlap.counts()["email"];
        assert_eq!((counts.found, counts.right, counts.leaked), (1, 1, 4));
    }

    #[test]
    fn another_type_covers_but_is_wrong() {
        let mut evaluation = Evaluation::new(Matching::Overlap);
        let misses = evaluation.add(&[label(0, 10)], &[found(EntityType::Url, 0, 10)], &|_| true);
        assert_eq!(misses.len(), 2);
        assert_eq!(evaluation.counts()["email"].leaked, 0);
        assert_eq!(evaluation.counts()["url"].reported, 1);
    }

    #[test]
    fn bounds_and_means_are_those_of_the_books() {
        let share = Share::new(190, 200);
        assert!(
            (share.value - 0.95).abs() < 1e-9 && (share.at_least - 0.9104).abs() < 1e-3,
            "{share:?}"
        );
        let counts = Counts {
            labelled: 100,
            found: 90,
            reported: 100,
            right: 50,
            ..Counts::default()
        };
        assert!((counts.f(1.0) - 0.642_857).abs() < 1e-6 && (counts.f(2.0) - 0.775_862).abs() < 1e-6);
        assert!(Counts::default().f(2.0).abs() < f64::EPSILON);
    }
}
