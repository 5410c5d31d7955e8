//! Holds the page of entity types against the table.
//!
//! `VAULT_BLESS=1 cargo test -p vault-domain entity_type` writes `docs/privacy/ENTITY-TYPES.md` anew.

use std::fmt::Write as _;

use super::{EntityCategory, EntityType};

const PAGE_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/privacy/ENTITY-TYPES.md");

const INTRODUCTION: &str = "\
# Entity types

What the vault finds. The names are stable: they stand in findings, events, policies and filters. The same list, for
programs: `GET /api/v1/privacy/entity-types`.

A finding's confidence says how it came about. Of the types below, those with a checksum or a form of their own are
found wherever they stand. Numbers of bare digits are found only with a word of context: before or after them, or in the
name of the JSON field. Words that are said of anything (titles, nationalities, dates, ages) stay below the default
threshold of 0.5 without such a word; ask with a lower `min_confidence` to see them.
";

const CATEGORIES: [(EntityCategory, &str); 11] = [
    (EntityCategory::Contact, "Contact"),
    (EntityCategory::Personal, "Personal"),
    (EntityCategory::Location, "Location"),
    (EntityCategory::GovernmentId, "Government identifiers"),
    (EntityCategory::Organization, "Organizations"),
    (EntityCategory::Health, "Health"),
    (EntityCategory::Financial, "Financial"),
    (EntityCategory::Vehicle, "Vehicles"),
    (EntityCategory::Network, "Network and devices"),
    (EntityCategory::Secret, "Secrets"),
    (EntityCategory::Custom, "Custom"),
];

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (category, title) in CATEGORIES {
        let _ = write!(
            page,
            "\n## {title}\n\n| type | what | sensitivity | countries | laws | examples |\n|---|---|---|---|---|---|\n"
        );
        for kind in EntityType::ALL.iter().filter(|kind| kind.category() == category) {
            let laws: Vec<&str> = kind.regulations().iter().map(|law| law.as_str()).collect();
            let examples: Vec<String> = kind
                .examples()
                .iter()
                .map(|example| format!("`{example}`"))
                .collect();
            let _ = writeln!(
                page,
                "| `{kind}` | {} | {} | {} | {} | {} |",
                kind.description(),
                kind.sensitivity(),
                kind.jurisdictions().join(", "),
                laws.join(", "),
                examples.join(", ")
            );
        }
    }
    page
}

#[test]
fn the_page_of_entity_types_is_current() {
    if std::env::var_os("VAULT_BLESS").is_some() {
        std::fs::write(PAGE_PATH, page()).expect("the page is writable");
    }
    let written = std::fs::read_to_string(PAGE_PATH).unwrap_or_default();
    assert!(
        written == page(),
        "docs/privacy/ENTITY-TYPES.md is stale: run the tests with VAULT_BLESS=1"
    );
}

#[test]
fn every_type_stands_on_the_page() {
    let page = page();
    for kind in EntityType::ALL {
        assert!(page.contains(&format!("| `{kind}` |")), "{kind}");
    }
}
