//! Every code that the page of errors says is raised is provoked over HTTP by one of these tests, but for those that are
//! named here: faults that a client of a whole vault does not bring about.

use std::{fs, path::Path};

use walkdir::WalkDir;

/// Where these are raised, or the test that provokes them at a router which is put together for it.
const ELSEWHERE: [(&str, &str, &str); 4] = [
    ("CRYPTO_5001", "crypto/src/hierarchy/error.rs", "EncryptionFailed"),
    (
        "CRYPTO_5011",
        "crypto/src/hierarchy/error.rs",
        "HsmOperationFailed",
    ),
    (
        "SYS_9001",
        "http/src/edge/tests.rs",
        "faults_and_panics_show_nothing_of_their_cause",
    ),
    (
        "SYS_9005",
        "http/src/edge/tests.rs",
        "a_request_that_takes_too_long_ends",
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).expect("a text")
}

/// The codes of the page that are not reserved, without their common prefix.
fn raised() -> Vec<String> {
    let page = read(root().join("docs/api/ERRORS.md"));
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| `VAULT_") && line.matches('|').count() == 8);
    let raised = rows.filter(|row| !row.contains("| reserved: "));
    let code = |row: &str| {
        row.split('`')
            .nth(1)
            .and_then(|code| code.strip_prefix("VAULT_"))
            .map(str::to_owned)
    };
    raised.filter_map(code).collect()
}

#[test]
fn each_code_that_is_raised_is_provoked() {
    let mut tests = String::new();
    for entry in WalkDir::new(root().join("tests/it")) {
        let entry = entry.expect("a folder of tests");
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("errors.rs") {
            tests += &read(path);
        }
    }
    let raised = raised();
    assert!(raised.len() > 60, "{raised:?}");
    let elsewhere = |code: &str| ELSEWHERE.iter().find(|(known, ..)| *known == code);
    for code in &raised {
        let here = tests.contains(&format!("\"{code}\"")) || tests.contains(&format!("VAULT_{code}"));
        let Some((_, file, what)) = elsewhere(code) else {
            assert!(here, "{code} is provoked by no test");
            continue;
        };
        assert!(!here, "{code} is provoked by a test, and need not stand here");
        assert!(
            read(root().join(file)).contains(what),
            "{file} knows nothing of {code}"
        );
    }
}
