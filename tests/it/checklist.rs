//! `docs/security/CHECKLIST.md` names tests and files that there are.

use std::{collections::BTreeMap, fs, path::Path};

const ITEMS: usize = 135;
const STATES: [&str; 5] = ["shown", "partly", "operator", "none", "open"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
}

/// What is named between backticks, where it looks like a file, with the test in it if one is named.
fn evidence(cell: &str) -> Vec<(&str, Option<&str>)> {
    let quoted = cell.split('`').skip(1).step_by(2);
    let named = quoted.filter(|text| text.contains('/') || text.contains('.') && !text.contains(' '));
    named
        .filter(|text| !text.starts_with("POST ") && !text.starts_with("auth."))
        .map(|text| match text.split_once("::") {
            Some((file, test)) => (file, Some(test)),
            None => (text, None),
        })
        .collect()
}

#[test]
fn each_item_stands_once_with_a_state_and_what_shows_it_is_there() {
    let page = fs::read_to_string(root().join("docs/security/CHECKLIST.md")).expect("the page");
    let mut items = BTreeMap::new();
    for line in page.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let number = cells.get(1).and_then(|cell| cell.parse::<usize>().ok());
        let Some(number) = number else { continue };
        let (state, shown_by) = (cells[3], cells[4]);
        assert!(STATES.contains(&state), "{line}");
        let evidence = evidence(shown_by);
        assert_eq!(
            state == "shown",
            state == "shown" && !evidence.is_empty(),
            "{line}"
        );
        assert!(
            state == "shown" || state == "open" || !shown_by.is_empty(),
            "{line}"
        );
        for (file, test) in evidence {
            let path = root().join(file);
            assert!(path.exists(), "{file} of item {number}");
            let Some(test) = test else { continue };
            let source = fs::read_to_string(&path).expect("a file of tests");
            assert!(
                source.contains(&format!("fn {test}(")),
                "{file}::{test} of item {number}"
            );
        }
        assert_eq!(items.insert(number, state), None, "item {number} stands twice");
    }
    assert!(items.keys().copied().eq(1..=ITEMS), "{:?}", items.keys());
}
