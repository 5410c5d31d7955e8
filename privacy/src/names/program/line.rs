//! Lines of programs, told from lines of talk and data.

/// So many pairs of words with nothing but a space between them are talk, whatever else the line holds.
const TALK: usize = 3;

/// What programs hold, and talk about programs too.
const MARKS: [&str; 10] = [
    "::", " == ", " != ", " && ", " || ", " += ", "()", ") ->", "&mut ", "self.",
];
/// What a line of a program begins with.
const BEGINNINGS: [&str; 7] = ["pub ", "fn ", "let mut ", "def ", "elif ", "async def ", "impl "];
/// What a line of a program begins with, if it has a mark of one too.
const KEYWORDS: [&str; 38] = [
    "pub ",
    "fn ",
    "let ",
    "impl ",
    "use ",
    "mod ",
    "struct ",
    "enum ",
    "trait ",
    "match ",
    "def ",
    "class ",
    "import ",
    "from ",
    "return",
    "raise ",
    "assert ",
    "if ",
    "elif ",
    "else",
    "for ",
    "while ",
    "try",
    "except",
    "with ",
    "yield ",
    "async ",
    "const ",
    "static ",
    "var ",
    "function ",
    "public ",
    "private ",
    "protected ",
    "package ",
    "#include",
    "}",
    "@",
];
/// What stands in a line of a program, and seldom in talk.
const OPERATORS: [&str; 12] = [
    "(", "=", "_", "{", "[", ";", "->", "::", "):", "else:", "try:", "\":",
];
/// What stands between a variable and its value.
const ASSIGNMENTS: [&str; 5] = ["=", "+=", "-=", ":=", "=="];
/// What such a line ends with.
const ENDS: [char; 7] = [';', '{', '}', '(', '[', ',', ':'];
/// What begins a comment.
const COMMENTS: [&str; 4] = ["//", "#", "/*", "--"];

/// Whether a line is a comment, or the begin of a text that documents a program.
pub(super) fn is_comment(line: &str) -> bool {
    COMMENTS.iter().any(|mark| line.starts_with(mark)) || line.starts_with("\"\"\"")
}

/// Whether a comment begins in a part of a line.
pub(super) fn holds_comment(part: &str) -> bool {
    COMMENTS.iter().any(|mark| part.contains(mark))
}

/// Whether a line, without the space around it, is surely one of a program.
pub(super) fn is_line_of_program(line: &str) -> bool {
    let is_kept = || {
        KEYWORDS.iter().any(|word| line.starts_with(word)) && OPERATORS.iter().any(|mark| line.contains(mark))
    };
    let is_example = || line.starts_with(">>> ");
    let is_marked = || line.ends_with(ENDS) && MARKS.iter().any(|mark| line.contains(mark));
    let is_assignment = || {
        let mut words = line.split(' ');
        let is_identifier = |word: &str| {
            word.chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "_.[]".contains(letter))
        };
        words.next().is_some_and(is_identifier)
            && words.next().is_some_and(|word| ASSIGNMENTS.contains(&word))
    };
    !line.is_empty()
        && (is_kept() || is_example() || is_marked() || is_assignment() || line.ends_with('\\'))
        && !is_talk(line)
}

/// Whether a line has the marks of a program, ends like one, and does not read like talk about it.
pub(super) fn is_program(line: &str) -> bool {
    let begins = || BEGINNINGS.iter().any(|word| line.trim_start().starts_with(word));
    let is_marked = || MARKS.iter().any(|mark| line.contains(mark));
    line.trim_end().ends_with(ENDS) && (begins() || is_marked()) && !is_talk(line)
}

/// Whether words follow each other as in a sentence.
fn is_talk(text: &str) -> bool {
    let is_word = |word: &str| word.chars().all(char::is_alphabetic);
    let words = text.split_whitespace();
    let pairs = words.clone().zip(words.skip(1));
    pairs
        .filter(|(one, next)| is_word(one) && is_word(next.trim_end_matches(['.', ',', '!', '?'])))
        .count()
        >= TALK
}

/// `import sys, os` and `from sys import path`, where nothing but names of modules follows.
pub(super) fn is_import(before: &str, after: &str) -> bool {
    let is_listed = |part: &str| !part.trim().contains(' ');
    let before = before.trim_start();
    let is_from = before.starts_with("from ") && before.split_whitespace().nth(2) == Some("import");
    let modules = before.strip_prefix("import ");
    after.split(',').all(is_listed)
        && (is_from || modules.is_some_and(|modules| modules.split(',').all(is_listed)))
}
