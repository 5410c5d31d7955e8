//! What the fuzz targets try, tried on their seeds, on the cases of every type, and on what a fuzzer has left behind here: so
//! that it holds where there is no fuzzer too.

use std::{
    fs,
    path::{Path, PathBuf},
};

#[path = "../../../fuzz/src/laws.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets need it so")]
mod laws;

/// How much of a corpus is tried, in files: a fuzzer leaves tens of thousands.
const MAX_CORPUS_FILES: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files of a folder, in the order of their names; none where there is none.
fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    files
}

/// Tries a law on the seeds of its target, and on what was found to break it or to reach new code.
fn try_all(target: &str, law: fn(&[u8])) {
    let corpus = files(&format!("fuzz/corpus/{target}"));
    let files = files(&format!("fuzz/seeds/{target}"))
        .into_iter()
        .chain(files(&format!("fuzz/artifacts/{target}")))
        .chain(corpus.into_iter().take(MAX_CORPUS_FILES));
    for file in files {
        law(&fs::read(file).unwrap());
    }
}

#[test]
fn detection_holds_for_the_cases_of_every_type() {
    let cases = files("privacy/tests/cases");
    assert!(cases.len() > 5, "{}", cases.len());
    for case in cases {
        for line in fs::read_to_string(case).unwrap().lines() {
            laws::detect(line.replace("\\n", "\n").as_bytes());
        }
    }
    try_all("detect", laws::detect);
}

#[test]
fn the_walk_through_json_holds_for_its_seeds() {
    assert!(files("fuzz/seeds/json").len() >= 5);
    try_all("json", laws::json);
}

#[test]
fn anonymizing_holds_for_its_seeds() {
    assert!(files("fuzz/seeds/anonymize").len() >= 3);
    try_all("anonymize", laws::anonymize);
}

#[test]
fn custom_types_hold_for_their_seeds() {
    assert!(files("fuzz/seeds/custom").len() >= 5);
    try_all("custom", laws::custom);
}
