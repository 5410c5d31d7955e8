//! Every code that the page of errors says is raised is provoked over HTTP by one of these tests.

use std::{fs, path::Path};

use walkdir::WalkDir;

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
    for code in &raised {
        let here = tests.contains(&format!("\"{code}\"")) || tests.contains(&format!("VAULT_{code}"));
        assert!(here, "{code} is provoked by no test");
    }
}
