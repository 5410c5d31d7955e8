//! RFC 8785 canonical JSON, quickly.

use serde::Serialize;

/// Deeper values go the slow way.
const MAX_DEPTH: u32 = 32;
/// Integers of so many digits are below 2^53, so that their canonical form is their plain one.
const MAX_DIGITS: usize = 15;

/// The canonical JSON of a value.
///
/// Plain compact JSON differs from canonical JSON in the order of members, and in numbers that are no small integers.
/// So members are put into order in the plain text, and whatever is not plainly the same otherwise goes through
/// `serde_json_canonicalizer`, which takes several times as long.
pub(crate) fn to_string<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let plain = serde_json::to_string(value)?;
    match canonical(&plain) {
        Some(canonical) => Ok(canonical),
        None => serde_json_canonicalizer::to_string(value),
    }
}

/// `None` when reordering alone does not make it canonical.
fn canonical(plain: &str) -> Option<String> {
    let mut reader = Reader {
        text: plain,
        at: 0,
        out: String::with_capacity(plain.len()),
        depth: 0,
    };
    reader.value()?;
    (reader.at == plain.len()).then_some(reader.out)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    out: String,
    depth: u32,
}

/// A member as it stands in the text, and from where to where it was written.
struct Member<'a> {
    key: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Copies the text up to a place.
    fn copy_to(&mut self, end: usize) -> Option<&'a str> {
        let copied = self.text.get(self.at..end)?;
        self.out.push_str(copied);
        self.at = end;
        Some(copied)
    }

    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b'"' => self.string().map(|_| ()),
            b'-' | b'0'..=b'9' => self.integer(),
            _ => self.literal(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Option<()>) -> Option<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        read(self)?;
        self.depth -= 1;
        Some(())
    }

    /// The string with its quotes, its escapes as they are: `serde_json` escapes as the canonical form does.
    fn string(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let mut end = self.at + 1;
        while *bytes.get(end)? != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        self.copy_to(end + 1)
    }

    fn integer(&mut self) -> Option<()> {
        let rest = &self.text.as_bytes()[self.at..];
        let sign = usize::from(rest[0] == b'-');
        let digits = rest[sign..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let is_zero_with_sign = sign == 1 && rest.get(1) == Some(&b'0');
        let ends = matches!(rest.get(sign + digits), None | Some(b',' | b']' | b'}'));
        if digits > MAX_DIGITS || is_zero_with_sign || !ends {
            return None;
        }
        self.copy_to(self.at + sign + digits).map(|_| ())
    }

    fn literal(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let literal = ["true", "false", "null"]
            .into_iter()
            .find(|literal| rest.starts_with(literal))?;
        self.copy_to(self.at + literal.len()).map(|_| ())
    }

    fn array(&mut self) -> Option<()> {
        self.copy_to(self.at + 1)?;
        while self.peek()? != b']' {
            self.value()?;
            if self.peek()? == b',' {
                self.copy_to(self.at + 1)?;
            }
        }
        self.copy_to(self.at + 1).map(|_| ())
    }

    fn object(&mut self) -> Option<()> {
        self.copy_to(self.at + 1)?;
        let mut members: Vec<Member<'a>> = Vec::new();
        let mut in_order = true;
        while self.peek()? != b'}' {
            let start = self.out.len();
            let key = self.string()?;
            // beyond ASCII, and behind escapes, the order is that of UTF-16
            if !key.is_ascii() || key.contains('\\') {
                return None;
            }
            self.copy_to(self.at + 1)?;
            self.value()?;
            let end = self.out.len();
            in_order &= members.last().is_none_or(|last| bare(last.key) < bare(key));
            members.push(Member { key, start, end });
            if self.peek()? == b',' {
                self.copy_to(self.at + 1)?;
            }
        }
        if !in_order {
            self.reorder(members);
        }
        self.copy_to(self.at + 1).map(|_| ())
    }

    fn reorder(&mut self, mut members: Vec<Member<'a>>) {
        let first = members.first().map_or(self.out.len(), |member| member.start);
        members.sort_unstable_by_key(|member| bare(member.key));
        let written = self.out.split_off(first);
        for (number, member) in members.iter().enumerate() {
            if number > 0 {
                self.out.push(',');
            }
            self.out
                .push_str(&written[member.start - first..member.end - first]);
        }
    }
}

/// A key without its quotes, of which the closing one would count in comparisons.
fn bare(quoted: &str) -> &str {
    quoted.trim_matches('"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn quick(plain: &str) -> Option<String> {
        canonical(plain)
    }

    #[test]
    fn members_are_put_into_order() {
        let plain = r#"{"b":[{"z":1,"a":"x,}"},{}],"a!":null,"a":{"y":false,"x":-12},"B":"\"\\"}"#;
        let expected = r#"{"B":"\"\\","a":{"x":-12,"y":false},"a!":null,"b":[{"a":"x,}","z":1},{}]}"#;
        assert_eq!(quick(plain).as_deref(), Some(expected));
    }

    #[test]
    fn what_reordering_does_not_settle_goes_the_slow_way() {
        for plain in [
            "1.5",
            "1e3",
            "9007199254740993",
            "-0",
            r#"{"ä":1}"#,
            r#"{"\n":1}"#,
            "",
            "[1",
            "{\"a\"",
            "nul",
        ] {
            assert_eq!(quick(plain), None, "{plain}");
        }
        assert_eq!(quick(&"[".repeat(1_000)), None);
        assert_eq!(
            to_string(&json!({"b": 1.0, "a": 1e21})).ok().as_deref(),
            Some(r#"{"a":1e+21,"b":1}"#)
        );
        assert_eq!(
            to_string(&json!({"\u{e000}": 1, "\u{1f600}": 2})).ok(),
            Some("{\"\u{1f600}\":2,\"\u{e000}\":1}".to_owned())
        );
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1_000_i64..1_000).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("[a-c!\"\\\\ä]{0,3}", inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// The same value with every object's members the other way round, so that they are out of order.
    fn reversed(value: &Value) -> String {
        match value {
            Value::Object(members) => {
                let member = |(key, value): (&String, &Value)| format!("{}:{}", json!(key), reversed(value));
                format!(
                    "{{{}}}",
                    members.iter().rev().map(member).collect::<Vec<_>>().join(",")
                )
            }
            Value::Array(items) => format!("[{}]", items.iter().map(reversed).collect::<Vec<_>>().join(",")),
            other => other.to_string(),
        }
    }

    proptest! {
        #[test]
        fn the_quick_way_agrees_with_the_slow_one(value in value()) {
            let slow = serde_json_canonicalizer::to_string(&value);
            let text = reversed(&value);
            if let (Some(quick), Ok(slow)) = (quick(&text), &slow) {
                prop_assert_eq!(&quick, slow);
            }
            prop_assert_eq!(to_string(&value).ok(), slow.ok());
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = canonical(&text);
        }
    }
}
