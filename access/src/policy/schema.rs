//! What policies can speak of.

use std::{fmt::Write as _, sync::LazyLock};

use cedar_policy::{EntityTypeName, Schema, Validator};
use vault_domain::Action;

use crate::permission::{TargetKind, target_of};

const ENTITIES: &str = include_str!("../../policies/vault.cedarschema");

/// The types of entities.
pub(super) struct Names {
    pub role: EntityTypeName,
    pub user: EntityTypeName,
    pub tenant: EntityTypeName,
    pub dataset: EntityTypeName,
    pub action: EntityTypeName,
}

/// Their names, parsed once.
pub(super) fn names() -> &'static Names {
    static NAMES: LazyLock<Names> = LazyLock::new(|| {
        let name = |text: &str| text.parse().unwrap_or_else(|_| unreachable!("{text} is a name"));
        Names {
            role: name("Role"),
            user: name("User"),
            tenant: name("Tenant"),
            dataset: name("Dataset"),
            action: name("Action"),
        }
    });
    &NAMES
}

/// The schema in Cedar's own language: entities, attributes, and every action of the vault.
#[must_use]
pub fn schema_text() -> String {
    let mut text = ENTITIES.to_owned();
    for action in Action::ALL {
        let resource = match target_of(*action) {
            TargetKind::Tenant => "Tenant",
            TargetKind::Dataset => "Dataset",
        };
        // a String takes whatever is written to it
        let _ = write!(
            text,
            "\naction \"{}\" appliesTo {{ principal: User, resource: {resource}, context: Circumstances }};",
            action.name()
        );
    }
    text.push('\n');
    text
}

/// Checks policies against the schema.
pub(super) fn validator() -> &'static Validator {
    static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
        let parsed = Schema::from_cedarschema_str(&schema_text());
        let (schema, _) = parsed.unwrap_or_else(|error| unreachable!("the schema is sound: {error}"));
        Validator::new(schema)
    });
    &VALIDATOR
}
