//! JSON of a client's own shape. A member that is named twice means one thing to one reader and another to the next, so it is
//! refused, however deep it stands.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

/// What is said of an object that names a member twice. It names no member: names may be personal data.
pub(super) const NAMED_TWICE: &str = "an object in it names a member twice";

/// What is said of a value that nests too deeply, or holds a number that is too large.
const UNUSABLE: &str = "nests too deeply, or holds a number that is too large";

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub struct FreeJson(pub Value);

/// A JSON value, byte for byte.
#[derive(Debug, Clone)]
pub struct RawJson(pub Box<RawValue>);

impl<'de> Deserialize<'de> for FreeJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // by way of its text, so that what is wrong is told of the whole, and not by names that stand in it
        let RawJson(raw) = RawJson::deserialize(deserializer)?;
        let value = serde_json::from_str(raw.get());
        value.map(Self).map_err(|_| D::Error::custom(UNUSABLE))
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        if names_twice(raw.get()) {
            return Err(D::Error::custom(NAMED_TWICE));
        }
        Ok(Self(raw))
    }
}

/// Whether this is why a body was not read.
#[must_use]
pub fn is_named_twice(error: &serde_json::Error) -> bool {
    let text = error.to_string();
    error.is_data() && (text.starts_with(NAMED_TWICE) || text.starts_with("duplicate field"))
}

/// Whether an object of a JSON text names a member twice. What is no JSON, or nests too deeply, others refuse.
fn names_twice(json: &str) -> bool {
    let mut twice = false;
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let _ = Looking(&mut twice).deserialize(&mut deserializer);
    twice
}

/// Looks at the names of members alone, and says whether one came twice.
struct Looking<'a>(&'a mut bool);

/// A name, which points into the text unless it holds escapes.
#[derive(Deserialize, PartialEq, Eq, Hash)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Up to how many members comparing each with each is the quickest way.
const FEW: usize = 16;

impl<'de> DeserializeSeed<'de> for Looking<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Looking<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Looking(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut few: Vec<Name<'de>> = Vec::new();
        let mut many: HashSet<Name<'de>> = HashSet::new();
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if few.contains(&name) || many.contains(&name) {
                *self.0 = true;
                members.next_value::<IgnoredAny>()?;
                return Err(A::Error::custom(NAMED_TWICE));
            }
            if few.len() < FEW {
                few.push(name);
            } else {
                many.insert(name);
            }
            members.next_value_seed(Looking(self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn free(json: &str) -> Option<Value> {
        serde_json::from_str::<FreeJson>(json).ok().map(|free| free.0)
    }

    fn raw(json: &str) -> Option<String> {
        let raw = serde_json::from_str::<RawJson>(json).ok();
        raw.map(|raw| raw.0.get().to_owned())
    }

    #[test]
    fn a_member_that_is_named_twice_is_refused_however_deep_it_stands() {
        let many: Vec<String> = (0..50).map(|number| format!(r#""m{number}":0"#)).collect();
        let many = many.join(",");
        for bad in [
            r#"{"a":1,"a":1}"#.to_owned(),
            r#"{"a":1,"\u0061":2}"#.to_owned(),
            r#"[[{"b":{"a":null,"c":[],"a":null}}]]"#.to_owned(),
            r#"{"a":{"a":{"x":1,"x":1}}}"#.to_owned(),
            format!(r#"{{{many},"m3":1}}"#),
            format!(r#"{{{many},"m49":1}}"#),
        ] {
            assert_eq!((free(&bad), raw(&bad)), (None, None), "{bad}");
        }
        for good in [
            r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#.to_owned(),
            r#"{"a":1,"A":1,"":2}"#.to_owned(),
            format!("{{{many}}}"),
        ] {
            assert!(free(&good).is_some() && raw(&good).is_some(), "{good}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_serde_reads(json in any::<Vec<(String, f64, i64)>>()) {
            let text = serde_json::to_string(&json).expect("JSON");
            let value: Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(free(&text), Some(value));
            prop_assert_eq!(raw(&text), Some(text));
        }
    }
}
