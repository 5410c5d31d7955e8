//! Names among the findings of a text.

use vault_domain::EntityType;

use super::Detector;
use crate::{
    confidence::Confidence,
    names::{NameKind, Named, NamesScratch},
    resolve::{self, Scored},
};

/// The types of names.
pub(super) const TYPES: [EntityType; 4] = [
    EntityType::Person,
    EntityType::Address,
    EntityType::Location,
    EntityType::Organization,
];

/// Buffers, and the names of the last text.
#[derive(Default)]
pub(super) struct NameFinder {
    buffers: NamesScratch,
    tagged: Vec<Named>,
    names: Vec<Scored>,
}

impl Detector {
    /// Adds the names in a text to what was found.
    pub(super) fn find_names(&self, text: &str, finder: &mut NameFinder, found: &mut Vec<Scored>) {
        finder.names.clear();
        let Some(tagger) = &self.tagger else {
            return;
        };
        tagger.tag(text, &mut finder.buffers, &mut finder.tagged);
        let wanted = self.entity_types.as_deref();
        let scored = finder
            .tagged
            .iter()
            .map(scored)
            .filter(|name| name.confidence >= self.min_confidence)
            .filter(|name| wanted.is_none_or(|wanted| wanted.contains(&name.entity_type)));
        finder.names.extend(scored);
        found.extend_from_slice(&finder.names);
    }
}

impl NameFinder {
    /// Takes what something else found for a name too.
    pub(super) fn keep(&mut self, name: Scored) {
        self.names.push(name);
    }

    /// Brings back what is left of names that a surer finding stands in: the street before what looks like a phone
    /// number must not leak. The findings are sorted and do not overlap, before and after.
    pub(super) fn keep_rests(&self, text: &str, found: &mut Vec<Scored>) {
        let mut rests = Vec::new();
        for name in &self.names {
            let first = found.partition_point(|item| item.end <= name.start);
            if found.get(first) == Some(name) {
                continue;
            }
            let mut from = name.start;
            for item in found.iter().skip(first).take_while(|item| item.start < name.end) {
                push_rest(text, from, item.start, name, &mut rests);
                from = item.end;
            }
            push_rest(text, from, name.end, name, &mut rests);
        }
        if !rests.is_empty() {
            found.append(&mut rests);
            found.sort_unstable_by_key(|item| item.start);
        }
    }
}

fn push_rest(text: &str, start: usize, end: usize, name: &Scored, rests: &mut Vec<Scored>) {
    let rest = text.get(start..end).unwrap_or_default();
    let is_mark = |character: char| !character.is_alphanumeric();
    let kept = rest.trim_matches(is_mark);
    if !kept.is_empty() {
        let start = start + (rest.len() - rest.trim_start_matches(is_mark).len());
        rests.push(Scored {
            start,
            end: start + kept.len(),
            ..*name
        });
    }
}

fn scored(named: &Named) -> Scored {
    Scored {
        entity_type: match named.kind {
            NameKind::Person => EntityType::Person,
            NameKind::Address => EntityType::Address,
            NameKind::Location => EntityType::Location,
            NameKind::Organization => EntityType::Organization,
        },
        start: named.start,
        end: named.end,
        confidence: Confidence::from_percent(named.percent),
        specificity: resolve::NAME,
        custom: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(entity_type: EntityType, start: usize, end: usize) -> Scored {
        Scored {
            entity_type,
            start,
            end,
            confidence: Confidence::from_percent(80),
            custom: None,
            specificity: 0,
        }
    }

    #[test]
    fn what_is_left_around_a_surer_finding_stays_a_finding() {
        let text = "1 Oak St, 030 901820, Berlin";
        let address = scored(EntityType::Address, 0, text.len());
        let finder = NameFinder {
            names: vec![address],
            ..NameFinder::default()
        };
        let phone = scored(EntityType::Phone, 10, 20);
        let mut found = vec![phone];
        finder.keep_rests(text, &mut found);
        let rest = |start, end| scored(EntityType::Address, start, end);
        assert_eq!(found, [rest(0, 8), phone, rest(22, 28)]);
        let mut untouched = vec![address];
        finder.keep_rests(text, &mut untouched);
        assert_eq!(untouched, [address]);
        let mut covered = vec![scored(EntityType::Url, 0, text.len())];
        finder.keep_rests(text, &mut covered);
        assert_eq!(covered.len(), 1);
    }
}
