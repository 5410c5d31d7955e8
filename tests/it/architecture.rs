//! The stack of crates, held to its order: an arrow between our crates that the table does not list fails here, with the
//! name of both ends. To add a crate or an arrow, change the table, and say why in an ADR.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Which crates a crate may use, from the bottom of the stack to its top. `*` stands for all of them.
const STACK: &[(&str, &[&str])] = &[
    ("vault-domain", &[]),
    ("vault-privacy", &["vault-domain"]),
    ("vault-ner-onnx", &["vault-domain", "vault-privacy"]),
    ("vault-privacy-train", &["vault-privacy"]),
    ("vault-crypto", &["vault-domain"]),
    ("vault-storage", &["vault-domain", "vault-crypto"]),
    ("vault-event-store", &["vault-domain"]),
    ("vault-access", &["vault-domain"]),
    (
        "vault-commands",
        &[
            "vault-domain",
            "vault-privacy",
            "vault-crypto",
            "vault-storage",
            "vault-event-store",
            "vault-access",
        ],
    ),
    (
        "vault-projections",
        &["vault-domain", "vault-crypto", "vault-event-store"],
    ),
    (
        "vault-publishing",
        &["vault-domain", "vault-event-store", "vault-projections"],
    ),
    (
        "vault-queries",
        &[
            "vault-domain",
            "vault-crypto",
            "vault-storage",
            "vault-event-store",
            "vault-access",
            "vault-projections",
        ],
    ),
    ("vault-http", &["vault-domain", "vault-access"]),
    (
        "vault-write-api",
        &[
            "vault-domain",
            "vault-privacy",
            "vault-crypto",
            "vault-storage",
            "vault-event-store",
            "vault-access",
            "vault-commands",
            "vault-http",
        ],
    ),
    (
        "vault-read-api",
        &[
            "vault-domain",
            "vault-crypto",
            "vault-storage",
            "vault-event-store",
            "vault-access",
            "vault-projections",
            "vault-queries",
            "vault-http",
        ],
    ),
    ("vault-server", &["*"]),
    ("vault-tests", &["*"]),
    ("vault-benches", &["*"]),
    // what others build with what is published, and nothing of ours
    ("vault-example-consumer", &[]),
];

/// What the tests of a crate may not use either: the two halves stay apart even there.
const NEVER: &[(&str, &str)] = &[
    ("vault-write-api", "vault-read-api"),
    ("vault-read-api", "vault-write-api"),
];

/// What `domain` would need for I/O, a clock, chance or a log.
const NOT_IN_DOMAIN: &[&str] = &[
    "async-trait",
    "axum",
    "fastrand",
    "futures",
    "getrandom",
    "log",
    "rand",
    "reqwest",
    "sqlx",
    "tokio",
    "tonic",
    "tracing",
];

/// One crate of ours that names another in its manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: String,
    to: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// In what is shipped, or in a build script.
    Real,
    /// In tests only.
    Dev,
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata of the workspace")
}

fn arrows(metadata: &Metadata) -> BTreeSet<Arrow> {
    let ours: BTreeSet<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let arrows = metadata.packages.iter().flat_map(|package| {
        package.dependencies.iter().map(|dependency| Arrow {
            from: package.name.to_string(),
            to: dependency.name.clone(),
            kind: if dependency.kind == DependencyKind::Development {
                Kind::Dev
            } else {
                Kind::Real
            },
        })
    });
    arrows.filter(|arrow| ours.contains(arrow.to.as_str())).collect()
}

fn forbidden(arrows: &BTreeSet<Arrow>) -> Vec<String> {
    arrows
        .iter()
        .filter(|arrow| !is_allowed(arrow))
        .map(|arrow| format!("{} -> {}", arrow.from, arrow.to))
        .collect()
}

fn is_allowed(arrow: &Arrow) -> bool {
    match arrow.kind {
        Kind::Dev => !NEVER.contains(&(&arrow.from, &arrow.to)),
        Kind::Real => STACK
            .iter()
            .find(|(name, _)| *name == arrow.from)
            .is_some_and(|(_, may_use)| may_use.contains(&"*") || may_use.contains(&arrow.to.as_str())),
    }
}

fn arrow(from: &str, to: &str, kind: Kind) -> BTreeSet<Arrow> {
    BTreeSet::from([Arrow {
        from: from.to_owned(),
        to: to.to_owned(),
        kind,
    }])
}

#[test]
fn no_crate_uses_one_that_the_stack_does_not_let_it_use() {
    let arrows = arrows(&metadata());
    assert!(!arrows.is_empty(), "the workspace has arrows");
    assert_eq!(
        forbidden(&arrows),
        Vec::<String>::new(),
        "new arrows between our crates"
    );
}

#[test]
fn the_stack_lists_the_workspace() {
    let metadata = metadata();
    let members: BTreeSet<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let listed: BTreeSet<&str> = STACK.iter().map(|(name, _)| *name).collect();
    assert_eq!(members, listed);
}

#[test]
fn the_stack_points_down() {
    let heights: BTreeMap<&str, usize> = STACK
        .iter()
        .enumerate()
        .map(|(height, (name, _))| (*name, height))
        .collect();
    for (name, may_use) in STACK {
        for used in may_use.iter().filter(|used| **used != "*") {
            assert!(
                heights[used] < heights[name],
                "{name} may use {used}, which is not below it"
            );
        }
    }
}

#[test]
fn a_forbidden_arrow_is_found() {
    for (from, to) in [
        ("vault-domain", "vault-crypto"),
        ("vault-commands", "vault-projections"),
        ("vault-projections", "vault-commands"),
        ("vault-write-api", "vault-read-api"),
        ("vault-read-api", "vault-write-api"),
        ("vault-read-api", "vault-commands"),
        ("vault-write-api", "vault-queries"),
        ("vault-http", "vault-commands"),
        ("vault-event-store", "vault-server"),
        ("vault-unheard-of", "vault-domain"),
    ] {
        assert_eq!(
            forbidden(&arrow(from, to, Kind::Real)),
            [format!("{from} -> {to}")]
        );
    }
}

#[test]
fn an_allowed_arrow_is_not_reported() {
    for (from, to) in [
        ("vault-storage", "vault-crypto"),
        ("vault-commands", "vault-access"),
        ("vault-write-api", "vault-http"),
        ("vault-server", "vault-read-api"),
    ] {
        assert_eq!(forbidden(&arrow(from, to, Kind::Real)), Vec::<String>::new());
    }
}

#[test]
fn tests_of_a_crate_may_use_more_but_the_apis_stay_apart() {
    assert!(forbidden(&arrow("vault-crypto", "vault-storage", Kind::Dev)).is_empty());
    assert_eq!(
        forbidden(&arrow("vault-read-api", "vault-write-api", Kind::Dev)).len(),
        1
    );
    assert_eq!(
        forbidden(&arrow("vault-write-api", "vault-read-api", Kind::Dev)).len(),
        1
    );
}

#[test]
fn domain_has_no_io_no_clock_and_no_chance() {
    let metadata = metadata();
    let domain = metadata
        .packages
        .iter()
        .find(|package| package.name == "vault-domain")
        .expect("vault-domain");
    let found: Vec<&str> = domain
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.as_str())
        .filter(|name| NOT_IN_DOMAIN.contains(name))
        .collect();
    assert_eq!(found, Vec::<&str>::new());
}
