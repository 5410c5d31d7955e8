//! Reports for dashboards and for people.

use serde_sarif::sarif::Sarif;

use super::*;

fn reported(content: &[(&str, &[u8])]) -> (Value, String) {
    let (files, reports) = (folder(content), folder(&[]));
    let (sarif, html) = (reports.path().join("a.sarif"), reports.path().join("a.html"));
    let paths = [
        sarif.to_str().expect("is UTF-8"),
        html.to_str().expect("is UTF-8"),
    ];
    scanned(&[files.path()], &["--sarif", paths[0], "--html", paths[1]]);
    let text = fs::read_to_string(&sarif).expect("was written");
    // every name and type is the standard's
    serde_json::from_str::<Sarif>(&text).expect("is SARIF");
    let page = fs::read_to_string(&html).expect("was written");
    (serde_json::from_str(&text).expect("is JSON"), page)
}

#[test]
fn sarif_names_rules_places_and_levels() {
    let json = format!("\n{{\"a\":[\"{MAIL}\"]}}\n");
    let (report, _) = reported(&[
        ("a b.txt", format!("\nask jo@acme.org {}\n", token()).as_bytes()),
        ("b.jsonl", json.as_bytes()),
    ]);
    assert_eq!(report["version"], "2.1.0");
    let run = &report["runs"][0];
    let results = run["results"].as_array().expect("is a list");
    let rules = run["tool"]["driver"]["rules"].as_array().expect("is a list");
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("is there");
        assert_eq!(
            rules[usize::try_from(index).expect("is small")]["id"],
            result["ruleId"]
        );
    }
    let place = |at: usize| &results[at]["locations"][0]["physicalLocation"];
    assert_eq!(
        (&results[0]["ruleId"], &results[0]["level"]),
        (&"email".into(), &"warning".into())
    );
    assert!(
        place(0)["artifactLocation"]["uri"]
            .as_str()
            .is_some_and(|uri| uri.ends_with("/a%20b.txt"))
    );
    assert_eq!(
        place(0)["region"],
        serde_json::json!({ "startLine": 2, "startColumn": 5, "endColumn": 16 })
    );
    assert_eq!(results[1]["level"], "error");
    // a test value in a field
    assert_eq!(
        (&results[2]["level"], &results[2]["properties"]["test_value"]),
        (&"note".into(), &true.into())
    );
    assert_eq!(
        results[2]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
        "/a/0"
    );
    assert_eq!(place(2)["region"], serde_json::json!({ "startLine": 2 }));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn sarif_of_nothing_and_of_what_was_not_read_is_whole() {
    let torn = packed(&b"x".repeat(100_000));
    let (report, page) = reported(&[("torn.gz", &torn[..torn.len() / 2])]);
    let run = &report["runs"][0];
    assert_eq!(run["results"], serde_json::json!([]));
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert!(page.contains("Not read: 1") && page.contains("torn.gz"), "{page}");
}

#[test]
fn the_page_escapes_names_and_shows_no_value() {
    let secret = token();
    let (_, page) = reported(&[
        (
            "<img src=x>.txt",
            format!("{MAIL} {secret} 4111 1111 1111 1111").as_bytes(),
        ),
        ("b.json", format!("{{\"<b>\":\"{MAIL}\"}}").as_bytes()),
    ]);
    for value in [MAIL, secret.as_str(), "1111", "<img", "<b>", "<script"] {
        assert!(!page.contains(value), "{value}: {page}");
    }
    for shown in [
        "&lt;img src=x&gt;.txt",
        "**.***@*******.***",
        "**** **** **** ****",
        "[&quot;&lt;b&gt;&quot;]",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(page.contains("4 findings in 2 of 2 files"), "{page}");
    assert!(page.contains("default-src 'none'"));
}
