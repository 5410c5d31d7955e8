//! What leaves the vault of an event: everything but its sealed values.

use std::{borrow::Cow, fmt, ops::Range};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The member that marks a sealed value.
const MARK: &str = "$sealed";
/// The members of a sealed text that can be looked up: the hash goes where its text goes.
const SEALED: &str = "sealed";
const HASH: &str = "hash";

/// A payload without its sealed values. What held one stays, without it: `"name": {}` says that there is a name.
///
/// # Errors
/// When the payload is no JSON.
pub fn published_payload(payload: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    // a backslash could spell the mark in another way
    if !payload.contains(MARK) && !payload.contains('\\') {
        return Ok(Cow::Borrowed(payload));
    }
    let mut clear = Vec::with_capacity(payload.len());
    let mut json = serde_json::Deserializer::from_str(payload);
    if Unsealed(&mut clear).deserialize(&mut json)? == Is::Sealed {
        clear = b"null".to_vec();
    }
    json.end()?;
    String::from_utf8(clear)
        .map(Cow::Owned)
        .map_err(serde_json::Error::custom)
}

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Clear,
    Sealed,
}

/// Copies a value, without what is sealed in it, and tells whether it is sealed itself: then it is for whoever asked to
/// forget it.
struct Unsealed<'a>(&'a mut Vec<u8>);

impl Unsealed<'_> {
    fn write<E: serde::de::Error>(self, value: impl serde::Serialize) -> Result<Is, E> {
        serde_json::to_writer(self.0, &value).map_err(E::custom)?;
        Ok(Is::Clear)
    }

    /// Closes what has a comma after each part.
    fn close(self, end: u8) {
        self.0.pop_if(|last| *last == b',');
        self.0.push(end);
    }
}

impl<'de> DeserializeSeed<'de> for Unsealed<'_> {
    type Value = Is;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Is, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unsealed<'_> {
    type Value = Is;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Is, E> {
        self.write(())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Is, E> {
        self.write(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Is, E> {
        self.write(value)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Is, E> {
        self.write(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Is, E> {
        self.write(value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Is, E> {
        self.write(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Is, A::Error> {
        self.0.push(b'[');
        let mut begin = self.0.len();
        while let Some(is) = items.next_element_seed(Unsealed(self.0))? {
            match is {
                Is::Clear => self.0.push(b','),
                Is::Sealed => self.0.truncate(begin),
            }
            begin = self.0.len();
        }
        self.close(b']');
        Ok(Is::Clear)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Is, A::Error> {
        self.0.push(b'{');
        let (mut this, mut is_text_gone) = (Is::Clear, false);
        let mut hash: Option<Range<usize>> = None;
        while let Some(Name(name)) = members.next_key()? {
            let begin = self.0.len();
            serde_json::to_writer(&mut *self.0, &name).map_err(A::Error::custom)?;
            self.0.push(b':');
            let value = members.next_value_seed(Unsealed(self.0))?;
            self.0.push(b',');
            if name == MARK {
                this = Is::Sealed;
            }
            if value == Is::Sealed {
                self.0.truncate(begin);
                is_text_gone |= name == SEALED;
            } else if name == HASH {
                hash = Some(begin..self.0.len());
            }
        }
        if let Some(hash) = hash.filter(|_| is_text_gone) {
            self.0.drain(hash);
        }
        self.close(b'}');
        Ok(this)
    }
}

/// The name of a member, not copied unless something in it is escaped.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The schema of a payload that [`published_payload`] gave, from the schema of the stored one.
pub(crate) fn published_schema(mut schema: Value) -> Value {
    unseal_schema(&mut schema);
    schema
}

fn unseal_schema(schema: &mut Value) {
    let Value::Object(keywords) = schema else { return };
    let sealed: Vec<String> = keywords
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, property)| describes_sealed(property))
        .map(|(name, _)| name.clone())
        .collect();
    if !sealed.is_empty() {
        forget_properties(keywords, &sealed);
    }
    for (keyword, inner) in keywords.iter_mut() {
        match (keyword.as_str(), inner) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(unseal_schema),
            ("anyOf" | "oneOf", Value::Array(schemas)) => schemas.iter_mut().for_each(unseal_schema),
            ("items" | "additionalProperties", inner) => unseal_schema(inner),
            _ => {}
        }
    }
}

fn forget_properties(keywords: &mut Map<String, Value>, sealed: &[String]) {
    let with_hash = sealed.iter().any(|name| name == SEALED);
    let is_gone = |name: &str| sealed.iter().any(|gone| gone == name) || (with_hash && name == HASH);
    if let Some(Value::Object(properties)) = keywords.get_mut("properties") {
        properties.retain(|name, _| !is_gone(name));
    }
    if let Some(Value::Array(required)) = keywords.get_mut("required") {
        required.retain(|name| !name.as_str().is_some_and(is_gone));
    }
}

/// Whether a schema describes sealed values, and nothing else but `null`.
fn describes_sealed(schema: &Value) -> bool {
    let alternatives = ["anyOf", "oneOf"]
        .iter()
        .find_map(|keyword| schema[keyword].as_array());
    match alternatives {
        Some(alternatives) => {
            alternatives.iter().any(describes_sealed)
                && alternatives
                    .iter()
                    .all(|schema| describes_sealed(schema) || schema["type"] == "null")
        }
        None => schema["properties"].get(MARK).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vault_domain::schema::event_schemas;

    use super::*;

    fn published(payload: &Value) -> Value {
        let text = payload.to_string();
        let published = published_payload(&text).unwrap();
        serde_json::from_str(&published).unwrap()
    }

    #[test]
    fn sealed_values_and_the_hashes_beside_them_stay_behind() {
        let sealed = json!({ "$sealed": "AQID" });
        let text = json!({ "sealed": sealed, "hash": "ab" });
        let stored = json!({
            "name": text, "tags": sealed, "description": { "set": sealed }, "schema": "cleared",
            "records": [{ "record_id": 1, "content": "cd", "external_id": text, "metadata": sealed }, sealed],
        });
        let expected = json!({
            "name": {}, "description": {}, "schema": "cleared",
            "records": [{ "record_id": 1, "content": "cd", "external_id": {} }],
        });
        assert_eq!(published(&stored), expected);
    }

    #[test]
    fn what_has_no_sealed_value_goes_out_as_it_is_stored() {
        for stored in ["{}", r#"{"hash":"ab","n":[1,2]}"#] {
            assert_eq!(published_payload(stored).unwrap(), stored);
        }
    }

    #[test]
    fn a_mark_in_another_spelling_is_a_mark() {
        let published = published_payload(r#"{"a":{"\u0024sealed":"AQID"},"b":1}"#).unwrap();
        assert_eq!(published, r#"{"b":1}"#);
        assert!(published_payload(r#"{"$sealed"#).is_err());
    }

    #[test]
    fn no_schema_of_what_is_published_has_a_sealed_value() {
        let (schemas, _) = event_schemas();
        let mut had_some = 0;
        for event in schemas {
            let stored = event.schema.as_value().clone();
            had_some += usize::from(stored.to_string().contains(MARK));
            let published = published_schema(stored).to_string();
            for gone in [MARK, "\"sealed\"", "\"hash\""] {
                assert!(!published.contains(gone), "{}: {published}", event.event_type);
            }
        }
        assert!(had_some >= 4, "{had_some}");
    }
}
