//! What the words around one candidate say together.

use super::{
    Hit, Owners, Surroundings,
    heading::is_heading,
    holds, is_single,
    label::{is_direct, is_label, is_suffix},
    meets,
};
use crate::{
    confidence::{Context, Validity},
    recognizer::Candidate,
};

/// What was seen around one candidate so far.
pub(super) struct Near {
    slot: usize,
    context: Context,
    /// Where the last label of its own ends, and whether that speaks for no other type.
    label: Option<(usize, bool)>,
    /// Where the last name of another type ends: a label before it labels something else.
    other_name: usize,
    /// Where the last word ends that calls the candidate something else.
    other_label: usize,
    has_suffix: bool,
    /// Whether a check digit or the like agrees: then a label counts in full that other types share.
    is_checked: bool,
}

impl Near {
    pub(super) const fn new(slot: usize, candidate: &Candidate) -> Self {
        Self {
            slot,
            context: Context::Absent,
            label: None,
            other_name: 0,
            other_label: 0,
            has_suffix: false,
            is_checked: matches!(candidate.validity, Validity::Plausible | Validity::Valid),
        }
    }

    pub(super) fn see(&mut self, text: &[u8], candidate: &Candidate, hit: Hit, numbered: &Owners) {
        let owners = &hit.owners;
        let (mine, alone) = (holds(owners, self.slot), is_single(owners));
        if hit.end <= candidate.start {
            if mine && !self.goes_on(text, hit) {
                let value = (candidate.start, candidate.end);
                if is_label(text, hit.end, candidate.start) || is_heading(text, (hit.start, hit.end), value) {
                    self.label = self.label.max(Some((hit.end, alone)));
                }
                self.context = self.context.max(Context::before(alone));
            } else if !mine {
                if alone {
                    self.other_name = self.other_name.max(hit.end);
                }
                if meets(owners, numbered) && is_direct(text, hit.end, candidate.start) {
                    self.other_label = self.other_label.max(hit.end);
                }
            }
        } else if mine && hit.start >= candidate.end {
            if is_suffix(text, candidate.end, hit.start) {
                self.has_suffix = true;
                if alone || self.is_checked {
                    self.context = Context::Label;
                }
            }
            self.context = self.context.max(Context::after(alone));
        }
    }

    /// `NPI number is`: the words go on from another type's name, and are no name by themselves.
    fn goes_on(&self, text: &[u8], hit: Hit) -> bool {
        let is_number = |word: &[u8]| word.eq_ignore_ascii_case(b"number");
        self.other_name + 1 == hit.start && text.get(hit.start..hit.start + 6).is_some_and(is_number)
    }

    pub(super) fn surroundings(self) -> Surroundings {
        let label = self.label.filter(|(end, _)| *end >= self.other_name);
        let context = match label {
            Some((_, alone)) if alone || self.is_checked => Context::Label,
            _ => self.context,
        };
        let own = label.map_or(0, |(end, _)| end);
        Surroundings {
            context,
            labelled: self.has_suffix || label.is_some(),
            called_other: !self.has_suffix && self.other_label > own,
        }
    }
}
