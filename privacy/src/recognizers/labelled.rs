//! Values behind a label: `password = "..."`, `"user": "..."`, `token: ...`, `the password is ...`.

/// The longest value that is read, in bytes.
const MAX_VALUE_BYTES: usize = 256;
/// How much may stand between a label and its separator, in bytes.
const MAX_GAP_BYTES: usize = 4;

/// The longest sign of a format after its `%`, in bytes.
const MAX_FORMAT_BYTES: usize = 3;

/// How a label and its value are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// By a colon or an equals sign, or as an option's argument.
    Sign,
    /// By `is`, as in a sentence.
    Verb,
}

/// A value as it stands in a text, as byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) join: Join,
    /// Whether it stands in quotes.
    pub(super) quoted: bool,
}

impl Value {
    /// All of a text, whose field's name is the label.
    pub(super) const fn whole(text: &str) -> Self {
        Self {
            start: 0,
            end: text.len(),
            join: Join::Sign,
            quoted: true,
        }
    }
}

/// The value of the label that ends here.
pub(super) fn value_after(text: &str, label_end: usize) -> Option<Value> {
    let rest = text.get(label_end..)?;
    // The label's own quote, or a bracket, as in `config["password"] = `.
    let skipped = rest
        .bytes()
        .take(MAX_GAP_BYTES)
        .take_while(|byte| b"\"'`])* ".contains(byte))
        .count();
    let (gap, tail) = rest.split_at_checked(skipped)?;
    let (join, signs) = match tail.as_bytes() {
        [b':', b'=', ..] | [b'=', b'>', ..] => (Join::Sign, 2),
        [b'=', b'=', ..] | [b':', b':', ..] => return None,
        [b':' | b'=', ..] => (Join::Sign, 1),
        _ if gap.ends_with(' ') => (Join::Verb, verb_length(tail)?),
        _ => return None,
    };
    let after = tail.get(signs..)?;
    let spaces = after
        .bytes()
        .take(MAX_GAP_BYTES)
        .take_while(|byte| *byte == b' ')
        .count();
    let body = after.get(spaces..)?;
    let quote = body
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\'' | '`'));
    let start = label_end + skipped + signs + spaces + usize::from(quote.is_some());
    let value = text.get(start..)?;
    let length = match quote {
        Some(quote) => {
            value
                .char_indices()
                .take(MAX_VALUE_BYTES)
                .find(|(_, c)| *c == quote || *c == '\n')?
                .0
        }
        None => bare_length(value),
    };
    (length > 0).then_some(Value {
        start,
        end: start + length,
        join,
        quoted: quote.is_some(),
    })
}

/// The length of `is` or its like at the start, with the space after it.
fn verb_length(tail: &str) -> Option<usize> {
    let verbs = ["is: ", "is ", "was ", "ist ", "est ", "es "];
    verbs
        .iter()
        .find(|verb| tail.starts_with(**verb))
        .map(|verb| verb.len())
}

/// Up to white space, a quote or what separates values, without the punctuation that ends a sentence.
fn bare_length(value: &str) -> usize {
    let stops = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '<' | '>');
    let cut = value.floor_char_boundary(MAX_VALUE_BYTES);
    let value = value.get(..cut).unwrap_or_default();
    // In a query, `&` starts the next name.
    let query = value.match_indices('&').find(|(at, _)| {
        let name = value.get(at + 1..).unwrap_or_default();
        let length = name
            .bytes()
            .take_while(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
            .count();
        length > 0 && name.as_bytes().get(length) == Some(&b'=')
    });
    let value = query.map_or(value, |(at, _)| value.get(..at).unwrap_or_default());
    let run = value.find(stops).unwrap_or(value.len());
    value
        .get(..run)
        .unwrap_or_default()
        .trim_end_matches(['.', ':', ')', ']', '}'])
        .len()
}

/// Which kinds of characters a value holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    pub(super) letters: bool,
    pub(super) digits: bool,
    /// Other than those that join words: `-`, `_` and `.`.
    pub(super) symbols: bool,
}

