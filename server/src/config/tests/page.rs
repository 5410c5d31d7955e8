//! `docs/deployment/CONFIGURATION.md` is made of the settings and of what `config/vault.toml` says of them.
//!
//! `VAULT_BLESS=1 cargo test -p vault-server config` writes it anew.

use std::{fmt::Write as _, fs};

use super::super::settings::{Kind, SETTINGS, Setting};

const FILE: &str = include_str!("../../../../config/vault.toml");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deployment/CONFIGURATION.md");
const INTRODUCTION: &str = "\
# Settings

Every setting, its variable and its default. How files and variables come together, and what production refuses, stands in
[configuration.md](../operations/configuration.md). Each variable may be spelled with two underscores as well:
`VAULT__SERVER__PORT`. A secret may come from a file: `VAULT_DATABASE_URL_FILE`.

`vault-server config check` says what a start would refuse; `vault-server config show` says what each setting is, and where
it comes from.
";

/// The default of a setting and what the file says of it.
fn described(setting: &Setting) -> (String, String) {
    let from = FILE
        .find(&format!("[{}]\n", setting.section))
        .expect("the section is there");
    let mut words: Vec<&str> = Vec::new();
    for line in FILE[from..].lines().skip(1) {
        let commented = line.strip_prefix("# ").unwrap_or(line);
        if let Some(value) = commented.strip_prefix(&format!("{} = ", setting.key)) {
            let default = if line.starts_with('#') { "" } else { value };
            return (default.to_owned(), words.join(" "));
        }
        let is_setting = commented
            .split_once(" = ")
            .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        if is_setting || line.is_empty() {
            words.clear();
        } else if let Some(comment) = line.strip_prefix('#') {
            words.push(comment.trim());
        }
    }
    panic!(
        "{}.{} does not stand in config/vault.toml",
        setting.section, setting.key
    )
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut section = "";
    for setting in SETTINGS {
        if section != setting.section {
            section = setting.section;
            let _ = write!(
                page,
                "\n## {section}\n\n| setting | variable | default | |\n|---|---|---|---|\n"
            );
        }
        let (default, words) = described(setting);
        let default = if default.is_empty() {
            default
        } else {
            format!("`{default}`")
        };
        let words = words.trim_start_matches("(secret)").trim();
        let secret = if setting.kind == Kind::Secret {
            "secret. "
        } else {
            ""
        };
        let variable = setting.variables().next().expect("each has a variable");
        let words = words.replace('|', "\\|");
        let _ = writeln!(
            page,
            "| `{}` | `{variable}` | {default} | {secret}{words} |",
            setting.key
        );
    }
    page
}

#[test]
fn the_page_of_settings_is_current() {
    if std::env::var_os("VAULT_BLESS").is_some() {
        fs::write(PAGE, page()).expect("the page is writable");
    }
    let written = fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        written == page(),
        "docs/deployment/CONFIGURATION.md is stale: run the tests with VAULT_BLESS=1"
    );
}
