//! What a model's labels mean.

use std::collections::BTreeMap;

use vault_domain::EntityType;

use crate::folder::LoadError;

/// The label of tokens that belong to nothing.
const OUTSIDE: &str = "O";
/// Names that published models use, in small letters.
const KNOWN: &[(&str, EntityType)] = &[
    ("per", EntityType::Person),
    ("loc", EntityType::Location),
    ("gpe", EntityType::Location),
    ("org", EntityType::Organization),
];

/// The place of a token in its span, as the prefix of its label says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The first one, or the only one.
    Begins,
    /// A later one.
    Continues,
    /// Labels without prefixes say nothing of it.
    Unsaid,
}

/// What one label means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label {
    /// The place in [`Labels::types`], if it is one of those.
    pub(crate) kind: Option<usize>,
    pub(crate) place: Place,
}

/// The labels of a model, by their numbers.
#[derive(Debug)]
pub(crate) struct Labels {
    pub(crate) types: Vec<EntityType>,
    pub(crate) labels: Vec<Label>,
}

impl Labels {
    /// Understands labels, with what a deployment says of them.
    pub(crate) fn new(
        names: &[&str],
        meanings: &BTreeMap<String, Option<String>>,
    ) -> Result<Self, LoadError> {
        check_meanings(names, meanings)?;
        let mut types: Vec<EntityType> = Vec::new();
        let mut labels = Vec::new();
        for name in names {
            let (place, bare) = split(name);
            let kind = meaning(bare, meanings)?.map(|kind| {
                let known = types.iter().position(|other| *other == kind);
                known.unwrap_or_else(|| {
                    types.push(kind);
                    types.len() - 1
                })
            });
            labels.push(Label { kind, place });
        }
        if types.is_empty() {
            return Err(LoadError::NoLabels);
        }
        Ok(Self { types, labels })
    }
}

/// Every label that a deployment speaks of is one of the model's.
fn check_meanings(names: &[&str], meanings: &BTreeMap<String, Option<String>>) -> Result<(), LoadError> {
    let is_there = |label: &&String| names.iter().any(|name| split(name).1 == label.as_str());
    match meanings.keys().find(|label| !is_there(label)) {
        Some(label) => Err(LoadError::LabelFile {
            label: label.as_str().into(),
            problem: "no label of the model (they stand there without B- and I-)",
        }),
        None => Ok(()),
    }
}

fn meaning(
    label: &str,
    meanings: &BTreeMap<String, Option<String>>,
) -> Result<Option<EntityType>, LoadError> {
    if label == OUTSIDE {
        return Ok(None);
    }
    match meanings.get(label) {
        Some(None) => Ok(None),
        Some(Some(name)) => named(name).map(Some).ok_or(LoadError::LabelFile {
            label: label.into(),
            problem: "said to be an entity type that there is not",
        }),
        None => {
            let small = label.to_lowercase();
            let known = KNOWN.iter().find(|(name, _)| *name == small);
            let kind = known.map(|(_, kind)| *kind).or_else(|| named(&small));
            kind.map(Some)
                .ok_or(LoadError::UnknownLabel { label: label.into() })
        }
    }
}

/// The type with this name; custom types are the tenants' own.
fn named(name: &str) -> Option<EntityType> {
    name.parse().ok().filter(|kind| *kind != EntityType::Custom)
}

/// The place that a label's prefix says, and the label without it.
fn split(label: &str) -> (Place, &str) {
    let (Some(prefix), Some(bare)) = (label.get(..2), label.get(2..)) else {
        return (Place::Unsaid, label);
    };
    match prefix {
        // of the schemes BIO, BIOES and BILOU
        "B-" | "S-" | "U-" => (Place::Begins, bare),
        "I-" | "E-" | "L-" => (Place::Continues, bare),
        _ => (Place::Unsaid, label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meanings(pairs: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<String>> {
        let owned =
            |(label, meaning): &(&str, Option<&str>)| ((*label).to_owned(), meaning.map(str::to_owned));
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn usual_labels_and_our_own_names_need_no_explanation() {
        let labels = Labels::new(&["O", "B-PER", "I-PER", "LOC", "S-EMAIL"], &BTreeMap::new()).unwrap();
        assert_eq!(
            labels.types,
            [EntityType::Person, EntityType::Location, EntityType::Email]
        );
        let places: Vec<_> = labels
            .labels
            .iter()
            .map(|label| (label.kind, label.place))
            .collect();
        assert_eq!(
            places,
            [
                (None, Place::Unsaid),
                (Some(0), Place::Begins),
                (Some(0), Place::Continues),
                (Some(1), Place::Unsaid),
                (Some(2), Place::Begins),
            ]
        );
    }

    #[test]
    fn other_labels_are_explained_or_refused() {
        let refused = Labels::new(&["O", "B-GIVENNAME"], &BTreeMap::new());
        assert!(matches!(refused, Err(LoadError::UnknownLabel { label }) if &*label == "GIVENNAME"));
        let explained = meanings(&[("GIVENNAME", Some("person")), ("MISC", None)]);
        let labels = Labels::new(&["O", "B-GIVENNAME", "I-MISC"], &explained).unwrap();
        assert_eq!(
            (labels.types.as_slice(), labels.labels[2].kind),
            (&[EntityType::Person][..], None)
        );
        for (wrong, names) in [
            (meanings(&[("PER", Some("human"))]), ["O", "B-PER"]),
            (meanings(&[("PER", Some("custom"))]), ["O", "B-PER"]),
            (meanings(&[("B-PER", Some("person"))]), ["O", "B-PER"]),
        ] {
            assert!(matches!(
                Labels::new(&names, &wrong),
                Err(LoadError::LabelFile { .. })
            ));
        }
        let nothing = meanings(&[("MISC", None)]);
        assert!(matches!(
            Labels::new(&["O", "MISC"], &nothing),
            Err(LoadError::NoLabels)
        ));
    }
}
