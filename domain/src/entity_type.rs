//! The kinds of personal data and secrets that the vault finds.

use std::{fmt, str::FromStr};

mod facts;
mod table;

#[cfg(test)]
mod documents;

pub use facts::{EntityCategory, Regulation, Sensitivity};
pub use table::EntityType;

/// A text that names no entity type stood where one was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an entity type")]
pub struct UnknownEntityType;

impl EntityType {
    /// Whether it opens a system, so that even its punctuation must not be shown.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        matches!(self.category(), EntityCategory::Secret)
    }
}

impl fmt::Display for EntityType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EntityType {
    type Err = UnknownEntityType;

    fn from_str(text: &str) -> Result<Self, UnknownEntityType> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownEntityType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_one_name_in_every_form() {
        for kind in EntityType::ALL {
            let json = serde_json::to_string(kind).unwrap_or_default();
            assert_eq!(json, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<EntityType>(&json).ok(), Some(*kind));
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
    }

    #[test]
    fn names_are_unique_and_snake_case() {
        let mut names: Vec<_> = EntityType::ALL.iter().map(|kind| kind.as_str()).collect();
        assert!(
            names
                .iter()
                .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EntityType::ALL.len());
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert_eq!("Email".parse::<EntityType>(), Err(UnknownEntityType));
        assert_eq!("".parse::<EntityType>(), Err(UnknownEntityType));
        assert!(serde_json::from_str::<EntityType>("\"person_name\"").is_err());
    }

    #[test]
    fn facts_are_complete() {
        for kind in EntityType::ALL {
            let description = kind.description();
            assert!(
                description.ends_with('.') && !description.starts_with(' '),
                "{kind}"
            );
            assert!(!kind.examples().is_empty(), "{kind}");
            let is_code = |code: &&str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
            assert!(kind.jurisdictions().iter().all(is_code), "{kind}");
            let laws = kind.regulations();
            assert!(laws.windows(2).all(|pair| pair[0] < pair[1]), "{kind}");
        }
    }

    #[test]
    fn every_secret_is_at_least_highly_sensitive() {
        for kind in EntityType::ALL
            .iter()
            .filter(|kind| kind.category() == EntityCategory::Secret)
        {
            assert!(kind.sensitivity() >= Sensitivity::High, "{kind}");
        }
    }
}