impl Kinds {
    pub(super) fn of(value: &str) -> Self {
        Self {
            letters: value.chars().any(char::is_alphabetic),
            digits: value.bytes().any(|byte| byte.is_ascii_digit()),
            symbols: value
                .chars()
                .any(|c| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.' | ' ' | '\'')),
        }
    }
}

/// Whether a value only says that a value belongs here, or is a piece of a program.
pub(super) fn is_placeholder(value: &str) -> bool {
    is_filler(value) || is_code(value)
}

/// Whether a value only says that a value belongs here.
pub(super) fn is_filler(value: &str) -> bool {
    const WORDS: [&str; 40] = [
        "none",
        "null",
        "nil",
        "true",
        "false",
        "string",
        "str",
        "text",
        "bool",
        "int",
        "number",
        "undefined",
        "required",
        "optional",
        "empty",
        "hidden",
        "redacted",
        "masked",
        "removed",
        "secret",
        "token",
        "password",
        "username",
        "user",
        "example",
        "here",
        "todo",
        "value",
        "bytes",
        "varchar",
        "option",
        "any",
        "object",
        "default",
        "invalid",
        "incorrect",
        "expired",
        "unknown",
        "anonymous",
        "self",
    ];
    let lower = value.to_ascii_lowercase();
    let opens = ["<", "${", "$(", "{", "%(", "[", "(", "&", "\\", "/"]
        .iter()
        .any(|sign| value.starts_with(sign));
    let is_name = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    // `$NAME` of a shell, `%NAME%` of Windows, `%s` of a format
    let variable = value.strip_prefix('$').is_some_and(is_name)
        || value.strip_prefix('%').is_some_and(|name| {
            let closed = name.strip_suffix('%');
            closed.is_some_and(is_name) || (name.len() <= MAX_FORMAT_BYTES && is_name(name))
        });
    let first = value.chars().next();
    let repeated = value.chars().all(|c| Some(c) == first || c == '.');
    let asks = lower.starts_with("your")
        || lower.starts_with("my_")
        || lower.starts_with("xxx")
        || lower.contains("****");
    WORDS.contains(&lower.as_str()) || opens || variable || repeated || asks
}

/// A call, an index, a path, or a chain of names.
fn is_code(value: &str) -> bool {
    let name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    };
    let head: String = value
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
        .collect();
    let called = !head.is_empty() && matches!(value.as_bytes().get(head.len()), Some(b'(' | b'[' | b'{'));
    let chain = value.contains('.') && value.split('.').all(name);
    let snake = value.contains('_') && name(value);
    called || chain || snake || value.contains("::") || value.contains("()") || value.contains("->")
}

/// Shannon's entropy of the bytes, in hundredths of a bit.
pub(super) fn entropy_percent(value: &str) -> u32 {
    let mut counts = [0_u32; 256];
    value.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let total = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX));
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 800"
    )]
    let hundredths = (bits * 100.0).max(0.0) as u32;
    hundredths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, label: &str) -> Option<(String, Join, bool)> {
        let end = text.find(label)? + label.len();
        let value = value_after(text, end)?;
        Some((text[value.start..value.end].to_owned(), value.join, value.quoted))
    }

    #[test]
    fn values_are_read_in_many_notations() {
        for text in [
            "pw=x1",
            "pw: x1",
            "\"pw\": \"x1\"",
            "'pw' => 'x1'",
            "pw := x1,",
            "pw=x1&b=c",
            "c[\"pw\"] = \"x1\"",
        ] {
            assert_eq!(
                value(text, "pw").map(|value| value.0).as_deref(),
                Some("x1"),
                "{text}"
            );
        }
        assert_eq!(
            value("my pw is x1.", "pw"),
            Some(("x1".to_owned(), Join::Verb, false))
        );
        for text in ["pw", "pw x1", "pw == x1", "pw::x", "pw=", "pw: \"x", "pwis x"] {
            assert_eq!(value(text, "pw"), None, "{text}");
        }
    }

    #[test]
    fn placeholders_and_code_are_told_from_values() {
        for text in [
            "None",
            "<password>",
            "${PW}",
            "$PW",
            "****",
            "get_password()",
            "config.password",
            "args[0]",
            "String::new",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["hunter2", "letmein", "P@ss.word", "$ecret!"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
