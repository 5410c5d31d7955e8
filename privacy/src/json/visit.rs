//! The streaming visitor: every string, key and number of a document, as the parser comes to it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Name, ScanError, Walk};

/// A value that is walked through instead of built.
pub(super) struct Element<'w, 'd, 'n> {
    pub(super) walk: &'w mut Walk<'d>,
    /// The nearest object key on the way here.
    pub(super) name: Option<&'n str>,
}

impl<'de> DeserializeSeed<'de> for Element<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Element<'_, '_, '_> {
    fn refuse<E: Error>(&mut self) -> E {
        self.walk.refusal = Some(ScanError::PathTooLong);
        E::custom("path too long")
    }
}

impl<'de> Visitor<'de> for Element<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.walk.value(text, self.name);
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.walk.value(&number.to_string(), self.name);
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.walk.value(&number.to_string(), self.name);
        Ok(())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.walk.float(number, self.name);
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        for index in 0_usize.. {
            let mark = self.walk.path.push_index(index).ok_or_else(|| self.refuse())?;
            let item = items.next_element_seed(Element {
                walk: self.walk,
                name: self.name,
            })?;
            self.walk.path.truncate(mark);
            if item.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key_seed(Key)? {
            let mark = self.walk.path.push_key(&key).ok_or_else(|| self.refuse())?;
            self.walk.key(&key);
            members.next_value_seed(Element {
                walk: self.walk,
                name: Some(&key),
            })?;
            self.walk.path.truncate(mark);
        }
        Ok(())
    }
}

/// An object key, borrowed from the document where it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Name<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name<'de>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Name<'de>, E> {
        Ok(Name::Borrowed(key))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Name<'de>, E> {
        Ok(Name::Owned(key.to_owned()))
    }
}
