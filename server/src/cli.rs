//! The commands for people and pipelines: what they read, what they say, how they exit.

pub mod archive;
pub mod audit;
pub mod import;
pub mod kafka;
pub mod keys;
pub mod privacy;
pub mod scan;
pub mod storage;

mod client;
mod input;
mod lines;
mod models;
mod progress;
mod retry;

use std::borrow::Cow;

/// Text from files and servers as a terminal may show it: control characters, which could move its cursor or change
/// its title, are escaped.
fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().flat_map(|character| {
        let escaped = character.is_control().then(|| character.escape_default());
        let plain = escaped.is_none().then_some(character);
        escaped.into_iter().flatten().chain(plain)
    });
    Cow::Owned(shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_do_nothing() {
        assert_eq!(printable("Käse 😀 \\ \""), "Käse 😀 \\ \"");
        assert_eq!(printable("a\u{1b}[2Jb\n\u{9b}c"), "a\\u{1b}[2Jb\\n\\u{9b}c");
    }
}
