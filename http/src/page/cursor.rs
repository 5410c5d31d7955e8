//! Where a page of a list begins: opaque to clients.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, de};
use uuid::Uuid;

const VERSION: u8 = 1;
const MAX_CURSOR_BYTES: usize = 4096;

/// The sort key and id of the last item of a page, and the order that the key belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    sort: String,
    key: String,
    id: Uuid,
}

/// The text is no cursor, or none of this list in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list")]
pub struct InvalidCursor;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    v: u8,
    s: String,
    k: String,
    id: Uuid,
}

impl Cursor {
    /// The cursor after an item, in a list of this order such as `name:asc`.
    #[must_use]
    pub fn after(sort: impl Into<String>, key: impl Into<String>, id: Uuid) -> Self {
        Self {
            sort: sort.into(),
            key: key.into(),
            id,
        }
    }

    /// The key and id of the item before the page.
    ///
    /// # Errors
    ///
    /// [`InvalidCursor`] if the cursor belongs to a list in another order.
    pub fn key_for(&self, sort: &str) -> Result<(&str, Uuid), InvalidCursor> {
        if self.sort == sort {
            Ok((&self.key, self.id))
        } else {
            Err(InvalidCursor)
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = Form {
            v: VERSION,
            s: self.sort.clone(),
            k: self.key.clone(),
            id: self.id,
        };
        let json = serde_json::to_vec(&form).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        if text.len() > MAX_CURSOR_BYTES {
            return Err(InvalidCursor);
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let form: Form = serde_json::from_slice(&json).map_err(|_| InvalidCursor)?;
        if form.v != VERSION {
            return Err(InvalidCursor);
        }
        Ok(Self {
            sort: form.s,
            key: form.k,
            id: form.id,
        })
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_cursor_is_refused() {
        let encode = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let good = r#"{"v":1,"s":"name:asc","k":"a","id":"0190a6b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b"}"#;
        assert!(encode(good).parse::<Cursor>().is_ok());
        for bad in [
            String::new(),
            "garbage".to_owned(),
            encode("{}"),
            encode("[]"),
            encode(&good.replace("\"v\":1", "\"v\":2")),
            encode(&good.replace("5c6d", "zzzz")),
            encode(&good.replace('}', ",\"x\":1}")),
            encode(&good.replace("\"a\"", &format!("\"{}\"", "a".repeat(4000)))),
        ] {
            assert_eq!(bad.parse::<Cursor>(), Err(InvalidCursor), "{bad}");
        }
    }

    #[test]
    fn a_cursor_of_another_order_is_refused() {
        let cursor = Cursor::after("name:asc", "a", Uuid::nil());
        assert_eq!(cursor.key_for("name:asc"), Ok(("a", Uuid::nil())));
        assert_eq!(cursor.key_for("name:desc"), Err(InvalidCursor));
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back_from_its_text(sort in ".{0,40}", key in ".{0,200}", id: u128) {
            let cursor = Cursor::after(sort, key, Uuid::from_u128(id));
            let text = cursor.to_string();
            prop_assume!(text.len() <= MAX_CURSOR_BYTES);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            prop_assert_eq!(text.parse(), Ok(cursor));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            let _ = text.parse::<Cursor>();
        }
    }
}
